package org.syncbn.norm;

import java.io.Serializable;

/**
 * A set that weights are put back into after each update.
 *
 * <p>For gamma and beta, and as well for the weights of any layer. Norms are Euclidean, one for
 * each unit: weights of rank 2 and more have their units last ({@code [inputs..., units]}), so a
 * norm spans all other dimensions; a vector has one norm. A unit of zeros stays as it is.
 * Implementations are immutable, hence thread-safe.
 */
public sealed interface Constraint extends Serializable {

  /** No constraint. */
  Constraint NONE = new None();

  /**
   * Puts a matrix {@code [size / units, units]} back into the set, in place.
   *
   * @param units how many columns there are, each with its own norm
   */
  void project(float[] weights, int units);

  /** Puts one vector back into the set, in place. */
  default void project(float[] vector) {
    project(vector, 1);
  }

  /** Whether each weight is put back whatever the others are, and so any part of them. */
  boolean isElementwise();

  /** No weight below 0. */
  static Constraint nonNegative() {
    return new NonNegative();
  }

  /** Each unit's norm is 1. */
  static Constraint unitNorm() {
    return new MinMaxNorm(1, 1, 1);
  }

  /** Each unit's norm is at most a bound. */
  static Constraint maxNorm(double max) {
    return new MinMaxNorm(0, max, 1);
  }

  /** Each unit's norm moves into [min, max] by a fraction {@code rate} of what is missing. */
  static Constraint minMaxNorm(double min, double max, double rate) {
    return new MinMaxNorm(min, max, rate);
  }

  /** Leaves weights as they are. */
  record None() implements Constraint {

    @Override
    public void project(float[] weights, int units) {}

    @Override
    public boolean isElementwise() {
      return true;
    }
  }

  /** Negative weights become 0. */
  record NonNegative() implements Constraint {

    @Override
    public void project(float[] weights, int units) {
      for (int i = 0; i < weights.length; i++) {
        weights[i] = Math.max(weights[i], 0);
      }
    }

    @Override
    public boolean isElementwise() {
      return true;
    }
  }

  /**
   * Norms in an interval.
   *
   * @param min the least norm
   * @param max the greatest norm
   * @param rate 1 enforces the interval at once, less moves towards it; in (0, 1]
   */
  record MinMaxNorm(double min, double max, double rate) implements Constraint {

    /** Throws if the interval is empty or the rate is outside (0, 1]. */
    public MinMaxNorm {
      if (!(min >= 0 && min <= max && rate > 0 && rate <= 1)) {
        throw new IllegalArgumentException(
            "a norm constraint needs 0 <= min <= max and 0 < rate <= 1, was "
                + min
                + ", "
                + max
                + ", "
                + rate);
      }
    }

    @Override
    public void project(float[] weights, int units) {
      double[] factors = new double[units];
      for (int i = 0; i < weights.length; i++) {
        factors[i % units] += (double) weights[i] * weights[i];
      }
      for (int unit = 0; unit < units; unit++) {
        double norm = Math.sqrt(factors[unit]);
        double wanted = rate * Math.min(Math.max(norm, min), max) + (1 - rate) * norm;
        factors[unit] = norm == 0 ? 1 : wanted / norm;
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (weights[i] * factors[i % units]);
      }
    }

    @Override
    public boolean isElementwise() {
      return false;
    }
  }
}
