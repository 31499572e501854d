package io.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.syncbn.train.Engine;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both engines against the reference, in threads of one JVM. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnginesOnThreadsTest {

  private static final int STEPS = 6;
  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[3,4]")
                .setAppName("engines")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                .set("spark.kryo.registrator", "io.syncbn.spark.SyncBatchNormRegistrator")
                .set("spark.kryo.registrationRequired", "true"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @ParameterizedTest
  @CsvSource({"8,1", "8,2", "8,3", "7,1", "7,2", "7,3", "5,2", "1,1"})
  void theGangHasTheReferencesBits(int shards, int tasks) {
    LinearPlan plan = new LinearPlan(shards, 9);
    try (ShardedRows rows = ShardedRows.of(spark, plan.data(), tasks);
        Engine engine = new GangEngine(rows, plan, GangOptions.DEFAULT)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(plan));
    }
  }

  @ParameterizedTest
  @CsvSource({"8,1", "8,2", "8,3", "8,8", "7,2", "7,3", "5,5", "1,1"})
  void theTreeHasTheReferencesBits(int shards, int tasks) {
    LinearPlan plan = new LinearPlan(shards, 9);
    try (ShardedRows rows = ShardedRows.of(spark, plan.data(), tasks);
        Engine engine = new TreeEngine(rows, plan)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(plan));
    }
  }

  private static List<Integer> reference(LinearPlan plan) {
    try (Engine engine = new LoopEngine(plan, plan.data())) {
      return plan.train(engine, STEPS);
    }
  }
}
