package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs on images whose background is masked. */
class MaskedRunTest {

  private static final String NETWORK =
      """
      network=[
        { masking = 0 }
        { conv2d { filters = 4, kernel = 3, padding = same, bias = false } }, batchNorm, relu
        { maxPool { window = 3, stride = 2, padding = 1 } }
        { conv2d { filters = 6, kernel = 3, padding = 1, bias = false } }, batchNorm, relu
        globalAveragePool, { dense = 10 }
      ]\
      """;

  @TempDir Path folder;

  @Test
  void trainTheSameModelOnAnyThreadsAndInAnyPieces() throws IOException {
    RunOptions options = Runs.options(NETWORK, "training.preciseStatistics=true");
    RunOptions pieces =
        Runs.options(NETWORK, "training.preciseStatistics=true", "training.microBatches.rows=9");
    byte[] one = Runs.train(options, 1, folder.resolve("one"));
    assertThat(Runs.train(options, 3, folder.resolve("three"))).isEqualTo(one);
    assertThat(Runs.train(pieces, 2, folder.resolve("pieces"))).isEqualTo(one);
    assertThat(
            Runs.train(
                options,
                (plan, shards) -> new Runs.WireEngine(plan, shards, 3),
                folder.resolve("w")))
        .isEqualTo(one);
  }
}
