package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GangCallsTest {

  private static GangFailure sent(GangFailure failure) {
    return GangCalls.readFailure(GangCalls.fail(failure));
  }

  @Test
  void aFailureArrivesAsItWasSent() {
    assertThat(sent(new GangFailure("a task failed: été")))
        .hasMessage("a task failed: été")
        .matches(failure -> !failure.isPermanent() && failure.lostExecutor().isEmpty());
    assertThat(sent(GangFailure.permanent("no port is free")))
        .hasMessage("no port is free")
        .matches(GangFailure::isPermanent);
  }

  /** The driver waits until Spark knows of the loss, or it would give it tasks again. */
  @Test
  void theDriverLearnsWhichExecutorAnotherOneHasLost() {
    GangFailure lost = GangFailure.lost(new Membership("7", List.of(2, 3), "kernels"));
    assertThat(sent(lost)).hasMessage(lost.getMessage());
    assertThat(sent(lost).lostExecutor()).contains("7");
  }
}
