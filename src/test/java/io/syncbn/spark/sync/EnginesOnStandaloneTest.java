package io.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.syncbn.cluster.ClusterKind;
import io.syncbn.cluster.SparkCluster;
import io.syncbn.train.Engine;
import io.syncbn.train.InProcessEngine;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both engines on a real master with workers, in clear and encrypted. */
@Tag("full")
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EnginesOnStandaloneTest {

  private static final LinearPlan PLAN = new LinearPlan(8, 9);
  private static final int STEPS = 4;

  @ParameterizedTest
  @CsvSource({"1,false", "2,true", "3,false"})
  void everyNumberOfWorkersGivesTheSameBits(int workers, boolean encrypted) {
    try (SparkCluster cluster = SparkCluster.start(ClusterKind.STANDALONE, workers);
        Engine reference = new InProcessEngine(PLAN, PLAN.data(), 1)) {
      JavaSparkContext spark =
          JavaSparkContext.fromSparkContext(
              cluster
                  .session(Map.of("spark.network.crypto.enabled", Boolean.toString(encrypted)))
                  .sparkContext());
      var expected = PLAN.train(reference, STEPS);
      try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), workers)) {
        try (Engine gang = new GangEngine(rows, PLAN, GangOptions.DEFAULT)) {
          assertThat(PLAN.train(gang, STEPS)).isEqualTo(expected);
        }
        try (Engine tree = new TreeEngine(rows, PLAN)) {
          assertThat(PLAN.train(tree, STEPS)).isEqualTo(expected);
        }
      }
    }
  }
}
