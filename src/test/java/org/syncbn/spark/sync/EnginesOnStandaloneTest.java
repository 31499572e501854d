package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;

/** Both engines on a real master with workers, in clear and encrypted. */
@Tag("full")
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class EnginesOnStandaloneTest {

  /** Long enough for weights to travel by themselves. */
  private static final LinearPlan PLAN = new LinearPlan(8, 30_000);

  private static final int STEPS = 4;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void everyNumberOfWorkersGivesTheSameBits(int workers) {
    bothEnginesHaveTheReferencesBits(ClusterKind.STANDALONE, workers, Map.of());
  }

  @Test
  void encryptionChangesNoBit() {
    bothEnginesHaveTheReferencesBits(
        ClusterKind.EXECUTORS,
        2,
        Map.of(
            "spark.authenticate", "true",
            "spark.authenticate.secret", "of the test",
            "spark.network.crypto.enabled", "true"));
  }

  @Test
  void aGangWhoseSecretCanBeReadOnTheWayIsNoted() {
    try (SparkCluster cluster = SparkCluster.start(ClusterKind.STANDALONE, 1)) {
      SparkContext spark = cluster.session().sparkContext();
      for (EngineKind kind : List.of(EngineKind.GANG, EngineKind.SLICES)) {
        assertThat(Engines.note(kind, spark))
            .hasValueSatisfying(
                note ->
                    assertThat(note)
                        .startsWith("note: the secret of the gang's connections is sent")
                        .contains("spark.ssl.rpc.enabled"));
      }
      assertThat(Engines.note(EngineKind.TREE, spark)).isEmpty();
    }
  }

  private static void bothEnginesHaveTheReferencesBits(
      ClusterKind kind, int executors, Map<String, String> settings) {
    try (SparkCluster cluster = SparkCluster.start(kind, executors);
        Engine reference = new InProcessEngine(PLAN, PLAN.data(), 1)) {
      JavaSparkContext spark =
          JavaSparkContext.fromSparkContext(cluster.session(settings).sparkContext());
      List<Integer> expected = PLAN.train(reference, STEPS);
      try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), executors)) {
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
