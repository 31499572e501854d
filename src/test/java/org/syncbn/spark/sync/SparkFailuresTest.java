package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.syncbn.OwnSpark;

@OwnSpark
class SparkFailuresTest {

  @Test
  void theReasonIsTheFirstCauseOrOurOwnSentence() {
    Exception cause = new IllegalStateException("no disk\nand more");
    assertThat(SparkFailures.reason(new SparkException("job aborted", cause)))
        .isEqualTo("IllegalStateException: no disk");
    assertThat(SparkFailures.reason(new SparkException("x", new EngineException("late", cause))))
        .isEqualTo("late");
    assertThat(SparkFailures.reason(new IllegalStateException("")))
        .isEqualTo("IllegalStateException: ");
  }

  @Test
  void theReasonOfABarrierStageIsWhatItsTaskThrew() {
    SparkException failure =
        new SparkException(
            """
            Job aborted due to stage failure: Could not recover from a failed barrier ResultStage. \
            Most recent failure reason: Stage failed because barrier task ResultTask(1, 0) finished unsuccessfully.
            java.net.UnknownHostException: nowhere
            \tat java.base/java.net.InetAddress.getAllByName(InetAddress.java:1)
            """);
    assertThat(SparkFailures.reason(failure)).isEqualTo("java.net.UnknownHostException: nowhere");
    String ours =
        failure
            .getMessage()
            .replace("java.net.UnknownHostException", "org.syncbn.spark.sync.GangFailure");
    assertThat(SparkFailures.reason(new SparkException(ours))).isEqualTo("nowhere");
  }

  @Test
  void onlyAGangThatCannotBeReachedFailsForGood() {
    GangTicket ticket =
        new GangTicket("a gang", "a secret", "driver", 7, GangOptions.DEFAULT, EngineKind.GANG);
    String unreachable = GangFailure.unreachable(ticket, "timed out").getMessage();
    assertThat(unreachable)
        .startsWith(
            "an executor cannot connect to the gang's coordinator at driver:7 (timed out):");
    assertThat(GangFailure.ofJob(unreachable).isPermanent()).isTrue();
    assertThat(GangFailure.ofJob("the disk is full").isPermanent()).isFalse();
  }
}
