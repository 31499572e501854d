package org.syncbn.ml;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.ml.classification.ProbabilisticClassifier;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.syncbn.api.FittedNetwork;
import org.syncbn.nn.ClassLoss;
import org.syncbn.nn.LayerSpec;

/**
 * Trains a neural network classifier, in place of {@code MultilayerPerceptronClassifier}: batch
 * norms see the whole mini-batch, however it is spread over executors.
 *
 * <pre>{@code
 * NeuralNetworkClassificationModel model =
 *     new NeuralNetworkClassifier()
 *         .setNetwork("[{ dense = 16 }, batchNorm, relu, { dense = 3 }]")
 *         .setMaxIter(20)
 *         .fit(rows);
 * Dataset<Row> predicted = model.transform(rows);
 * }</pre>
 *
 * <p>Labels are 0, 1, ..., below the number of the network's outputs. Where no network is named,
 * there are as many classes as the label's metadata or its greatest value says. The model's bits do
 * not depend on partitions, executors or the engine. As all stages of Spark, for one thread at a
 * time.
 */
public final class NeuralNetworkClassifier
    extends ProbabilisticClassifier<
        Vector, NeuralNetworkClassifier, NeuralNetworkClassificationModel>
    implements NetworkParams, DefaultParamsWritable {

  private static final long serialVersionUID = 1L;

  private final String uid;
  private final NetworkParamSet params;
  private transient FittedNetwork initial; // null: weights are drawn

  /** A stage with a random uid. */
  public NeuralNetworkClassifier() {
    this(Identifiable.randomUID("neuralNetwork"));
  }

  /** A stage with a uid that differs from those of other stages. */
  public NeuralNetworkClassifier(String uid) {
    this(Uids.announce(uid), null);
  }

  private NeuralNetworkClassifier(String uid, FittedNetwork initial) {
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
  public NeuralNetworkClassifier setNetwork(LayerSpec... layers) {
    return setNetwork(NetworkFit.json(List.of(layers)).toString());
  }

  /** Sets {@link #network}. */
  public NeuralNetworkClassifier setNetwork(String value) {
    set(network(), value);
    return this;
  }

  /** Sets {@link #inputCols}. */
  public NeuralNetworkClassifier setInputCols(String... value) {
    set(inputCols(), value);
    return this;
  }

  /** Sets {@link #weightCol}. */
  public NeuralNetworkClassifier setWeightCol(String value) {
    set(weightCol(), value);
    return this;
  }

  /** Sets {@link #validationIndicatorCol}. */
  public NeuralNetworkClassifier setValidationIndicatorCol(String value) {
    set(validationIndicatorCol(), value);
    return this;
  }

  /** Sets {@link #maxIter}. */
  public NeuralNetworkClassifier setMaxIter(int value) {
    set(maxIter(), value);
    return this;
  }

  /** Sets {@link #stepSize}. */
  public NeuralNetworkClassifier setStepSize(double value) {
    set(stepSize(), value);
    return this;
  }

  /** Sets {@link #batchSize}. */
  public NeuralNetworkClassifier setBatchSize(int value) {
    set(batchSize(), value);
    return this;
  }

  /** Sets {@link #solver}. */
  public NeuralNetworkClassifier setSolver(String value) {
    set(solver(), value);
    return this;
  }

  /** Sets {@link #seed}. */
  public NeuralNetworkClassifier setSeed(long value) {
    set(seed(), value);
    return this;
  }

  /** Sets {@link #tol}. */
  public NeuralNetworkClassifier setTol(double value) {
    set(tol(), value);
    return this;
  }

  /** Sets {@link #patience}. */
  public NeuralNetworkClassifier setPatience(int value) {
    set(patience(), value);
    return this;
  }

  /** Sets {@link #shards}. */
  public NeuralNetworkClassifier setShards(int value) {
    set(shards(), value);
    return this;
  }

  /** Sets {@link #engine}. */
  public NeuralNetworkClassifier setEngine(String value) {
    set(engine(), value);
    return this;
  }

  /** Sets {@link #checkpointDir}. */
  public NeuralNetworkClassifier setCheckpointDir(String value) {
    set(checkpointDir(), value);
    return this;
  }

  /** Sets {@link #options}. */
  public NeuralNetworkClassifier setOptions(String value) {
    set(options(), value);
    return this;
  }

  /**
   * Starts from the weights and the running statistics of a model, in the place of drawn ones. Its
   * network must have the same layers and as many features. Not a param: it is not saved with the
   * stage, but copies have it.
   */
  public NeuralNetworkClassifier setInitialModel(NeuralNetworkClassificationModel model) {
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
  public NeuralNetworkClassificationModel fit(Dataset<?> data) {
    transformSchema(data.schema());
    return copyValues(train(data), ParamMap.empty()).setParent(this);
  }

  @Override
  public NeuralNetworkClassificationModel train(Dataset<?> data) {
    NetworkFit fit =
        new NetworkFit(this, ClassLoss.SoftmaxCrossEntropy.plain(), Optional.ofNullable(initial));
    return new NeuralNetworkClassificationModel(
        Uids.announce(uid), fit.fit(data.toDF(), classes(data)));
  }

  @Override
  public StructType transformSchema(StructType schema) {
    NetworkColumns.of(this).checkForTraining(schema);
    return NetworkColumns.appended(
        schema,
        ClassColumns.columns(
            getRawPredictionCol(), getProbabilityCol(), getPredictionCol(), OptionalInt.empty()));
  }

  /** The number of classes of the default network; 0 if a network is set. */
  private int classes(Dataset<?> data) {
    return isDefined(network()) ? 0 : LabelClasses.count(data.toDF(), getLabelCol());
  }

  @Override
  public NeuralNetworkClassifier copy(ParamMap extra) {
    return copyValues(new NeuralNetworkClassifier(Uids.announce(uid), initial), extra);
  }

  /** Reads stages that were saved. */
  public static MLReader<NeuralNetworkClassifier> read() {
    return new DefaultParamsReader<>();
  }

  /** Reads a stage that was saved. */
  public static NeuralNetworkClassifier load(String path) {
    return read().load(path);
  }
}
