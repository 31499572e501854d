package org.syncbn.norm;

import java.io.Serializable;
import org.syncbn.tensor.Initializer;

/**
 * Every choice of a batch-norm layer. The presets are the one place for defaults; {@link
 * #toBuilder} starts from one of them: {@code
 * BatchNormOptions.KERAS.toBuilder().eps(1e-5).build()}.
 *
 * <p>Freezing has three switches: the source of statistics, the update of running averages, and the
 * training of gamma and beta. Normalization itself always divides by the population variance.
 *
 * @param eps added to the variance under the root; 0 makes a constant channel NaN
 * @param gamma the scale after normalization
 * @param beta the shift after normalization
 * @param gammaInitializer the first values of gamma
 * @param betaInitializer the first values of beta
 * @param runningMeanInitializer the first values of the running mean
 * @param runningVarianceInitializer the first values of the running variance, none below 0
 * @param gammaRegularizer the penalty on gamma
 * @param betaRegularizer the penalty on beta
 * @param gammaConstraint where gamma is put back after an update
 * @param betaConstraint where beta is put back after an update
 * @param runningAverage how running mean and variance follow
 * @param runningVariance which variance the running one follows
 * @param runningUpdate whether committed steps move the running averages
 * @param trainingSource what normalizes in training; RUNNING freezes the statistics
 * @param evaluationSource what normalizes in evaluation; BATCH for a layer that tracks no averages
 * @param renormalization the correction towards the running statistics
 * @param virtualBatchRows rows of a ghost batch with statistics of its own; 0: the whole mini-batch
 * @param adjustment a random scale and shift before gamma, in training
 * @param noise noise after beta, in training
 * @param smallBatchPolicy what a channel of at most one value does, in training
 * @param rowWeights what the weights of rows do to the statistics
 * @param axis in networks, along which axis the statistics lie; {@link BatchNormShard} is told by a
 *     {@link ChannelLayout}
 */
public record BatchNormOptions(
    double eps,
    Parameter gamma,
    Parameter beta,
    Initializer gammaInitializer,
    Initializer betaInitializer,
    Initializer runningMeanInitializer,
    Initializer runningVarianceInitializer,
    Regularizer gammaRegularizer,
    Regularizer betaRegularizer,
    Constraint gammaConstraint,
    Constraint betaConstraint,
    RunningAverage runningAverage,
    RunningVariance runningVariance,
    RunningUpdate runningUpdate,
    StatisticsSource trainingSource,
    StatisticsSource evaluationSource,
    Renormalization renormalization,
    int virtualBatchRows,
    Adjustment adjustment,
    ActivationNoise noise,
    SmallBatchPolicy smallBatchPolicy,
    RowWeights rowWeights,
    ChannelAxis axis)
    implements Serializable {

  /** PyTorch's BatchNorm and SyncBatchNorm: weight of new 0.1, eps 1e-5, sample variance. */
  public static final BatchNormOptions PYTORCH = new Builder().build();

  /** Keras's BatchNormalization: weight of new 0.01, eps 1e-3, population variance. */
  public static final BatchNormOptions KERAS =
      PYTORCH.toBuilder()
          .eps(1e-3)
          .runningAverage(RunningAverage.weightOfNew(0.01))
          .runningVariance(RunningVariance.POPULATION)
          .build();

  /** Flax's BatchNorm: weight of new 0.01, eps 1e-5, population variance. */
  public static final BatchNormOptions FLAX = KERAS.toBuilder().eps(1e-5).build();

  /**
   * Ioffe and Szegedy 2015, algorithm 2: the plain mean of sample variances. The paper leaves eps
   * open; here it is 1e-5.
   */
  public static final BatchNormOptions PAPER =
      PYTORCH.toBuilder().runningAverage(RunningAverage.cumulative()).build();

  /** Throws if an option is out of range. */
  public BatchNormOptions {
    if (!(eps >= 0 && eps < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("eps must be finite and at least 0, was " + eps);
    }
    if (virtualBatchRows < 0) {
      throw new IllegalArgumentException(
          "virtualBatchRows must be at least 0 (0: the whole mini-batch), was " + virtualBatchRows);
    }
  }

  /** Where the statistics come from in a mode. */
  public StatisticsSource source(Mode mode) {
    return mode == Mode.TRAINING ? trainingSource : evaluationSource;
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Options in the making; the first values are those of {@link #PYTORCH}. Not thread-safe. */
  public static final class Builder {
    private double eps = 1e-5;
    private Parameter gamma = Parameter.TRAINED;
    private Parameter beta = Parameter.TRAINED;
    private Initializer gammaInitializer = Initializer.ones();
    private Initializer betaInitializer = Initializer.zeros();
    private Initializer runningMeanInitializer = Initializer.zeros();
    private Initializer runningVarianceInitializer = Initializer.ones();
    private Regularizer gammaRegularizer = Regularizer.NONE;
    private Regularizer betaRegularizer = Regularizer.NONE;
    private Constraint gammaConstraint = Constraint.NONE;
    private Constraint betaConstraint = Constraint.NONE;
    private RunningAverage runningAverage = RunningAverage.weightOfNew(0.1);
    private RunningVariance runningVariance = RunningVariance.SAMPLE;
    private RunningUpdate runningUpdate = RunningUpdate.ON;
    private StatisticsSource trainingSource = StatisticsSource.BATCH;
    private StatisticsSource evaluationSource = StatisticsSource.RUNNING;
    private Renormalization renormalization = Renormalization.NONE;
    private int virtualBatchRows = 0;
    private Adjustment adjustment = Adjustment.NONE;
    private ActivationNoise noise = ActivationNoise.NONE;
    private SmallBatchPolicy smallBatchPolicy = SmallBatchPolicy.ERROR;
    private RowWeights rowWeights = RowWeights.MASK;
    private ChannelAxis axis = ChannelAxis.CHANNELS;

    private Builder() {}

    private Builder(BatchNormOptions from) {
      eps = from.eps;
      gamma = from.gamma;
      beta = from.beta;
      gammaInitializer = from.gammaInitializer;
      betaInitializer = from.betaInitializer;
      runningMeanInitializer = from.runningMeanInitializer;
      runningVarianceInitializer = from.runningVarianceInitializer;
      gammaRegularizer = from.gammaRegularizer;
      betaRegularizer = from.betaRegularizer;
      gammaConstraint = from.gammaConstraint;
      betaConstraint = from.betaConstraint;
      runningAverage = from.runningAverage;
      runningVariance = from.runningVariance;
      runningUpdate = from.runningUpdate;
      trainingSource = from.trainingSource;
      evaluationSource = from.evaluationSource;
      renormalization = from.renormalization;
      virtualBatchRows = from.virtualBatchRows;
      adjustment = from.adjustment;
      noise = from.noise;
      smallBatchPolicy = from.smallBatchPolicy;
      rowWeights = from.rowWeights;
      axis = from.axis;
    }

    /** Sets {@link BatchNormOptions#eps}. */
    public Builder eps(double value) {
      eps = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#gamma}. */
    public Builder gamma(Parameter value) {
      gamma = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#beta}. */
    public Builder beta(Parameter value) {
      beta = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#gammaInitializer}. */
    public Builder gammaInitializer(Initializer value) {
      gammaInitializer = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#betaInitializer}. */
    public Builder betaInitializer(Initializer value) {
      betaInitializer = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#runningMeanInitializer}. */
    public Builder runningMeanInitializer(Initializer value) {
      runningMeanInitializer = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#runningVarianceInitializer}. */
    public Builder runningVarianceInitializer(Initializer value) {
      runningVarianceInitializer = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#gammaRegularizer}. */
    public Builder gammaRegularizer(Regularizer value) {
      gammaRegularizer = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#betaRegularizer}. */
    public Builder betaRegularizer(Regularizer value) {
      betaRegularizer = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#gammaConstraint}. */
    public Builder gammaConstraint(Constraint value) {
      gammaConstraint = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#betaConstraint}. */
    public Builder betaConstraint(Constraint value) {
      betaConstraint = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#runningAverage}. */
    public Builder runningAverage(RunningAverage value) {
      runningAverage = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#runningVariance}. */
    public Builder runningVariance(RunningVariance value) {
      runningVariance = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#runningUpdate}. */
    public Builder runningUpdate(RunningUpdate value) {
      runningUpdate = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#trainingSource}. */
    public Builder trainingSource(StatisticsSource value) {
      trainingSource = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#evaluationSource}. */
    public Builder evaluationSource(StatisticsSource value) {
      evaluationSource = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#renormalization}. */
    public Builder renormalization(Renormalization value) {
      renormalization = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#virtualBatchRows}. */
    public Builder virtualBatchRows(int value) {
      virtualBatchRows = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#adjustment}. */
    public Builder adjustment(Adjustment value) {
      adjustment = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#noise}. */
    public Builder noise(ActivationNoise value) {
      noise = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#smallBatchPolicy}. */
    public Builder smallBatchPolicy(SmallBatchPolicy value) {
      smallBatchPolicy = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#rowWeights}. */
    public Builder rowWeights(RowWeights value) {
      rowWeights = value;
      return this;
    }

    /** Sets {@link BatchNormOptions#axis}. */
    public Builder axis(ChannelAxis value) {
      axis = value;
      return this;
    }

    /** The options. */
    public BatchNormOptions build() {
      return new BatchNormOptions(
          eps,
          gamma,
          beta,
          gammaInitializer,
          betaInitializer,
          runningMeanInitializer,
          runningVarianceInitializer,
          gammaRegularizer,
          betaRegularizer,
          gammaConstraint,
          betaConstraint,
          runningAverage,
          runningVariance,
          runningUpdate,
          trainingSource,
          evaluationSource,
          renormalization,
          virtualBatchRows,
          adjustment,
          noise,
          smallBatchPolicy,
          rowWeights,
          axis);
    }
  }
}
