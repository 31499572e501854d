package org.syncbn.optim;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

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

  /**
   * The momentum of a step, if the schedule has one beside the rates: it takes the place of that of
   * the optimizer, or of Adam's {@code beta1}.
   */
  default OptionalDouble momentum(long step) {
    return OptionalDouble.empty();
  }

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

    /** Throws if the rate is negative. */
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

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Throws if the rate or the factor is out of range. */
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

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Throws if the rate or the factor is out of range. */
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

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Throws if a rate is negative. */
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
      return halfCosine(initial, last, Math.min(1, (double) step / length().known()));
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

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Throws if a rate or the power is negative. */
    public Polynomial {
      requireRate(initial);
      requireRate(last);
      new ScheduleLength(steps, epochs);
      if (!(power > 0)) {
        throw new IllegalArgumentException("the power of a schedule must be above 0, was " + power);
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
   * A rise to the greatest rate and a longer fall to nearly 0, each half a cosine (Smith and Topin
   * 2018; PyTorch's OneCycleLR). Then the last rate. Momentum falls while the rate rises, and rises
   * again.
   *
   * @param max the greatest rate
   * @param pctStart the part of the steps that the rise takes, in [0, 1)
   * @param divFactor the greatest rate by the first, above 0
   * @param finalDivFactor the first rate by the last, above 0
   * @param cycleMomentum whether momentum changes too, of optimizers that have one or a {@code
   *     beta1}
   * @param baseMomentum the least momentum, where the rate is the greatest, in [0, 1)
   * @param maxMomentum the first and last momentum, in [0, 1)
   * @param steps of the whole cycle
   * @param epochs the same in epochs; the whole run if neither is given
   */
  record OneCycle(
      double max,
      double pctStart,
      double divFactor,
      double finalDivFactor,
      boolean cycleMomentum,
      double baseMomentum,
      double maxMomentum,
      Optional<Long> steps,
      Optional<Double> epochs)
      implements Schedule {

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Rejects negative rates and parts outside [0, 1). */
    public OneCycle {
      requireRate(max);
      new ScheduleLength(steps, epochs);
      if (!(pctStart >= 0 && pctStart < 1)) {
        throw new IllegalArgumentException("pctStart must be in [0, 1), was " + pctStart);
      }
      if (!(divFactor > 0 && finalDivFactor > 0)) {
        throw new IllegalArgumentException("divFactor and finalDivFactor must be above 0");
      }
      if (!(baseMomentum >= 0 && baseMomentum <= maxMomentum && maxMomentum < 1)) {
        throw new IllegalArgumentException(
            "0 <= baseMomentum <= maxMomentum < 1 is wanted, not %s and %s"
                .formatted(baseMomentum, maxMomentum));
      }
    }

    /** PyTorch's defaults over the whole run. */
    public static OneCycle of(double max) {
      return new OneCycle(max, 0.3, 25, 1e4, true, 0.85, 0.95, Optional.empty(), Optional.empty());
    }

    private ScheduleLength length() {
      return new ScheduleLength(steps, epochs);
    }

    @Override
    public double rate(long step) {
      double first = max / divFactor;
      return cycle(step, first, max, first / finalDivFactor);
    }

    @Override
    public OptionalDouble momentum(long step) {
      return cycleMomentum
          ? OptionalDouble.of(cycle(step, maxMomentum, baseMomentum, maxMomentum))
          : OptionalDouble.empty();
    }

    private double cycle(long step, double first, double middle, double last) {
      double top = pctStart * length().known() - 1; // where the rate is the greatest
      double end = length().known() - 1;
      return step < top
          ? halfCosine(first, middle, step / top)
          : halfCosine(middle, last, step < end ? (step - top) / (end - top) : 1);
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      return with(max, length().in(runSteps, epochSteps), Optional.empty());
    }

    @Override
    public Schedule times(double by) {
      return with(max * by, steps, epochs);
    }

    private OneCycle with(double newMax, Optional<Long> newSteps, Optional<Double> newEpochs) {
      return new OneCycle(
          newMax,
          pctStart,
          divFactor,
          finalDivFactor,
          cycleMomentum,
          baseMomentum,
          maxMomentum,
          newSteps,
          newEpochs);
    }
  }

  /**
   * Multiplied by a factor at each of some steps (PyTorch's MultiStepLR).
   *
   * @param initial the first rate
   * @param factor what each milestone multiplies by, in (0, 1]
   * @param steps the first steps with the new rates, ascending
   * @param epochs the same as numbers of epochs that are over; one of the two is given
   */
  record Milestones(
      double initial, double factor, Optional<List<Long>> steps, Optional<List<Double>> epochs)
      implements Schedule {

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Rejects what is not a decay, and milestones that do not ascend. */
    public Milestones {
      requireRate(initial);
      requireFactor(factor);
      if (steps.isPresent() == epochs.isPresent()) {
        throw new IllegalArgumentException("set milestones with steps or with epochs");
      }
      steps.ifPresent(Milestones::requireAscending);
      epochs.ifPresent(Milestones::requireAscending);
    }

    private static <T extends Number> void requireAscending(List<T> milestones) {
      double last = 0;
      for (T milestone : milestones) {
        if (!(milestone.doubleValue() > last)) {
          throw new IllegalArgumentException(
              "milestones must be above 0 and ascend, were " + milestones);
        }
        last = milestone.doubleValue();
      }
    }

    @Override
    public double rate(long step) {
      List<Long> known = steps.orElseThrow(ScheduleLength::unknown);
      long passed = known.stream().filter(milestone -> milestone <= step).count();
      return initial * StrictMath.pow(factor, passed);
    }

    @Override
    public Schedule over(long runSteps, long epochSteps) {
      Optional<List<Long>> known =
          steps.or(
              () ->
                  epochs.map(
                      all -> all.stream().map(epoch -> Math.round(epoch * epochSteps)).toList()));
      return new Milestones(initial, factor, known, Optional.empty());
    }

    @Override
    public Schedule times(double by) {
      return new Milestones(initial * by, factor, steps, epochs);
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

    private Object writeReplace() {
      return WrittenRecord.of(this);
    }

    /** Throws if the warm-up has no steps. */
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
    public OptionalDouble momentum(long step) {
      return then.momentum(Math.max(0, step - length().known()));
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

  private static double halfCosine(double from, double to, double done) {
    return to + (from - to) * (1 + StrictMath.cos(Math.PI * done)) / 2;
  }

  private static void requireRate(double rate) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a learning rate must be finite and at least 0, was " + rate);
    }
  }

  private static void requireFactor(double factor) {
    if (!(factor > 0 && factor <= 1)) {
      throw new IllegalArgumentException(
          "the factor of a schedule must be in (0, 1], was " + factor);
    }
  }
}
