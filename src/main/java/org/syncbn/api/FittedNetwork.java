package org.syncbn.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SizeEstimator;
import org.syncbn.data.Block;
import org.syncbn.model.Folder;
import org.syncbn.model.ModelReader;
import org.syncbn.model.Safetensors;
import org.syncbn.model.SavedModel;
import org.syncbn.nn.Metric;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.ImageFiles;
import org.syncbn.spark.RowSplit;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TableEncoder;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.spark.inference.Predictions;
import org.syncbn.train.DataOptions;
import org.syncbn.train.EpochResult;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TableForm;
import org.syncbn.train.TrainedModel;

/**
 * A trained network: predicts and evaluates rows like those that it was trained on.
 *
 * <p>A row's prediction has the same bits wherever the row stands. Java's serialization writes the
 * content of the model's files. Immutable.
 */
public final class FittedNetwork implements Serializable {

  private static final long serialVersionUID = 1L;

  private final transient SavedModel saved;
  private final transient TrainedModel model;
  private final transient Optional<InferencePlan> plan;

  private FittedNetwork(SavedModel saved, TrainedModel model) {
    this.saved = saved;
    this.model = model;
    this.plan = model.isRowByRow() ? Optional.of(model.inference()) : Optional.empty();
  }

  static FittedNetwork of(SavedModel saved, TrainedModel model) {
    return new FittedNetwork(saved, model);
  }

  /**
   * Reads a model that {@code jobs/train} or {@link #save} wrote.
   *
   * @param location a folder in any of Hadoop's file systems; without a scheme, in the default one
   * @throws DataException in a sentence, if the file system rejects
   * @throws IllegalArgumentException if there is no complete model
   */
  public static FittedNetwork load(SparkSession spark, String location) {
    try {
      Folder folder = HadoopFolder.at(location, spark.sparkContext().hadoopConfiguration());
      ModelReader reader = ModelReader.open(folder);
      TrainedModel model = TrainedModel.read(reader);
      return of(
          new SavedModel(reader.description(), model.arrays().named(model.network()), Map.of()),
          model);
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /**
   * Writes the model, in the place of an older model if there is one. The folder appears whole or
   * not at all.
   *
   * @param location as for {@link #load}
   * @throws DataException in a sentence, if something that is not a model is in the place, or the
   *     file system rejects
   */
  public void save(SparkSession spark, String location) {
    try {
      save(HadoopFolder.at(location, spark.sparkContext().hadoopConfiguration()));
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  /**
   * Writes the model into a folder.
   *
   * @throws IOException in the sentence of {@link #save(SparkSession, String)}
   */
  public void save(Folder folder) throws IOException {
    saved.save(folder);
  }

  /**
   * The same network with other metrics than those of its run.
   *
   * @throws IllegalArgumentException in a sentence, if one does not fit its loss
   */
  public FittedNetwork measuring(List<Metric> metrics) {
    return of(
        saved,
        new TrainedModel(
            model.options().with(metrics),
            model.schema(),
            model.network(),
            model.arrays(),
            model.form()));
  }

  private Object writeReplace() throws IOException {
    ByteArrayOutputStream arrays = new ByteArrayOutputStream();
    Safetensors.write(arrays, saved.weights());
    return new Written(saved.description().toString(), arrays.toByteArray());
  }

  /**
   * A network on its way to another JVM.
   *
   * @param description of the model
   * @param arrays its weights and running statistics
   */
  private record Written(String description, byte[] arrays) implements Serializable {

    private Object readResolve() throws IOException {
      String place = "what was serialized";
      SavedModel saved =
          new SavedModel(
              (ObjectNode) new ObjectMapper().readTree(description),
              Safetensors.read(new ByteArrayInputStream(arrays), place),
              Map.of());
      return of(saved, TrainedModel.of(saved, place));
    }
  }

  /** The network, its weights, and the options of its run. */
  public TrainedModel model() {
    return model;
  }

  /** What was measured at the end of each epoch. */
  public List<EpochResult> history() {
    List<EpochResult> history = new ArrayList<>();
    for (JsonNode result : saved.description().path("history")) {
      history.add(RunOptions.FORMAT.read(result, EpochResult.class, "history"));
    }
    return history;
  }

  /** Loss and metrics when training was over: part of the rows, then name. */
  public Map<String, Map<String, Double>> metrics() {
    Map<String, Map<String, Double>> metrics = new LinkedHashMap<>();
    saved
        .description()
        .path("metrics")
        .properties()
        .forEach(
            part -> {
              Map<String, Double> values = new LinkedHashMap<>();
              part.getValue()
                  .properties()
                  .forEach(value -> values.put(value.getKey(), value.getValue().asDouble()));
              metrics.put(part.getKey(), values);
            });
    return metrics;
  }

  /** About how many bytes the network takes in memory, most of them for its weights. */
  public long memory() {
    // What is to be saved of the arrays is a view of them, in direct memory: not for the estimator,
    // which would follow it to all direct memory of the JVM.
    return SizeEstimator.estimate(saved.description())
        + (long) Float.BYTES * model.network().weightCount();
  }

  /** What ran the training: versions, machine, kernels. */
  public JsonNode provenance() {
    return saved.description().path("provenance").deepCopy();
  }

  /** The model as it is sent to executors, or the reason why it cannot evaluate single rows. */
  private InferencePlan plan() {
    return plan.orElseGet(model::inference);
  }

  /** What makes the features of the model from the columns of rows. */
  private TableEncoder encoder(Dataset<Row> rows) {
    return columns().encoder(rows, model.table());
  }

  private TrainingColumns columns() {
    return new TrainingColumns(model.options().data());
  }

  /**
   * The rows among some that the run held out for its tests, by their content: of the table that it
   * was trained on, rows that it has not seen.
   *
   * @param rows with the columns that the model reads
   * @throws DataException in a sentence, if the run held out none
   */
  public Dataset<Row> heldOut(Dataset<Row> rows) {
    DataOptions data = model.options().data();
    if (data.testFraction() == 0) {
      throw noTestRows();
    }
    return new TrainingColumns(data)
        .split(rows, model.table().encoding(), model.options().seed())
        .rows(rows, RowSplit.Part.TEST);
  }

  private Predictions predictions() {
    return new Predictions(
        plan(),
        model.schema(),
        model.form().isPresent() ? columns().labels() : List.of(),
        model.form().map(TableForm::targets).orElse(List.of()));
  }

  /**
   * Appends the prediction to each row, and for classes their probabilities and the label: see
   * {@link Predictions}. Lazy.
   *
   * @throws DataException if {@code rows} lack a feature, or have a column of such a name already
   * @throws IllegalArgumentException in a sentence, if the model normalizes rows with the
   *     statistics of their mini-batch
   */
  public Dataset<Row> predict(Dataset<Row> rows) {
    return predictions().ofTable(rows, encoder(rows));
  }

  /**
   * Loss and metrics: the same figures for any number of partitions and any order of rows.
   *
   * @param rows with the columns of the training data: features, label and, if it had one, weight
   * @throws DataException if a column is not there, or holds what the model does not know
   * @throws IllegalArgumentException in a sentence, if the model normalizes rows with the
   *     statistics of their mini-batch
   */
  public ModelEvaluation evaluate(Dataset<Row> rows) {
    InferencePlan plan = plan();
    try {
      return ModelEvaluation.of(
          plan,
          new TrainingColumns(model.options().data())
              .blocks(rows, model.table(), model.schema().classes())
              .rdd());
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  /**
   * The prediction for each image of a folder, with its path or number: for models of images.
   *
   * @param folder of image files in Hadoop's file systems, or a local one of IDX files
   */
  public Dataset<Row> predictImages(SparkSession spark, String folder) {
    DataOptions data = model.options().data();
    return data.format() == DataOptions.Format.IMAGES
        ? predictions()
            .ofImageFiles(spark, ImageFiles.in(spark, folder, data.image().orElseThrow()))
        : predictions().ofImages(spark, testImages(data.at(folder)).rows());
  }

  /**
   * Loss and metrics of the images of a folder: for models of images.
   *
   * @param folder with a folder for each class in Hadoop's file systems, or a local one of IDX
   *     files
   */
  public ModelEvaluation evaluateImages(SparkSession spark, String folder) {
    DataOptions data = model.options().data();
    return data.format() == DataOptions.Format.IMAGES
        ? ModelEvaluation.of(
            plan(), RunInput.images(spark, data, model.schema().classes(), folder).rdd())
        : evaluate(spark, testImages(data.at(folder)));
  }

  /**
   * Loss and metrics of the test images of the run: for models of images.
   *
   * @throws DataException in a sentence, if there are none
   */
  public ModelEvaluation evaluateTestImages(SparkSession spark) {
    DataOptions data = model.options().data();
    return data.format() == DataOptions.Format.IMAGES
        ? evaluateImages(spark, testPlace())
        : evaluate(spark, testImages(data));
  }

  private ModelEvaluation evaluate(SparkSession spark, org.syncbn.data.Dataset images) {
    RunData.check(images, plan().measures().loss(), plan().outputs());
    Block rows = images.rows();
    return ModelEvaluation.of(plan(), Predictions.spread(spark, rows).map(pair -> pair._2));
  }

  private org.syncbn.data.Dataset testImages(DataOptions data) {
    try {
      org.syncbn.data.Dataset images =
          RunData.readTest(data, model.options().seed()).orElseThrow(FittedNetwork::noTestRows);
      model.schema().checkSameFeatures(images.schema());
      return images;
    } catch (IOException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  /**
   * Where the test rows of the run are.
   *
   * @throws DataException in a sentence, if it had none
   */
  public String testPlace() {
    return model.options().data().testPath().orElseThrow(FittedNetwork::noTestRows);
  }

  private static DataException noTestRows() {
    return new DataException("The run had no test rows; give the location of other rows.");
  }
}
