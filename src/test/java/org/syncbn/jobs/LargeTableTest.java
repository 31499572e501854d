package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;

/** A table whose rows are larger than the heap that is to hold them. */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("full")
@OwnSpark
class LargeTableTest {

  private static final String HEAP = "-Xmx500m";

  /** 800 MB as features and labels of 4 bytes, two thirds of which are training rows. */
  private static final int ROWS = 3_000_000;

  private static final int COLUMNS = 64;

  @TempDir private Path folder;

  @Test
  void rowsThatTheHeapDoesNotHoldAreASentenceBeforeTheyMove()
      throws IOException, InterruptedException {
    Path table = folder.resolve("rows.parquet");
    write(table);
    Path printed = folder.resolve("printed");
    int exitCode =
        JobProcess.builder(
                List.of(HEAP),
                "train",
                "--input",
                table,
                "--label",
                "y",
                "--master",
                "local[2]",
                "--model",
                folder.resolve("model"))
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start()
            .waitFor();
    assertThat(Files.readString(printed, StandardCharsets.UTF_8))
        .containsPattern(
            "error: the run takes about \\d+ MiB of heap memory in the driver, which has 4\\d\\d"
                + " MiB; most of it for the training rows \\(\\d+ MiB\\): raise"
                + " spark.driver.memory \\(--driver-memory\\) to more than \\d+ MiB")
        .doesNotContain("OutOfMemoryError");
    assertThat(exitCode).isEqualTo(1);
  }

  private static void write(Path table) {
    try (SparkCluster cluster = SparkCluster.start(ClusterKind.THREADS, 2)) {
      cluster
          .session()
          .range(ROWS)
          .selectExpr(
              Stream.concat(
                      IntStream.range(0, COLUMNS)
                          .mapToObj(
                              i ->
                                  "cast(pmod(id * %d, 251) / 8 as float) x%d"
                                      .formatted(2 * i + 1, i)),
                      Stream.of("cast(id % 7 as string) y"))
                  .toArray(String[]::new))
          .write()
          .parquet(table.toString());
    }
  }
}
