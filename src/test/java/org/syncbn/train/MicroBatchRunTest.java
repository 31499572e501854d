package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.model.SettingException;

/** Whole runs whose mini-batches are computed in pieces. */
class MicroBatchRunTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "training.microBatches.rows=1",
        "training.microBatches.rows=20",
        "training.microBatches={rows=16,keepEvery=0}",
        "training.microBatches={rows=30,keepEvery=2}"
      })
  void trainTheModelOfTheMiniBatchesAtOnce(String setting) throws IOException {
    byte[] whole = Runs.train(Runs.options(), 1, folder.resolve("whole"));
    for (int threads : new int[] {1, 2, 3}) {
      assertThat(Runs.train(Runs.options(setting), threads, folder.resolve("some" + threads)))
          .isEqualTo(whole);
    }
    assertThat(
            Runs.train(
                Runs.options(setting),
                (plan, shards) -> new Runs.WireEngine(plan, shards, 5),
                folder.resolve("wire")))
        .isEqualTo(whole);
  }

  @Test
  void groupsOfShardsMayBeComputedInPiecesToo() throws IOException {
    String groups = "training.batchNormGroupSize=4";
    assertThat(
            Runs.train(
                Runs.options(groups, "training.microBatches.rows=8"), 2, folder.resolve("some")))
        .isEqualTo(Runs.train(Runs.options(groups), 1, folder.resolve("whole")));
  }

  @Test
  void statisticsOfOneShardHaveNoPieces() {
    assertThatThrownBy(
            () -> Runs.options("training.microBatches.rows=8", "training.batchNormSync=false"))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining(
            "microBatches is of statistics that shards share, but batchNormSync is false: remove"
                + " one");
  }
}
