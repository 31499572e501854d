package org.syncbn.optim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.lang3.SerializationUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Schedules travel with the tasks of executors that update weights. */
class ScheduleSerializationTest {

  static Stream<Schedule> schedules() {
    Optional<Long> steps = Optional.of(7L);
    Optional<Double> epochs = Optional.of(2.5);
    return Stream.of(
        Schedule.constant(0.1),
        new Schedule.Step(0.1, 0.5, steps, Optional.empty()),
        new Schedule.Exponential(0.1, 0.5, Optional.empty(), epochs),
        new Schedule.Cosine(0.1, 0.01, Optional.empty(), Optional.empty()),
        new Schedule.Polynomial(0.1, 0.01, steps, Optional.empty(), 2),
        Schedule.OneCycle.of(0.2),
        new Schedule.Milestones(0.1, 0.5, Optional.of(List.of(3L, 5L)), Optional.empty()),
        new Schedule.WarmUp(new Schedule.Cosine(0.1, 0.01, 9), Optional.empty(), epochs));
  }

  @ParameterizedTest
  @MethodSource("schedules")
  void aScheduleIsTheSameInAnExecutor(Schedule schedule) {
    assertThat(SerializationUtils.roundtrip(schedule)).isEqualTo(schedule);
  }
}
