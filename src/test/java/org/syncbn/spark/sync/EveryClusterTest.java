package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.train.Engine;

/** One run on every number of executors and of their cores, with every engine. */
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class EveryClusterTest {

  private static final int MOST_EXECUTORS = 4;
  private static final Duration DEADLINE = Duration.ofSeconds(40);
  private static final GangOptions OPTIONS = new GangOptions(DEADLINE, DEADLINE, 1, 0);

  /** As many as there are slots in the largest cluster. */
  private static final String[] SETTINGS = {
    "shards=16", "optimizer.adam.learningRate=0.01", "training.weightAveraging.ema.decay=0.9"
  };

  @TempDir private Path folder;

  @Tag("full")
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void everyEngineTrainsTheSameModelOnFourExecutorsToOne(int cores) throws IOException {
    byte[] expected = SmallRun.of(SETTINGS).inOneJvm(folder.resolve("reference"));
    try (SparkCluster cluster =
        SparkCluster.start(ClusterKind.EXECUTORS, MOST_EXECUTORS, cores, 512)) {
      JavaSparkContext spark = StrictExecutors.open(cluster, Map.of());
      for (int executors = MOST_EXECUTORS; executors > 0; executors--) {
        shrink(spark, executors);
        for (EngineKind kind : List.of(EngineKind.SLICES, EngineKind.GANG, EngineKind.TREE)) {
          assertThat(train(spark, kind, executors * cores))
              .as("%s on %d executors of %d cores", kind, executors, cores)
              .isEqualTo(expected);
        }
      }
    }
  }

  private static void shrink(JavaSparkContext spark, int executors) {
    List<String> there = List.copyOf(Sessions.executors(spark.sc()));
    there.subList(executors, there.size()).forEach(spark.sc()::killExecutor);
    assertThat(Poll.until(() -> Sessions.executors(spark.sc()).size() == executors, DEADLINE))
        .isTrue();
  }

  private byte[] train(JavaSparkContext spark, EngineKind kind, int tasks) throws IOException {
    SmallRun run = SmallRun.of(SETTINGS);
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), tasks);
        Engine engine =
            kind == EngineKind.TREE
                ? new TreeEngine(rows, run.training().plan())
                : new GangEngine(rows, run.training().plan(), OPTIONS, kind)) {
      run.trainer(engine).run();
    }
    return run.weights(folder.resolve("model"));
  }
}
