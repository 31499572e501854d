package org.syncbn.spark.sync;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.SparkInternals;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.spark.internals.ExecutorSlots;
import org.syncbn.train.Contribution;
import org.syncbn.train.Engine;
import org.syncbn.train.ShardForest;

/** Adjacent shards are in one executor, where their contributions join to one node. */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
@SparkInternals
class ShardPlacesTest {

  private static final List<ExecutorSlots> EXECUTORS =
      List.of(
          new ExecutorSlots("A", "here", 2),
          new ExecutorSlots("B", "here", 2),
          new ExecutorSlots("C", "there", 4));

  @TempDir private Path folder;

  @Test
  void executorsHaveRangesInProportionToTheirSlots() {
    assertThat(choose("--------", "ABC")).isEqualTo("AABBCCCC");
    assertThat(choose("----", "ABC")).isEqualTo("ABCC");
    assertThat(choose("-----", "AB")).as("more tasks than slots").isEqualTo("AABBB");
    assertThat(choose("---", "")).as("no executor is known").isEqualTo("---");
  }

  @Test
  void onlyTasksOfLostExecutorsMove() {
    assertThat(choose("AABB", "AC")).as("to one that replaces theirs").isEqualTo("AACC");
    assertThat(choose("AABBCCCC", "BC")).as("to full ones").isEqualTo("CCBBCCCC");
    assertThat(choose("AB", "B")).as("to a free slot").isEqualTo("BB");
    assertThat(choose("AABB", "")).as("to none").isEqualTo("----");
  }

  private static String choose(String before, String executors) {
    List<Optional<ExecutorSlots>> places =
        ShardPlaces.choose(
            before
                .chars()
                .mapToObj(
                    id ->
                        EXECUTORS.stream()
                            .filter(executor -> executor.id().charAt(0) == id)
                            .findAny())
                .toList(),
            EXECUTORS.stream().filter(executor -> executors.contains(executor.id())).toList());
    return places.stream()
        .map(place -> place.map(ExecutorSlots::id).orElse("-"))
        .collect(joining());
  }

  /** Writes down which executor opens a shard. */
  record Witness(String folder) implements LinearPlan.Mischief {
    @Override
    public void opening(int shard) {
      try {
        Files.writeString(Path.of(folder, "shard-" + shard), SparkEnv.get().executorId());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void anExecutorPostsOneNodeAlsoWhenItReplacesAnother(int cores) throws IOException {
    try (SparkCluster cluster = SparkCluster.start(ClusterKind.EXECUTORS, 2, cores, 1024)) {
      JavaSparkContext spark =
          JavaSparkContext.fromSparkContext(
              cluster
                  .session(
                      Map.of(
                          "spark.shuffle.io.maxRetries", "1", "spark.shuffle.io.retryWait", "1s"))
                  .sparkContext());
      try (ShardedRows rows = ShardedRows.of(spark, plan(8).data(), tasks(spark, 8))) {
        assertThat(nodesOfExecutors(rows, plan(8))).isEqualTo(List.of(1, 1));
      }
      try (ShardedRows rows = ShardedRows.of(spark, plan(16).data(), tasks(spark, 16))) {
        assertThat(nodesOfExecutors(rows, plan(16))).isEqualTo(List.of(1, 1));
        cluster.killExecutor();
        cluster.awaitExecutors(2, Duration.ofSeconds(30));
        rows.restore();
        assertThat(nodesOfExecutors(rows, plan(16))).isEqualTo(List.of(1, 1));
      }
    }
  }

  private LinearPlan plan(int shards) {
    return new LinearPlan(shards, 3).with(new Witness(folder.toString()));
  }

  private static int tasks(JavaSparkContext spark, int shards) {
    return Engines.tasks(spark.sc(), shards);
  }

  /** Lets a gang open its shards, and counts what those of each executor join to. */
  private List<Integer> nodesOfExecutors(ShardedRows rows, LinearPlan plan) throws IOException {
    try (Engine engine = Engines.open(EngineKind.GANG, rows, plan)) {
      plan.train(engine, 1);
    }
    Map<String, ShardForest> forests = new HashMap<>();
    for (int shard = 0; shard < plan.shards(); shard++) {
      forests
          .computeIfAbsent(
              Files.readString(folder.resolve("shard-" + shard)),
              executor -> new ShardForest(plan.shards()))
          .add(shard, Contribution.EMPTY);
    }
    return forests.values().stream().map(forest -> forest.roots().size()).toList();
  }
}
