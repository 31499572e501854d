package org.syncbn.norm;

import java.io.Serializable;

/**
 * Batch renormalization (Ioffe 2017, arXiv:1702.03275, algorithm 1): the mini-batch's {@code xHat}
 * is corrected towards the running statistics as {@code r * xHat + d}, where {@code r =
 * clip(deviation / runningDeviation, rMin, rMax)} and {@code d = clip((mean - runningMean) /
 * runningDeviation, -dMax, dMax)} are constants in the backward pass and {@code deviation =
 * sqrt(variance + eps)}.
 *
 * <p>The bounds may open gradually: up to {@code startStep} there is no correction ({@code r = 1, d
 * = 0}), then rMax and 1/rMin grow linearly until {@code rFullStep}, dMax until {@code dFullStep}.
 *
 * @param rMin the lower bound of r in the end, in [0, 1]; 0 is none
 * @param rMax the upper bound of r in the end, at least 1
 * @param dMax the bound of |d| in the end, at least 0
 * @param startStep the last step without correction
 * @param rFullStep the step at which the bounds of r are reached, at least startStep
 * @param dFullStep the step at which the bound of d is reached, at least startStep
 * @param average how the running standard deviation follows; the running mean has the layer's
 *     average
 */
public record Renormalization(
    double rMin,
    double rMax,
    double dMax,
    long startStep,
    long rFullStep,
    long dFullStep,
    RunningAverage average)
    implements Serializable {

  /** No renormalization: the state holds no running deviation. */
  public static final Renormalization NONE =
      new Renormalization(
          1, 1, 0, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, RunningAverage.weightOfNew(0));

  /** Throws if the bounds exclude r = 1 or d = 0, or the schedule runs backwards. */
  public Renormalization {
    if (!(rMin >= 0 && rMin <= 1 && rMax >= 1 && dMax >= 0)) {
      throw new IllegalArgumentException(
          "renormalization needs 0 <= rMin <= 1 <= rMax and dMax >= 0, was rMin = "
              + rMin
              + ", rMax = "
              + rMax
              + ", dMax = "
              + dMax);
    }
    if (startStep < 0 || rFullStep < startStep || dFullStep < startStep) {
      throw new IllegalArgumentException(
          "renormalization needs 0 <= startStep <= rFullStep, dFullStep, was "
              + startStep
              + ", "
              + rFullStep
              + ", "
              + dFullStep);
    }
  }

  /** Bounds that hold from the first step on, with {@code rMin = 1 / rMax}. */
  public static Renormalization constant(double rMax, double dMax, RunningAverage average) {
    return new Renormalization(1 / rMax, rMax, dMax, 0, 0, 0, average);
  }

  /**
   * The schedule of the paper's section 4.1: none before step 5,000, then rMax from 1 to 3 at step
   * 40,000 and dMax from 0 to 5 at step 25,000; running averages with weight 0.01.
   */
  public static Renormalization published() {
    return new Renormalization(
        1.0 / 3, 3, 5, 5_000, 40_000, 25_000, RunningAverage.weightOfNew(0.01));
  }

  /** The lower bound of r at a step, counted from 0. */
  public double rMinAt(long step) {
    double opened = opened(step, rFullStep);
    return opened == 1 ? rMin : opened == 0 ? 1 : 1 / (1 + opened * (1 / rMin - 1));
  }

  /** The upper bound of r at a step, counted from 0. */
  public double rMaxAt(long step) {
    double opened = opened(step, rFullStep);
    return opened == 1 ? rMax : opened == 0 ? 1 : 1 + opened * (rMax - 1);
  }

  /** The bound of |d| at a step, counted from 0. */
  public double dMaxAt(long step) {
    double opened = opened(step, dFullStep);
    return opened == 1 ? dMax : opened == 0 ? 0 : opened * dMax;
  }

  /** Whether there is no renormalization. */
  public boolean isNone() {
    return equals(NONE);
  }

  private double opened(long step, long fullStep) {
    if (step >= fullStep) {
      return 1;
    }
    return step <= startStep ? 0 : (step - startStep) / (double) (fullStep - startStep);
  }
}
