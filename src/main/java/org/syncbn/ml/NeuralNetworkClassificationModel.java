package org.syncbn.ml;

import org.apache.spark.ml.classification.ProbabilisticClassificationModel;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.syncbn.api.FittedNetwork;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.inference.OutputMeaning;
import scala.Tuple3;

/**
 * Predicts classes with the network that {@link NeuralNetworkClassifier} trained, on tables and on
 * streams.
 *
 * <p>{@code rawPrediction} has the logits, {@code probability} what the network's loss makes of
 * them, {@code prediction} the class with the greatest logit or, with {@code thresholds}, with the
 * greatest quotient of probability and threshold. Columns with an empty name are left out. The
 * network does not change; params may, up to {@link #transform}. As all stages of Spark, for one
 * thread at a time.
 */
public final class NeuralNetworkClassificationModel
    extends ProbabilisticClassificationModel<Vector, NeuralNetworkClassificationModel>
    implements NetworkParams, MLWritable {

  private static final long serialVersionUID = 1L;

  private final String uid;
  private final NetworkParamSet params;
  private final ModelNetwork network;

  /** A model without a network, which cannot predict: Spark makes one to see what it is. */
  public NeuralNetworkClassificationModel() {
    this(Identifiable.randomUID("neuralNetwork"));
  }

  /** A model without a network, which cannot predict: Spark makes one to see what it is. */
  public NeuralNetworkClassificationModel(String uid) {
    this(Uids.announce(uid), (FittedNetwork) null);
  }

  /**
   * A model with a network, or null.
   *
   * @param uid that was announced
   */
  NeuralNetworkClassificationModel(String uid, FittedNetwork network) {
    this.uid = uid;
    this.network = new ModelNetwork(network);
    params = new NetworkParamSet(this);
    params.setDefaults(this);
  }

  @Override
  public String uid() {
    return uid == null ? Uids.announced() : uid;
  }

  @Override
  public NetworkParamSet networkParamSet() {
    return params;
  }

  /** Sets {@link #inputCols}. */
  public NeuralNetworkClassificationModel setInputCols(String... value) {
    set(inputCols(), value);
    return this;
  }

  /** The network, with its weights and running statistics, for the library's other doors. */
  public FittedNetwork fittedNetwork() {
    return network.fitted();
  }

  /** Whether there is a {@link #summary}: in every model with a network. */
  public boolean hasSummary() {
    return network.isPresent();
  }

  /** How the training went. */
  public NeuralNetworkSummary summary() {
    return new NeuralNetworkSummary(network.fitted());
  }

  @Override
  public int numFeatures() {
    return network.numFeatures();
  }

  /**
   * Of Spark's classifiers, for summaries of their own. Both classes above have it with types that
   * Java cannot unite.
   */
  @Override
  @SuppressWarnings({"rawtypes", "unchecked"})
  public Tuple3 findSummaryModel() {
    return super.findSummaryModel();
  }

  @Override
  public int numClasses() {
    return network.meaning().classes();
  }

  /** The logits of the classes for one row. */
  @Override
  public Vector predictRaw(Vector features) {
    return network.meaning().logits(network.outputs(features));
  }

  @Override
  public Vector raw2probabilityInPlace(Vector raw) {
    Vector probabilities = network.meaning().probabilities(raw);
    double[] place = ((DenseVector) raw).values();
    System.arraycopy(probabilities.toArray(), 0, place, 0, place.length);
    return raw;
  }

  private ClassColumns columns() {
    double[] thresholds = isDefined(thresholds()) ? getThresholds() : new double[0];
    OutputMeaning meaning = network.meaning();
    if (thresholds.length > 0 && thresholds.length != meaning.classes()) {
      throw new DataException(
          "There are %d thresholds, but %d classes; give one for each."
              .formatted(thresholds.length, meaning.classes()));
    }
    return new ClassColumns(
        meaning, getRawPredictionCol(), getProbabilityCol(), getPredictionCol(), thresholds);
  }

  /**
   * The rows with the columns of the predictions behind them. Lazy; works on streams. A row's
   * values have the same bits wherever it stands.
   *
   * @throws org.syncbn.spark.files.DataException if a column is not there, or of another type or
   *     length
   */
  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    return network.transform(this, data, columns());
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return network.transformSchema(this, schema, columns());
  }

  /** The bytes that the model takes in memory, which Spark Connect counts. */
  public long estimatedSize() {
    return network.estimatedSize();
  }

  @Override
  public NeuralNetworkClassificationModel copy(ParamMap extra) {
    NeuralNetworkClassificationModel copy =
        new NeuralNetworkClassificationModel(
            Uids.announce(uid), network.isPresent() ? network.fitted() : null);
    return copyValues(copy, extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new NetworkModelWriter(this, network.fitted());
  }

  /** Reads models that were saved. */
  public static MLReader<NeuralNetworkClassificationModel> read() {
    return new NetworkModelReader<>(
        NeuralNetworkClassificationModel.class,
        (uid, network) -> new NeuralNetworkClassificationModel(Uids.announce(uid), network));
  }

  /** Reads a model that was saved. */
  public static NeuralNetworkClassificationModel load(String path) {
    return read().load(path);
  }

  @Override
  public String toString() {
    return "NeuralNetworkClassificationModel: uid=%s%s"
        .formatted(uid, network.isPresent() ? ", numFeatures=" + numFeatures() : "");
  }
}
