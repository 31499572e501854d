package org.syncbn.optim;

import java.util.Arrays;

/**
 * Some numbers of one array of weights on their way through the transforms of an optimizer. The
 * heap arrays stay in the first-level cache, and all begin at 0: the JVM vectorizes loops over
 * several arrays only if they share one index. Not thread-safe.
 */
public final class Run {

  static final int LENGTH = 2048;

  /** No transform has more arrays of state. */
  private static final int STATES = 2;

  /** The array of weights that the numbers belong to. */
  Segment segment;

  /** What the learning rate of the schedule is multiplied by. */
  double rateFactor;

  /** How many numbers of each array count. */
  int length;

  /** What is made of the gradient; changed in place. */
  final float[] update = new float[LENGTH];

  /** The weights before the step. */
  final float[] weight = new float[LENGTH];

  /** The state of the transform that is at work, by {@link Transform#stateNames}; changed too. */
  final float[][] state = new float[STATES][LENGTH];

  /** 0 where every number that was checked was finite, else NaN. */
  private final float[] probe = new float[LENGTH];

  Run() {}

  /** Multiplies the update; by 1 it stays as it is. */
  void scale(float factor) {
    for (int i = 0; i < length; i++) {
      update[i] *= factor;
    }
  }

  /** Adds the weights, times a factor, to the update. */
  void addWeights(float factor) {
    for (int i = 0; i < length; i++) {
      update[i] += factor * weight[i];
    }
  }

  /** Subtracts the update from the weights. */
  void subtract() {
    for (int i = 0; i < length; i++) {
      weight[i] -= update[i];
    }
  }

  /** The sum of squares of the update, in double. */
  double squares() {
    Arrays.fill(update, length, (length + 3) / 4 * 4, 0);
    double first = 0; // four sums, since an addition waits for the one before it
    double second = 0;
    double third = 0;
    double fourth = 0;
    for (int i = 0; i < length; i += 4) {
      first += (double) update[i] * update[i];
      second += (double) update[i + 1] * update[i + 1];
      third += (double) update[i + 2] * update[i + 2];
      fourth += (double) update[i + 3] * update[i + 3];
    }
    return first + second + third + fourth;
  }

  /** Takes note of numbers that are not finite: 0 times one of them is NaN. */
  void check(float[] values) {
    for (int i = 0; i < length; i++) {
      probe[i] += 0 * values[i];
    }
  }

  /** Whether all numbers since the last call were finite. */
  boolean wasFinite() {
    boolean finite = true;
    for (int i = 0; i < LENGTH; i++) {
      finite &= probe[i] == 0;
      probe[i] = 0;
    }
    return finite;
  }
}
