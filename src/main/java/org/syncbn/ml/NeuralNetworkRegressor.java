package org.syncbn.ml;

import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.Regressor;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.syncbn.api.FittedNetwork;
import org.syncbn.nn.LayerSpec;
import org.syncbn.nn.NumberLoss;

/**
 * Trains a neural network that predicts a number; the counterpart of {@link
 * NeuralNetworkClassifier}.
 *
 * <pre>{@code
 * NeuralNetworkRegressionModel model =
 *     new NeuralNetworkRegressor()
 *         .setNetwork("[batchNorm, { dense = 16 }, relu, { dense = 1 }]")
 *         .fit(rows);
 * }</pre>
 *
 * <p>Labels are predicted as they are: bring them to a scale near 1 for faster training. As all
 * stages of Spark, for one thread at a time.
 */
public final class NeuralNetworkRegressor
    extends Regressor<Vector, NeuralNetworkRegressor, NeuralNetworkRegressionModel>
    implements NetworkParams, DefaultParamsWritable {

  private static final long serialVersionUID = 1L;

  private final String uid;
  private final NetworkParamSet params;
  private transient FittedNetwork initial; // null: weights are drawn

  /** A stage with a random uid. */
  public NeuralNetworkRegressor() {
    this(Identifiable.randomUID("neuralNetwork"));
  }

  /** A stage with a uid that differs from those of other stages. */
  public NeuralNetworkRegressor(String uid) {
    this(Uids.announce(uid), null);
  }

  private NeuralNetworkRegressor(String uid, FittedNetwork initial) {
    this.uid = uid;
    this.initial = initial;
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

  /** Sets {@link #network} to layers, from the input to the output. */
  public NeuralNetworkRegressor setNetwork(LayerSpec... layers) {
    return setNetwork(NetworkFit.json(List.of(layers)).toString());
  }

  /** Sets {@link #network}. */
  public NeuralNetworkRegressor setNetwork(String value) {
    set(network(), value);
    return this;
  }

  /** Sets {@link #inputCols}. */
  public NeuralNetworkRegressor setInputCols(String... value) {
    set(inputCols(), value);
    return this;
  }

  /** Sets {@link #weightCol}. */
  public NeuralNetworkRegressor setWeightCol(String value) {
    set(weightCol(), value);
    return this;
  }

  /** Sets {@link #validationIndicatorCol}. */
  public NeuralNetworkRegressor setValidationIndicatorCol(String value) {
    set(validationIndicatorCol(), value);
    return this;
  }

  /** Sets {@link #maxIter}. */
  public NeuralNetworkRegressor setMaxIter(int value) {
    set(maxIter(), value);
    return this;
  }

  /** Sets {@link #stepSize}. */
  public NeuralNetworkRegressor setStepSize(double value) {
    set(stepSize(), value);
    return this;
  }

  /** Sets {@link #batchSize}. */
  public NeuralNetworkRegressor setBatchSize(int value) {
    set(batchSize(), value);
    return this;
  }

  /** Sets {@link #solver}. */
  public NeuralNetworkRegressor setSolver(String value) {
    set(solver(), value);
    return this;
  }

  /** Sets {@link #seed}. */
  public NeuralNetworkRegressor setSeed(long value) {
    set(seed(), value);
    return this;
  }

  /** Sets {@link #tol}. */
  public NeuralNetworkRegressor setTol(double value) {
    set(tol(), value);
    return this;
  }

  /** Sets {@link #patience}. */
  public NeuralNetworkRegressor setPatience(int value) {
    set(patience(), value);
    return this;
  }

  /** Sets {@link #shards}. */
  public NeuralNetworkRegressor setShards(int value) {
    set(shards(), value);
    return this;
  }

  /** Sets {@link #engine}. */
  public NeuralNetworkRegressor setEngine(String value) {
    set(engine(), value);
    return this;
  }

  /** Sets {@link #checkpointDir}. */
  public NeuralNetworkRegressor setCheckpointDir(String value) {
    set(checkpointDir(), value);
    return this;
  }

  /** Sets {@link #options}. */
  public NeuralNetworkRegressor setOptions(String value) {
    set(options(), value);
    return this;
  }

  /**
   * Starts from the weights and the running statistics of a model, in the place of drawn ones. Its
   * network must have the same layers and as many features. Not a param: it is not saved with the
   * stage, but copies have it.
   */
  public NeuralNetworkRegressor setInitialModel(NeuralNetworkRegressionModel model) {
    initial = model.fittedNetwork();
    return this;
  }

  /**
   * Trains a network.
   *
   * @throws org.syncbn.spark.files.DataException in a sentence, if a column is not there or of
   *     another type, or rows hold what a network cannot be trained on
   * @throws IllegalArgumentException in a sentence, if network, options and rows do not fit
   * @throws org.syncbn.train.DivergenceException if numbers stop being finite
   */
  @Override
  public NeuralNetworkRegressionModel fit(Dataset<?> data) {
    transformSchema(data.schema());
    return copyValues(train(data), ParamMap.empty()).setParent(this);
  }

  @Override
  public NeuralNetworkRegressionModel train(Dataset<?> data) {
    NetworkFit fit =
        new NetworkFit(this, new NumberLoss.MeanSquaredError(), Optional.ofNullable(initial));
    return new NeuralNetworkRegressionModel(Uids.announce(uid), fit.fit(data.toDF(), 1));
  }

  @Override
  public StructType transformSchema(StructType schema) {
    NetworkColumns.of(this).checkForTraining(schema);
    return NetworkColumns.appended(schema, NumberColumn.columns(getPredictionCol()));
  }

  @Override
  public NeuralNetworkRegressor copy(ParamMap extra) {
    return copyValues(new NeuralNetworkRegressor(Uids.announce(uid), initial), extra);
  }

  /** Reads stages that were saved. */
  public static MLReader<NeuralNetworkRegressor> read() {
    return new DefaultParamsReader<>();
  }

  /** Reads a stage that was saved. */
  public static NeuralNetworkRegressor load(String path) {
    return read().load(path);
  }
}
