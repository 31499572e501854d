package org.syncbn.optim;

import java.util.Optional;

/**
 * How long a part of a schedule is: a number of steps or of epochs, or the whole run if neither is
 * given.
 *
 * @param steps at least 1
 * @param epochs above 0; half an epoch is 0.5
 */
record ScheduleLength(Optional<Long> steps, Optional<Double> epochs) {

  ScheduleLength {
    if (steps.isPresent() && epochs.isPresent()) {
      throw new IllegalArgumentException(
          "a schedule has a length in steps or in epochs, not in both");
    }
    if (steps.isPresent() && steps.get() < 1) {
      throw new IllegalArgumentException("a schedule takes at least one step, not " + steps.get());
    }
    if (epochs.isPresent() && !(epochs.get() > 0 && epochs.get() < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the epochs of a schedule must be a number above 0, was " + epochs.get());
    }
  }

  /** Throws if neither steps nor epochs are given, for schedules that need a length. */
  void require(String keys) {
    if (steps.isEmpty() && epochs.isEmpty()) {
      throw new IllegalArgumentException("set its length with %s".formatted(keys));
    }
  }

  /** The steps of a length that is known. */
  long known() {
    return steps.orElseThrow(ScheduleLength::unknown);
  }

  /** What a schedule says that is asked for rates too early. */
  static IllegalStateException unknown() {
    return new IllegalStateException(
        "the length of this schedule is the run's or in epochs; call over(runSteps, epochSteps)"
            + " first");
  }

  /** The same in steps. */
  Optional<Long> in(long runSteps, long epochSteps) {
    if (steps.isPresent()) {
      return steps;
    }
    return Optional.of(
        epochs.map(count -> Math.max(1, Math.round(count * epochSteps))).orElse(runSteps));
  }
}
