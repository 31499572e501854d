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
 * @param running the running averages
 * @param statistics what normalizes
 * @param extensions what is added in training
 */
public record BatchNormOptions(
    double eps,
    AffineOptions gamma,
    AffineOptions beta,
    RunningOptions running,
    StatisticsOptions statistics,
    Extensions extensions)
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
  }

  /** Where the statistics come from in a mode. */
  public StatisticsSource source(Mode mode) {
    return mode == Mode.TRAINING ? statistics.trainingSource() : statistics.evaluationSource();
  }

  /** A builder that starts from these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Options in the making; the first values are those of {@link #PYTORCH}. Not thread-safe. */
  public static final class Builder {
    private double eps = 1e-5;
    private AffineOptions gamma = AffineOptions.GAMMA;
    private AffineOptions beta = AffineOptions.BETA;
    private RunningOptions running = RunningOptions.PYTORCH;
    private StatisticsOptions statistics = StatisticsOptions.PYTORCH;
    private Extensions extensions = Extensions.NONE;

    private Builder() {}

    private Builder(BatchNormOptions from) {
      eps = from.eps;
      gamma = from.gamma;
      beta = from.beta;
      running = from.running;
      statistics = from.statistics;
      extensions = from.extensions;
    }

    /** Sets {@link BatchNormOptions#eps}. */
    public Builder eps(double value) {
      eps = value;
      return this;
    }

    /** Sets {@link AffineOptions#parameter} of gamma. */
    public Builder gamma(Parameter value) {
      gamma = gamma.with(value);
      return this;
    }

    /** Sets {@link AffineOptions#parameter} of beta. */
    public Builder beta(Parameter value) {
      beta = beta.with(value);
      return this;
    }

    /** Sets {@link AffineOptions#initializer} of gamma. */
    public Builder gammaInitializer(Initializer value) {
      gamma = gamma.with(value);
      return this;
    }

    /** Sets {@link AffineOptions#initializer} of beta. */
    public Builder betaInitializer(Initializer value) {
      beta = beta.with(value);
      return this;
    }

    /** Sets {@link RunningOptions#meanInitializer}. */
    public Builder runningMeanInitializer(Initializer value) {
      running = running.withMean(value);
      return this;
    }

    /** Sets {@link RunningOptions#varianceInitializer}. */
    public Builder runningVarianceInitializer(Initializer value) {
      running = running.withVariance(value);
      return this;
    }

    /** Sets {@link AffineOptions#regularizer} of gamma. */
    public Builder gammaRegularizer(Regularizer value) {
      gamma = gamma.with(value);
      return this;
    }

    /** Sets {@link AffineOptions#regularizer} of beta. */
    public Builder betaRegularizer(Regularizer value) {
      beta = beta.with(value);
      return this;
    }

    /** Sets {@link AffineOptions#constraint} of gamma. */
    public Builder gammaConstraint(Constraint value) {
      gamma = gamma.with(value);
      return this;
    }

    /** Sets {@link AffineOptions#constraint} of beta. */
    public Builder betaConstraint(Constraint value) {
      beta = beta.with(value);
      return this;
    }

    /** Sets {@link RunningOptions#average}. */
    public Builder runningAverage(RunningAverage value) {
      running = running.with(value);
      return this;
    }

    /** Sets {@link RunningOptions#variance}. */
    public Builder runningVariance(RunningVariance value) {
      running = running.with(value);
      return this;
    }

    /** Sets {@link RunningOptions#update}. */
    public Builder runningUpdate(RunningUpdate value) {
      running = running.with(value);
      return this;
    }

    /** Sets {@link StatisticsOptions#trainingSource}. */
    public Builder trainingSource(StatisticsSource value) {
      statistics = statistics.withTraining(value);
      return this;
    }

    /** Sets {@link StatisticsOptions#evaluationSource}. */
    public Builder evaluationSource(StatisticsSource value) {
      statistics = statistics.withEvaluation(value);
      return this;
    }

    /** Sets {@link Extensions#renormalization}. */
    public Builder renormalization(Renormalization value) {
      extensions = extensions.with(value);
      return this;
    }

    /** Sets {@link StatisticsOptions#virtualBatchRows}. */
    public Builder virtualBatchRows(int value) {
      statistics = statistics.withVirtualBatchRows(value);
      return this;
    }

    /** Sets {@link Extensions#adjustment}. */
    public Builder adjustment(Adjustment value) {
      extensions = extensions.with(value);
      return this;
    }

    /** Sets {@link Extensions#noise}. */
    public Builder noise(ActivationNoise value) {
      extensions = extensions.with(value);
      return this;
    }

    /** Sets {@link StatisticsOptions#smallBatchPolicy}. */
    public Builder smallBatchPolicy(SmallBatchPolicy value) {
      statistics = statistics.with(value);
      return this;
    }

    /** Sets {@link StatisticsOptions#rowWeights}. */
    public Builder rowWeights(RowWeights value) {
      statistics = statistics.with(value);
      return this;
    }

    /** Sets {@link StatisticsOptions#axis}. */
    public Builder axis(ChannelAxis value) {
      statistics = statistics.with(value);
      return this;
    }

    /** The options. */
    public BatchNormOptions build() {
      return new BatchNormOptions(eps, gamma, beta, running, statistics, extensions);
    }
  }
}
