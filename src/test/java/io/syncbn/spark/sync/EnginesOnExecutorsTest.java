package io.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.syncbn.cluster.ClusterKind;
import io.syncbn.cluster.SparkCluster;
import io.syncbn.train.Engine;
import io.syncbn.train.InProcessEngine;
import io.syncbn.train.Message;
import io.syncbn.train.StepPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both engines over executors in JVMs of their own, some of which are killed. */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnginesOnExecutorsTest {

  private static final int STEPS = 4;
  private static final LinearPlan PLAN = new LinearPlan(8, 9);
  private static final GangOptions OPTIONS =
      new GangOptions(Duration.ofSeconds(40), Duration.ofSeconds(40), 3, 0);

  private static SparkCluster cluster;
  private static JavaSparkContext spark;

  @TempDir private Path marks;

  @BeforeAll
  static void start() {
    cluster = SparkCluster.start(ClusterKind.EXECUTORS, 2);
    spark =
        JavaSparkContext.fromSparkContext(
            cluster
                .session(
                    Map.of(
                        "spark.serializer", "org.apache.spark.serializer.KryoSerializer",
                        "spark.kryo.registrator", "io.syncbn.spark.SyncBatchNormRegistrator",
                        "spark.kryo.registrationRequired", "true",
                        "spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s"))
                .sparkContext());
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /** Ends the executor's JVM, as kill -9 would, when it comes to an exchange for the first time. */
  record Kill(String mark, long step, int exchange) implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5 && message.step() == step && message.exchange() == exchange && first(mark)) {
        Runtime.getRuntime().halt(137);
      }
    }
  }

  /** Whether nobody else was here before, in any JVM. */
  static boolean first(String mark) {
    try {
      Files.createFile(Path.of(mark));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theGangHasTheReferencesBits(int tasks) {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), tasks);
        Engine engine = new GangEngine(rows, PLAN, OPTIONS)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void theTreeHasTheReferencesBits(int tasks) {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), tasks);
        Engine engine = new TreeEngine(rows, PLAN)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theGangGoesOnWithTheSameBitsAfterAnExecutorWasKilled(int exchange) {
    StepPlan plan = PLAN.with(new Kill(mark(), 2, exchange));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, plan, OPTIONS)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(Path.of(mark())).exists();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theTreeGoesOnWithTheSameBitsAfterAnExecutorWasKilled(int exchange) {
    StepPlan plan = PLAN.with(new Kill(mark(), 2, exchange));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 3);
        Engine engine = new TreeEngine(rows, plan)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(Path.of(mark())).exists();
    }
  }

  private String mark() {
    return marks.resolve("mark").toString();
  }

  private static List<Integer> reference() {
    try (Engine engine = new InProcessEngine(PLAN, PLAN.data(), 1)) {
      return PLAN.train(engine, STEPS);
    }
  }
}
