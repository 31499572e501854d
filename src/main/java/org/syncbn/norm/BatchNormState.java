package org.syncbn.norm;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;

/**
 * What one batch-norm layer has learned up to a committed step. The driver owns it and replaces it
 * once per committed step ({@link BatchNorm#updated}, {@link BatchNorm#withParameters}).
 *
 * <p>Running statistics are doubles: a checkpoint must keep them so, or a resumed run has other
 * bits. Every number is finite, variances and deviations are not negative. Immutable, hence
 * thread-safe.
 */
public final class BatchNormState implements Serializable {

  private static final long serialVersionUID = 1;

  final float[] gamma; // for this package, without a copy
  final float[] beta;
  private final double[] runningMean;
  private final double[] runningVariance;
  private final double[] runningDeviation;
  private final long steps;
  private final long updates;

  /** A state that was not checked and owns the arrays. */
  BatchNormState(
      float[] gamma,
      float[] beta,
      double[] runningMean,
      double[] runningVariance,
      double[] runningDeviation,
      long steps,
      long updates) {
    this.gamma = gamma;
    this.beta = beta;
    this.runningMean = runningMean;
    this.runningVariance = runningVariance;
    this.runningDeviation = runningDeviation;
    this.steps = steps;
    this.updates = updates;
  }

  /**
   * A state with given numbers, for instance from a saved model; arrays are copied.
   *
   * @param gamma one per channel; empty if the layer has none
   * @param beta one per channel; empty if the layer has none
   * @param runningMean one per channel
   * @param runningVariance one per channel
   * @param runningDeviation one per channel with batch renormalization, else empty
   * @param steps how many training steps were committed
   * @param updates how often the running averages were moved; more than steps with ghost batches
   * @throws ArithmeticException if a number is not finite, or a variance or deviation is negative
   * @throws IllegalArgumentException if the arrays are not of one layer
   */
  public static BatchNormState of(
      float[] gamma,
      float[] beta,
      double[] runningMean,
      double[] runningVariance,
      double[] runningDeviation,
      long steps,
      long updates) {
    int channels = runningMean.length;
    requireLength(gamma.length, channels, "gamma");
    requireLength(beta.length, channels, "beta");
    requireLength(runningDeviation.length, channels, "the running deviation");
    if (runningVariance.length != channels) {
      throw new IllegalArgumentException(
          "%d running variances do not go with %d running means"
              .formatted(runningVariance.length, channels));
    }
    BatchNormState state =
        new BatchNormState(
            gamma.clone(),
            beta.clone(),
            runningMean.clone(),
            runningVariance.clone(),
            runningDeviation.clone(),
            steps,
            updates);
    state
        .fault()
        .ifPresent(
            fault -> {
              throw new ArithmeticException(
                  "channel %d: %s would become %s; numbers must be finite, variances at least 0"
                      .formatted(fault.channel, fault.what, fault.value));
            });
    return state;
  }

  /** A number that is not finite, or negative where it must not be. */
  record Fault(int channel, String what, double value) {}

  /** The first number that no layer can have. */
  Optional<Fault> fault() {
    for (int c = 0; c < channels(); c++) {
      if (!Double.isFinite(gamma(c))) {
        return Optional.of(new Fault(c, "gamma", gamma(c)));
      }
      if (!Double.isFinite(beta(c))) {
        return Optional.of(new Fault(c, "beta", beta(c)));
      }
      if (!Double.isFinite(runningMean[c])) {
        return Optional.of(new Fault(c, "the running mean", runningMean[c]));
      }
      if (!(runningVariance[c] >= 0 && runningVariance[c] < Double.POSITIVE_INFINITY)) {
        return Optional.of(new Fault(c, "the running variance", runningVariance[c]));
      }
      double deviation = runningDeviation.length == 0 ? 0 : runningDeviation[c];
      if (!(deviation >= 0 && deviation < Double.POSITIVE_INFINITY)) {
        return Optional.of(new Fault(c, "the running deviation", deviation));
      }
    }
    return Optional.empty();
  }

  private static void requireLength(int length, int channels, String what) {
    if (length != 0 && length != channels) {
      throw new IllegalArgumentException(
          "%s has %d values, which do not go with %d running means"
              .formatted(what, length, channels));
    }
  }

  /**
   * A state from what {@link #pack} made.
   *
   * @param gamma one per channel; empty if the layer has none; not copied, the state owns it
   * @param beta one per channel; empty if the layer has none; not copied, the state owns it
   * @param packed holds the numbers from a place on
   * @param at the place
   * @param channels how many means and variances there are
   * @param deviations how many running deviations there are: as many as channels, or none
   */
  public static BatchNormState unpack(
      float[] gamma, float[] beta, double[] packed, int at, int channels, int deviations) {
    int variance = at + 2 + channels;
    int deviation = variance + channels;
    return new BatchNormState(
        gamma,
        beta,
        Arrays.copyOfRange(packed, at + 2, variance),
        Arrays.copyOfRange(packed, variance, deviation),
        Arrays.copyOfRange(packed, deviation, deviation + deviations),
        (long) packed[at],
        (long) packed[at + 1]);
  }

  /**
   * Writes all but gamma and beta into an array, from a place on.
   *
   * @return the place behind
   */
  public int pack(double[] target, int at) {
    target[at] = steps;
    target[at + 1] = updates;
    int variance = at + 2 + runningMean.length;
    int deviation = variance + runningVariance.length;
    System.arraycopy(runningMean, 0, target, at + 2, runningMean.length);
    System.arraycopy(runningVariance, 0, target, variance, runningVariance.length);
    System.arraycopy(runningDeviation, 0, target, deviation, runningDeviation.length);
    return deviation + runningDeviation.length;
  }

  /** How many means and variances there are. */
  public int channels() {
    return runningMean.length;
  }

  /** The scales after normalization, a copy; empty if the layer has none. */
  public float[] gamma() {
    return gamma.clone();
  }

  /** The shifts after normalization, a copy; empty if the layer has none. */
  public float[] beta() {
    return beta.clone();
  }

  /** The running means, a copy. */
  public double[] runningMean() {
    return runningMean.clone();
  }

  /** The running variances, population or sample as the options say, a copy. */
  public double[] runningVariance() {
    return runningVariance.clone();
  }

  /**
   * The running averages of {@code sqrt(populationVariance + eps)}, a copy; empty without batch
   * renormalization.
   */
  public double[] runningDeviation() {
    return runningDeviation.clone();
  }

  /** How many training steps were committed. */
  public long steps() {
    return steps;
  }

  /** How often the running averages were moved. */
  public long updates() {
    return updates;
  }

  double gamma(int channel) {
    return gamma.length == 0 ? 1 : gamma[channel];
  }

  double beta(int channel) {
    return beta.length == 0 ? 0 : beta[channel];
  }

  double runningMean(int channel) {
    return runningMean[channel];
  }

  double runningVariance(int channel) {
    return runningVariance[channel];
  }

  double runningDeviation(int channel) {
    return runningDeviation[channel];
  }

  /** The same running statistics beside other gamma and beta; keeps the arrays. */
  BatchNormState with(float[] newGamma, float[] newBeta) {
    return new BatchNormState(
        newGamma, newBeta, runningMean, runningVariance, runningDeviation, steps, updates);
  }

  /** The same gamma and beta one step later; keeps the arrays. */
  BatchNormState next(double[] mean, double[] variance, double[] deviation, long newUpdates) {
    return new BatchNormState(gamma, beta, mean, variance, deviation, steps + 1, newUpdates);
  }

  /** Equal if every number has the same bits. */
  @Override
  public boolean equals(Object other) {
    return other instanceof BatchNormState that
        && Arrays.equals(gamma, that.gamma)
        && Arrays.equals(beta, that.beta)
        && Arrays.equals(runningMean, that.runningMean)
        && Arrays.equals(runningVariance, that.runningVariance)
        && Arrays.equals(runningDeviation, that.runningDeviation)
        && steps == that.steps
        && updates == that.updates;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(runningMean) * 31 + Long.hashCode(steps);
  }

  @Override
  public String toString() {
    return "BatchNormState[channels=" + channels() + ", steps=" + steps + "]";
  }
}
