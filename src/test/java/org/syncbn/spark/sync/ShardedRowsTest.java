package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SizeEstimator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.OwnSpark;
import org.syncbn.SparkInternals;
import org.syncbn.StrictSpark;
import org.syncbn.data.Block;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.ShardData;
import org.syncbn.spark.internals.CountedElsewhere;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.train.Engine;

/**
 * Rows of any form become the shards that one JVM would make. They are in files, because Spark
 * keeps no heap for them; tests of training have them in the heap.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
@SparkInternals
class ShardedRowsTest {

  private static final RowPartitioner PARTITIONER = new RowPartitioner(7, 5, 0.2);

  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark =
        new JavaSparkContext(
            StrictSpark.local("local[2]").set("spark.memory.storageFraction", "0"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void theSameRowsMakeTheSameShardsFromAnyPartitionsInAnyOrder() {
    Block rows = rows(500);
    List<ShardData> expected = PARTITIONER.partition(rows);
    for (int partitions : new int[] {1, 3, 19}) {
      JavaRDD<Block> pieces = spark.parallelize(shuffledPieces(rows, partitions), partitions);
      try (ShardedRows sharded = ShardedRows.partition(pieces, PARTITIONER, 3)) {
        assertThat(sharded.collect()).isEqualTo(expected);
        assertThat(sharded.trainingRows())
            .containsExactly(
                expected.stream().mapToLong(shard -> shard.training().rows()).toArray());
        assertThat(Arrays.stream(sharded.validationRows()).sum()).isBetween(50L, 150L);
      }
    }
  }

  @Test
  void aValidationSetOfItsOwnIsPartitionedBesideTheTrainingRows() {
    Block training = rows(100);
    Block validation = rows(40);
    try (ShardedRows sharded =
        ShardedRows.partition(
            spark.parallelize(shuffledPieces(training, 3), 3),
            spark.parallelize(shuffledPieces(validation, 2), 2),
            PARTITIONER,
            2)) {
      assertThat(sharded.collect()).isEqualTo(PARTITIONER.partition(training, validation));
    }
  }

  @Test
  void sparkTakesAShardThatItCachesForSmall() {
    ShardData rows = ShardData.ofTraining(rows(100_000));
    assertThat(SizeEstimator.estimate(rows)).isGreaterThan(100_000);
    assertThat(SizeEstimator.estimate(new KeptShard(rows))).isEqualTo(CountedElsewhere.SIZE);
  }

  @Test
  void aShardWithoutARowIsNormal() {
    try (ShardedRows sharded =
        ShardedRows.partition(spark.parallelize(List.of(rows(2))), PARTITIONER, 7)) {
      assertThat(sharded.trainingRows()).hasSize(7).contains(0);
      assertThat(sharded.collect()).isEqualTo(PARTITIONER.partition(rows(2)));
    }
  }

  private static final AtomicInteger READS = new AtomicInteger();

  /** Input that is other rows each time that it is read. */
  private enum Changing {
    MORE_ROWS("shard 0 has \\d+ rows now and had \\d+ when the run began"),
    OTHER_VALUES("shard 0 has rows of other values than when the run began");

    private final String sentence;

    Changing(String sentence) {
      this.sentence = ".*" + sentence + ": the input has changed; start again";
    }

    Block read() {
      int reads = READS.getAndIncrement();
      return switch (this) {
        case MORE_ROWS -> rows(30 + reads);
        case OTHER_VALUES -> Block.ofFloats(1, new float[4], new float[] {reads}, new float[0]);
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Changing.class)
  void inputThatChangedUnderWayIsASentence(Changing input) {
    LinearPlan plan = new LinearPlan(1, 4); // one shard: no row moves to another
    RowPartitioner rowPartitioner = new RowPartitioner(1, 5, 0);
    JavaRDD<Block> changing = spark.parallelize(List.of(1), 1).map(unused -> input.read());
    try (ShardedRows rows = ShardedRows.partition(changing, rowPartitioner, 1)) {
      for (EngineKind kind : EngineKind.values()) {
        // What a lost executor takes with it: its blocks and the files of its shuffles.
        spark.getPersistentRDDs().values().forEach(kept -> kept.unpersist(true));
        rows.rdd().rdd().cleanShuffleDependencies(true);
        assertThatThrownBy(
                () -> {
                  try (Engine engine = Engines.open(kind, rows, plan)) {
                    plan.train(engine, 1);
                  }
                })
            .isInstanceOf(EngineException.class)
            .message()
            .matches(input.sentence);
      }
    }
  }

  @Test
  void rowsThatMoveToFewerTasksAreKeptOnceAndThoseBeforeAgain() {
    Block all = rows(300);
    List<ShardData> expected = PARTITIONER.partition(all);
    try (ShardedRows rows =
        ShardedRows.partition(spark.parallelize(shuffledPieces(all, 3), 3), PARTITIONER, 3)) {
      Set<Integer> before = spark.getPersistentRDDs().keySet();
      try (ShardedRows moved = rows.inTasks(2)) {
        assertThat(moved.tasks()).isEqualTo(2);
        assertThat(moved.collect()).isEqualTo(expected);
        assertThat(spark.getPersistentRDDs()).hasSize(1).doesNotContainKeys(keys(before));
        rows.persist();
      }
      assertThat(rows.collect()).isEqualTo(expected);
      assertThat(spark.getPersistentRDDs().keySet()).isEqualTo(before);
    }
    assertThat(spark.getPersistentRDDs()).isEmpty();
  }

  private static Integer[] keys(Set<Integer> keys) {
    return keys.toArray(Integer[]::new);
  }

  @ParameterizedTest
  @EnumSource(Changing.class)
  void rowsThatChangedWhenTheyMovedAreNotKept(Changing input) {
    RowPartitioner rowPartitioner = new RowPartitioner(2, 5, 0);
    JavaRDD<Block> changing = spark.parallelize(List.of(1), 1).map(unused -> input.read());
    try (ShardedRows rows = ShardedRows.partition(changing, rowPartitioner, 2)) {
      Set<Integer> before = spark.getPersistentRDDs().keySet();
      // What a lost executor takes with it: its blocks and the files of its shuffles.
      spark.getPersistentRDDs().values().forEach(kept -> kept.unpersist(true));
      rows.rdd().rdd().cleanShuffleDependencies(true);
      rows.persist();
      assertThatThrownBy(() -> rows.inTasks(1))
          .isInstanceOf(EngineException.class)
          .hasMessageEndingWith("the input has changed; start again");
      assertThat(spark.getPersistentRDDs().keySet()).isEqualTo(before);
    }
  }

  @Test
  void equalRowsAreSpreadAlikeFromAnyPartitions() {
    Block some = rows(2000);
    int[] places = new int[2000];
    for (int i = 600; i < 2000; i++) {
      places[i] = i; // the others are 600 copies of the first row
    }
    Block rows = some.select(places);
    RowPartitioner partitioner = new RowPartitioner(7, 5, 0);
    List<ShardData> expected = partitioner.partition(rows);
    for (int partitions : new int[] {1, 3, 19}) {
      JavaRDD<Block> pieces = spark.parallelize(shuffledPieces(rows, partitions), partitions);
      try (ShardedRows sharded = ShardedRows.partition(pieces, partitioner, 3)) {
        assertThat(sharded.collect()).isEqualTo(expected);
        assertThat(Arrays.stream(sharded.trainingRows()).max().orElseThrow()).isLessThan(350);
        assertThat(Arrays.stream(sharded.trainingRows()).sum()).isEqualTo(2000);
        assertThat(sharded.checksum())
            .isEqualTo(expected.stream().mapToLong(ShardData::checksum).sum());
      }
    }
    assertThat(spark.getPersistentRDDs()).isEmpty();
    JavaRDD<Block> pieces = spark.parallelize(shuffledPieces(rows, 4), 4);
    RowPartitioner holding = new RowPartitioner(7, 5, 0.2);
    try (ShardedRows sharded = ShardedRows.partition(pieces, holding, 3)) {
      assertThat(sharded.collect()).isEqualTo(holding.partition(rows));
    }
  }

  private static Block rows(int rows) {
    CounterRandom random = CounterRandom.of(9);
    float[] x = new float[rows * 4];
    float[] y = new float[rows];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.gaussian(i);
    }
    return Block.ofFloats(rows, x, y, new float[0]);
  }

  private static List<Block> shuffledPieces(Block rows, int pieces) {
    List<Integer> order = new ArrayList<>();
    for (int row = 0; row < rows.rows(); row++) {
      order.add(row);
    }
    Collections.shuffle(order, new Random(pieces));
    List<Block> blocks = new ArrayList<>();
    for (int piece = 0; piece < pieces; piece++) {
      int remainder = piece;
      blocks.add(
          rows.select(
              order.stream()
                  .filter(row -> row % pieces == remainder)
                  .mapToInt(Integer::intValue)
                  .toArray()));
    }
    return blocks;
  }
}
