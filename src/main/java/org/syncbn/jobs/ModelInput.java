package org.syncbn.jobs;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.api.FittedNetwork;
import org.syncbn.cli.JobFailure;
import org.syncbn.data.Dataset;
import org.syncbn.data.TextOptions;
import org.syncbn.model.Folder;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.HadoopFolder;
import org.syncbn.spark.ImageFiles;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowFormat;
import org.syncbn.spark.files.RowTarget;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.spark.inference.Predictions;
import org.syncbn.train.DataOptions;
import org.syncbn.train.InferencePlan;
import org.syncbn.train.RunData;
import org.syncbn.train.TrainedModel;

/** A saved model, and the rows that it is to judge, in a session. */
final class ModelInput {

  private final TrainedModel model;
  private final InferencePlan plan;
  private final SparkSession spark;
  private final Optional<RowFormat> format;
  private final CsvOptions csv;
  private final TableOptions tables;

  /**
   * Opens a model.
   *
   * @param options which model, and which table or format of files
   * @throws IllegalArgumentException in a sentence, if there is no whole model, or one that cannot
   *     judge single rows
   */
  ModelInput(ModelOptions options, SparkSession spark) throws IOException {
    String location = options.model;
    Folder folder = HadoopFolder.at(location, spark.sparkContext().hadoopConfiguration());
    this.model = TrainedModel.load(folder);
    this.plan = model.inference();
    this.spark = spark;
    format = Optional.ofNullable(options.format);
    csv = options.csv;
    tables = options.table;
    boolean isTable =
        format.isPresent() || tables.isNamed() || !csv.text().equals(TextOptions.DEFAULTS);
    if (isTable && !model.options().data().format().isTable()) {
      throw new JobFailure(
          "%s reads images; --format, --table and the options for texts are for tables."
              .formatted(location));
    }
  }

  /**
   * Loss and metrics.
   *
   * @param locations of the rows; empty for the test rows of the run
   */
  ModelEvaluation evaluate(List<String> locations) {
    DataOptions data = model.options().data();
    if (data.format() == DataOptions.Format.IMAGES) {
      String folder = locations.isEmpty() ? testPlace(data) : oneFolder(locations);
      return ModelEvaluation.of(
          plan, RunInput.images(spark, data, model.schema().classes(), folder).rdd());
    }
    if (!data.format().isTable()) {
      Dataset images = images(locations);
      RunData.check(images, plan.evaluation().loss(), plan.outputs());
      return ModelEvaluation.of(
          plan, Predictions.spread(spark, images.rows()).map(pair -> pair._2));
    }
    List<String> numbers = new TrainingColumns(data).numbers(!model.schema().classes().isEmpty());
    UnaryOperator<ReadOptions> labelled = reading -> reading.withNumbers(numbers);
    InputTable table =
        locations.isEmpty() && !tables.isNamed()
            ? test(data, labelled)
            : table(locations, labelled);
    return FittedNetwork.of(model).evaluate(table.rows());
  }

  /**
   * The rows with what the model says about them.
   *
   * @param target where they go
   */
  InputTable predict(List<String> locations, RowTarget target) {
    Predictions predictions = new Predictions(plan, model.schema());
    DataOptions data = model.options().data();
    if (data.format() == DataOptions.Format.IMAGES) {
      return withoutFiles(
          predictions.ofImageFiles(
              spark, ImageFiles.in(spark, oneFolder(locations), data.image().orElseThrow())));
    }
    if (!data.format().isTable()) {
      return withoutFiles(predictions.ofImages(spark, images(locations).rows()));
    }
    InputTable table = table(locations, reading -> reading.withTarget(target));
    return table.with(FittedNetwork.of(model).predict(table.rows()));
  }

  private static InputTable withoutFiles(org.apache.spark.sql.Dataset<Row> rows) {
    return new InputTable(rows, List.of(), List.of(), List.of());
  }

  private Dataset images(List<String> locations) {
    DataOptions data = model.options().data();
    Dataset images =
        read(locations.isEmpty() ? data : data.at(oneFolder(locations)))
            .orElseThrow(() -> new IllegalArgumentException("the data has no test rows"));
    model.schema().checkSameFeatures(images.schema());
    return images;
  }

  private static String oneFolder(List<String> locations) {
    if (locations.size() > 1) {
      throw new JobFailure("Images are read from one folder, not from several.");
    }
    return locations.get(0);
  }

  private Optional<Dataset> read(DataOptions data) {
    try {
      return RunData.readTest(data, model.options().seed());
    } catch (IOException e) {
      throw new JobFailure(e.getMessage(), e);
    }
  }

  private static String testPlace(DataOptions data) {
    return data.testPath()
        .orElseThrow(
            () -> new JobFailure("The run had no test rows; name the place of some with --data."));
  }

  /** The test rows of the run. */
  private InputTable test(DataOptions data, UnaryOperator<ReadOptions> use) {
    String place = testPlace(data);
    Optional<RowFormat> ofRun = RunInput.format(data);
    return format.isPresent()
        ? DataReader.read(spark, List.of(place), use.apply(reading(format.equals(ofRun))))
        : withoutFiles(RunInput.test(spark, data, use.apply(reading(true))));
  }

  private InputTable table(List<String> paths, UnaryOperator<ReadOptions> use) {
    DataOptions data = model.options().data();
    boolean isAsTrained =
        !tables.isNamed()
            && !data.text().equals(TextOptions.DEFAULTS) // else there is nothing to look up
            && format
                .or(() -> Optional.of(DataReader.format(spark, paths)))
                .equals(RunInput.format(data));
    return tables.read(spark, paths, use.apply(reading(isAsTrained)));
  }

  /** How files are read: by what the command says, then by what the run said of its format. */
  private ReadOptions reading(boolean isAsTrained) {
    TextOptions ofRun = isAsTrained ? model.options().data().text() : TextOptions.DEFAULTS;
    return DataReader.again(model.schema().features()).with(format).with(csv.over(ofRun));
  }
}
