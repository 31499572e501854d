package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
import org.syncbn.model.SavedModel;

/** A table whose rows are larger than the heap that is to hold them. */
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("full")
@OwnSpark
class LargeTableTest {

  /** 624 MB as features and labels of 4 bytes; a fifth is held out for tests and not kept. */
  private static final long ROWS = 2_400_000L;

  private static final int COLUMNS = 64;

  @TempDir private Path folder;

  @Test
  void rowsThatTheHeapDoesNotHoldAreReadFromFilesAndMakeTheSameModel()
      throws IOException, InterruptedException {
    Path table = folder.resolve("rows.parquet");
    write(table);
    assertThat(weights(table, "-Xmx500m", "gang"))
        .hasSameBinaryContentAs(weights(table, "-Xmx4g", "gang"));
    assertThat(printed("-Xmx500m", "gang")).content().doesNotContain("OutOfMemoryError");
  }

  @Test
  void rowsThatTheHeapOfTheInProcessEngineDoesNotHoldAreASentenceBeforeTheyMove()
      throws IOException, InterruptedException {
    Path table = folder.resolve("rows.parquet");
    write(table);
    int exitCode = train(table, "-Xmx500m", "in-process");
    assertThat(printed("-Xmx500m", "in-process"))
        .content()
        .containsPattern(
            "error: the run takes about \\d+ MiB of heap memory in the driver, which has 4\\d\\d"
                + " MiB; most of it for the rows to be collected \\(\\d+ MiB\\): raise"
                + " spark.driver.memory \\(--driver-memory\\) to more than \\d+ MiB")
        .doesNotContain("OutOfMemoryError");
    assertThat(exitCode).isEqualTo(1);
  }

  /** The weights of a run that must not fail. */
  private Path weights(Path table, String heap, String engine)
      throws IOException, InterruptedException {
    int exitCode = train(table, heap, engine);
    assertThat(exitCode).as(Files.readString(printed(heap, engine))).isZero();
    return model(heap, engine).resolve(SavedModel.WEIGHTS);
  }

  private int train(Path table, String heap, String engine)
      throws IOException, InterruptedException {
    return JobProcess.builder(
            List.of(heap),
            "train",
            "--input",
            table,
            "--label",
            "y",
            "--master",
            "local[2]",
            "--engine",
            engine,
            "--set",
            "training.epochs=1",
            "--model",
            model(heap, engine))
        .redirectErrorStream(true)
        .redirectOutput(printed(heap, engine).toFile())
        .start()
        .waitFor();
  }

  private Path model(String heap, String engine) {
    return folder.resolve("model" + heap + engine);
  }

  private Path printed(String heap, String engine) {
    return folder.resolve("printed" + heap + engine);
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
                                  "cast(pmod(hash(id + %d), 1000) / 8 as float) x%d"
                                      .formatted(i * ROWS, i)),
                      Stream.of("cast(id % 7 as string) y"))
                  .toArray(String[]::new))
          .write()
          .parquet(table.toString());
    }
  }
}
