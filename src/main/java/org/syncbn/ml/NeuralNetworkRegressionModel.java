package org.syncbn.ml;

import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.RegressionModel;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.syncbn.api.FittedNetwork;

/**
 * Predicts a number with the network that {@link NeuralNetworkRegressor} trained, on tables and on
 * streams.
 *
 * <p>The network does not change; params may, up to {@link #transform}. As all stages of Spark, for
 * one thread at a time.
 */
public final class NeuralNetworkRegressionModel
    extends RegressionModel<Vector, NeuralNetworkRegressionModel>
    implements NetworkParams, MLWritable {

  private static final long serialVersionUID = 1L;

  private final String uid;
  private final NetworkParamSet params;
  private final ModelNetwork network;

  /** A model without a network, which cannot predict: Spark makes one to see what it is. */
  public NeuralNetworkRegressionModel() {
    this(Identifiable.randomUID("neuralNetwork"));
  }

  /** A model without a network, which cannot predict: Spark makes one to see what it is. */
  public NeuralNetworkRegressionModel(String uid) {
    this(Uids.announce(uid), (FittedNetwork) null);
  }

  /**
   * A model with a network, or null.
   *
   * @param uid that was announced
   */
  NeuralNetworkRegressionModel(String uid, FittedNetwork network) {
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
  public NeuralNetworkRegressionModel setInputCols(String... value) {
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

  /** The prediction for one row. */
  @Override
  public double predict(Vector features) {
    return network.meaning().numbers(network.outputs(features))[0];
  }

  private NumberColumn columns() {
    return new NumberColumn(network.meaning(), getPredictionCol());
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
  public NeuralNetworkRegressionModel copy(ParamMap extra) {
    NeuralNetworkRegressionModel copy =
        new NeuralNetworkRegressionModel(
            Uids.announce(uid), network.isPresent() ? network.fitted() : null);
    return copyValues(copy, extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new NetworkModelWriter(this, network.fitted());
  }

  /** Reads models that were saved. */
  public static MLReader<NeuralNetworkRegressionModel> read() {
    return new NetworkModelReader<>(
        NeuralNetworkRegressionModel.class,
        (uid, network) -> new NeuralNetworkRegressionModel(Uids.announce(uid), network));
  }

  /** Reads a model that was saved. */
  public static NeuralNetworkRegressionModel load(String path) {
    return read().load(path);
  }

  @Override
  public String toString() {
    return "NeuralNetworkRegressionModel: uid=%s%s"
        .formatted(uid, network.isPresent() ? ", numFeatures=" + numFeatures() : "");
  }
}
