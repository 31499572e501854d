package org.syncbn.norm;

import java.io.Serializable;

/**
 * How a new statistic enters a running average: {@code average = (1 - w) * average + w * new},
 * where the weight w may depend on how many updates there were. "Momentum" is avoided: in PyTorch
 * it means w, in Keras and Flax 1 - w.
 */
public sealed interface RunningAverage extends Serializable {

  /**
   * The weight of the new statistic.
   *
   * @param update 1 for the first update
   */
  double weight(long update);

  /** A fixed weight of the new statistic, in [0, 1]. */
  static RunningAverage weightOfNew(double weight) {
    return new WeightOfNew(weight);
  }

  /** The plain mean of all statistics so far; the initial value has no part in it. */
  static RunningAverage cumulative() {
    return new Cumulative();
  }

  /**
   * A fixed weight, with the pull of the initial value divided out: {@code w / (1 - (1 - w)^t)} at
   * update t (Kingma and Ba 2015, section 3; Haiku's and Sonnet's moving averages).
   */
  static RunningAverage debiased(double weight) {
    return new Debiased(weight);
  }

  /**
   * A fixed weight of the new statistic.
   *
   * @param weight in [0, 1]
   */
  record WeightOfNew(double weight) implements RunningAverage {

    /** Throws if the weight is outside [0, 1]. */
    public WeightOfNew {
      requireWeight(weight >= 0 && weight <= 1, weight, "[0, 1]");
    }

    @Override
    public double weight(long update) {
      return weight;
    }
  }

  /** The plain mean of all statistics. */
  record Cumulative() implements RunningAverage {

    @Override
    public double weight(long update) {
      return 1.0 / update;
    }
  }

  /**
   * A fixed weight without the initial value's pull.
   *
   * @param weight in (0, 1]
   */
  record Debiased(double weight) implements RunningAverage {

    /** Throws if the weight is outside (0, 1]. */
    public Debiased {
      requireWeight(weight > 0 && weight <= 1, weight, "(0, 1]");
    }

    @Override
    public double weight(long update) {
      // 1 - (1 - w)^t without cancellation; StrictMath: the same bits on every JVM.
      return weight / -StrictMath.expm1(update * StrictMath.log1p(-weight));
    }
  }

  private static void requireWeight(boolean valid, double weight, String range) {
    if (!valid) {
      throw new IllegalArgumentException(
          "the weight of a new statistic must be in " + range + ", was " + weight);
    }
  }
}
