package org.syncbn.optim;

import java.io.Serializable;

/**
 * A learning rate as a function of the step, from 0. The same bits on every JVM. Implementations
 * are immutable.
 */
public sealed interface Schedule extends Serializable {

  /** The rate of a step, counted from 0 over all epochs. */
  double rate(long step);

  /** One rate for ever. */
  static Schedule constant(double rate) {
    return new Constant(rate);
  }

  /** All rates times a factor. */
  Schedule times(double by);

  /**
   * The linear scaling rule (Goyal et al. 2017): rates proportional to the rows of a mini-batch.
   *
   * @param batchRows how many it has
   * @param referenceRows how many the rates are meant for
   */
  default Schedule scaledWithBatch(int batchRows, int referenceRows) {
    return times((double) batchRows / referenceRows);
  }

  /** A rise from 0 to the rate of another schedule's first step, then that schedule. */
  default Schedule afterWarmUp(long steps) {
    return new WarmUp(this, steps);
  }

  /** See {@link #constant}. */
  record Constant(double initial) implements Schedule {

    /** Refuses a negative rate. */
    public Constant {
      requireRate(initial);
    }

    @Override
    public double rate(long step) {
      return initial;
    }

    @Override
    public Schedule times(double by) {
      return new Constant(initial * by);
    }
  }

  /**
   * Multiplied by a factor every few steps.
   *
   * @param initial the first rate
   * @param factor what each stage multiplies by, in (0, 1]
   * @param every steps of a stage
   */
  record Step(double initial, double factor, long every) implements Schedule {

    /** Refuses what is no decay. */
    public Step {
      requireRate(initial);
      requireFactor(factor);
      requireSteps(every);
    }

    @Override
    public double rate(long step) {
      return initial * StrictMath.pow(factor, step / every);
    }

    @Override
    public Schedule times(double by) {
      return new Step(initial * by, factor, every);
    }
  }

  /**
   * {@code initial * factor^(step / every)}, without stages.
   *
   * @param initial the first rate
   * @param factor what {@code every} steps multiply by, in (0, 1]
   * @param every steps
   */
  record Exponential(double initial, double factor, long every) implements Schedule {

    /** Refuses what is no decay. */
    public Exponential {
      requireRate(initial);
      requireFactor(factor);
      requireSteps(every);
    }

    @Override
    public double rate(long step) {
      return initial * StrictMath.pow(factor, (double) step / every);
    }

    @Override
    public Schedule times(double by) {
      return new Exponential(initial * by, factor, every);
    }
  }

  /**
   * Half a cosine from the first to the last rate (Loshchilov and Hutter 2017), then the last.
   *
   * @param initial the first rate
   * @param last the last rate
   * @param steps from the one to the other
   */
  record Cosine(double initial, double last, long steps) implements Schedule {

    /** Refuses negative rates. */
    public Cosine {
      requireRate(initial);
      requireRate(last);
      requireSteps(steps);
    }

    @Override
    public double rate(long step) {
      double done = Math.min(1, (double) step / steps);
      return last + (initial - last) * (1 + StrictMath.cos(Math.PI * done)) / 2;
    }

    @Override
    public Schedule times(double by) {
      return new Cosine(initial * by, last * by, steps);
    }
  }

  /**
   * {@code (1 - step / steps)^power} between the first and the last rate, then the last.
   *
   * @param initial the first rate
   * @param last the last rate
   * @param steps from the one to the other
   * @param power 1 for a straight line
   */
  record Polynomial(double initial, double last, long steps, double power) implements Schedule {

    /** Refuses negative rates and powers. */
    public Polynomial {
      requireRate(initial);
      requireRate(last);
      requireSteps(steps);
      if (!(power > 0)) {
        throw new IllegalArgumentException("the power of a schedule is above 0, was " + power);
      }
    }

    @Override
    public double rate(long step) {
      double left = 1 - Math.min(1, (double) step / steps);
      return last + (initial - last) * StrictMath.pow(left, power);
    }

    @Override
    public Schedule times(double by) {
      return new Polynomial(initial * by, last * by, steps, power);
    }
  }

  /**
   * A straight rise before another schedule: step k of the rise has {@code (k + 1) / steps} of its
   * first rate.
   *
   * @param then what follows, counting its steps from the end of the rise
   * @param steps of the rise
   */
  record WarmUp(Schedule then, long steps) implements Schedule {

    /** Refuses a rise without steps. */
    public WarmUp {
      requireSteps(steps);
    }

    @Override
    public double rate(long step) {
      return step < steps ? then.rate(0) * (step + 1) / steps : then.rate(step - steps);
    }

    @Override
    public Schedule times(double by) {
      return new WarmUp(then.times(by), steps);
    }
  }

  private static void requireRate(double rate) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("a learning rate is finite and at least 0, was " + rate);
    }
  }

  private static void requireFactor(double factor) {
    if (!(factor > 0 && factor <= 1)) {
      throw new IllegalArgumentException("the factor of a schedule is in (0, 1], was " + factor);
    }
  }

  private static void requireSteps(long steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("a schedule takes at least one step, not " + steps);
    }
  }
}
