package org.syncbn.optim;

import java.io.Serializable;
import java.util.Optional;

/**
 * A learning rate as a function of the step, from 0. The same bits on every JVM. Implementations
 * are immutable.
 *
 * <p>A length is given in steps or in epochs; without either it is the whole run, or what a warm-up
 * leaves of it. {@link #over} brings all lengths to steps, which {@link #rate} needs.
 */
public sealed interface Schedule extends Serializable {

  /**
   * The rate of a step, counted from 0 over all epochs.
   *
   * @throws IllegalStateException if a length is not in steps: see {@link #over}
   */
  double rate(long step);

  /**
   * The same rates with all lengths in steps.
   *
   * @param runSteps steps of the whole run
   * @param epochSteps steps of an epoch
   */
  Schedule over(long runSteps, long epochSteps);

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

  /** A rise to the rate of this schedule's first step, then this schedule. */
  default Schedule afterWarmUp(long steps) {
    return new WarmUp(this, Optional.of(steps), Optional.empty());
  }

  /** See {@link #constant}. */
  record Constant(double initial) implements Schedule {

    /** Rejects a negative rate. */
    public Constant {
      requireRate(initial);
    }

    @Override
    public double rate(long step) {
      return initial;
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      return this;
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
   * @param everySteps steps of a stage
   * @param everyEpochs the same in epochs; one of the two is given
   */
  record Step(
      double initial, double factor, Optional<Long> everySteps, Optional<Double> everyEpochs)
      implements Schedule {

    /** Rejects what is not a decay. */
    public Step {
      requireRate(initial);
      requireFactor(factor);
      new ScheduleLength(everySteps, everyEpochs).require("everySteps or everyEpochs");
    }

    /** Stages of some steps. */
    public Step(double initial, double factor, long everySteps) {
      this(initial, factor, Optional.of(everySteps), Optional.empty());
    }

    private ScheduleLength every() {
      return new ScheduleLength(everySteps, everyEpochs);
    }

    @Override
    public double rate(long step) {
      return initial * StrictMath.pow(factor, step / every().known());
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      return new Step(initial, factor, every().in(runSteps, epochSteps), Optional.empty());
    }

    @Override
    public Schedule times(double by) {
      return new Step(initial * by, factor, everySteps, everyEpochs);
    }
  }

  /**
   * {@code initial * factor^(step / everySteps)}, without stages.
   *
   * @param initial the first rate
   * @param factor what {@code everySteps} steps multiply by, in (0, 1]
   * @param everySteps after how many steps the factor is reached
   * @param everyEpochs the same in epochs; at the end of the run if neither is given
   */
  record Exponential(
      double initial, double factor, Optional<Long> everySteps, Optional<Double> everyEpochs)
      implements Schedule {

    /** Rejects what is not a decay. */
    public Exponential {
      requireRate(initial);
      requireFactor(factor);
      new ScheduleLength(everySteps, everyEpochs);
    }

    /** A factor for each so many steps. */
    public Exponential(double initial, double factor, long everySteps) {
      this(initial, factor, Optional.of(everySteps), Optional.empty());
    }

    private ScheduleLength every() {
      return new ScheduleLength(everySteps, everyEpochs);
    }

    @Override
    public double rate(long step) {
      return initial * StrictMath.pow(factor, (double) step / every().known());
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      return new Exponential(initial, factor, every().in(runSteps, epochSteps), Optional.empty());
    }

    @Override
    public Schedule times(double by) {
      return new Exponential(initial * by, factor, everySteps, everyEpochs);
    }
  }

  /**
   * Half a cosine from the first to the last rate (Loshchilov and Hutter 2017), then the last.
   *
   * @param initial the first rate
   * @param last the last rate
   * @param steps from the one to the other
   * @param epochs the same in epochs; the whole run if neither is given
   */
  record Cosine(double initial, double last, Optional<Long> steps, Optional<Double> epochs)
      implements Schedule {

    /** Rejects negative rates. */
    public Cosine {
      requireRate(initial);
      requireRate(last);
      new ScheduleLength(steps, epochs);
    }

    /** A decay of some steps. */
    public Cosine(double initial, double last, long steps) {
      this(initial, last, Optional.of(steps), Optional.empty());
    }

    private ScheduleLength length() {
      return new ScheduleLength(steps, epochs);
    }

    @Override
    public double rate(long step) {
      double done = Math.min(1, (double) step / length().known());
      return last + (initial - last) * (1 + StrictMath.cos(Math.PI * done)) / 2;
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      return new Cosine(initial, last, length().in(runSteps, epochSteps), Optional.empty());
    }

    @Override
    public Schedule times(double by) {
      return new Cosine(initial * by, last * by, steps, epochs);
    }
  }

  /**
   * {@code (1 - step / steps)^power} between the first and the last rate, then the last.
   *
   * @param initial the first rate
   * @param last the last rate
   * @param steps from the one to the other
   * @param epochs the same in epochs; the whole run if neither is given
   * @param power 1 for a straight line
   */
  record Polynomial(
      double initial, double last, Optional<Long> steps, Optional<Double> epochs, double power)
      implements Schedule {

    /** Rejects negative rates and powers. */
    public Polynomial {
      requireRate(initial);
      requireRate(last);
      new ScheduleLength(steps, epochs);
      if (!(power > 0)) {
        throw new IllegalArgumentException("the power of a schedule is above 0, was " + power);
      }
    }

    /** A decay of some steps. */
    public Polynomial(double initial, double last, long steps, double power) {
      this(initial, last, Optional.of(steps), Optional.empty(), power);
    }

    private ScheduleLength length() {
      return new ScheduleLength(steps, epochs);
    }

    @Override
    public double rate(long step) {
      double left = 1 - Math.min(1, (double) step / length().known());
      return last + (initial - last) * StrictMath.pow(left, power);
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      Optional<Long> known = length().in(runSteps, epochSteps);
      return new Polynomial(initial, last, known, Optional.empty(), power);
    }

    @Override
    public Schedule times(double by) {
      return new Polynomial(initial * by, last * by, steps, epochs, power);
    }
  }

  /**
   * A straight rise before another schedule: step k of the rise has {@code (k + 1) / steps} of its
   * first rate.
   *
   * @param then what follows, counting its steps from the end of the rise
   * @param steps of the rise
   * @param epochs the same in epochs; one of the two is given
   */
  record WarmUp(Schedule then, Optional<Long> steps, Optional<Double> epochs) implements Schedule {

    /** Rejects a rise without steps. */
    public WarmUp {
      new ScheduleLength(steps, epochs).require("steps or epochs");
    }

    private ScheduleLength length() {
      return new ScheduleLength(steps, epochs);
    }

    @Override
    public double rate(long step) {
      long rise = length().known();
      return step < rise ? then.rate(0) * (step + 1) / rise : then.rate(step - rise);
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      Optional<Long> rise = length().in(runSteps, epochSteps);
      long left = Math.max(1, runSteps - rise.get());
      return new WarmUp(then.over(left, epochSteps), rise, Optional.empty());
    }

    @Override
    public Schedule times(double by) {
      return new WarmUp(then.times(by), steps, epochs);
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
}
