package io.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.syncbn.data.Block;
import io.syncbn.data.ShardData;
import io.syncbn.data.ShardDealer;
import io.syncbn.spark.DataException;
import io.syncbn.spark.FeatureSelection;
import io.syncbn.spark.Features;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.train.Engine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of any form become the shards that one JVM would deal. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShardedRowsTest {

  private static final ShardDealer DEALER = new ShardDealer(7, 5, 0.2);
  private static final StructType TABLE =
      new StructType()
          .add("a", DataTypes.DoubleType)
          .add("species", DataTypes.StringType)
          .add("v", SQLDataTypes.VectorType())
          .add("n", DataTypes.IntegerType);

  private static SparkSession session;
  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    session =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
            .config("spark.kryo.registrator", "io.syncbn.spark.SyncBatchNormRegistrator")
            .config("spark.kryo.registrationRequired", "true")
            .getOrCreate();
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  @Test
  void theSameRowsMakeTheSameShardsFromAnyPartitionsInAnyOrder() {
    Block rows = rows(500);
    List<ShardData> expected = DEALER.deal(rows);
    for (int partitions : new int[] {1, 3, 19}) {
      JavaRDD<Block> pieces = spark.parallelize(shuffledPieces(rows, partitions), partitions);
      try (ShardedRows sharded = ShardedRows.deal(pieces, DEALER, 3)) {
        assertThat(collected(sharded)).isEqualTo(expected);
        assertThat(sharded.trainingRows())
            .containsExactly(
                expected.stream().mapToLong(shard -> shard.training().rows()).toArray());
        assertThat(Arrays.stream(sharded.validationRows()).sum()).isBetween(50L, 150L);
      }
    }
  }

  @Test
  void aValidationSetOfItsOwnIsDealtBesideTheTrainingRows() {
    Block training = rows(100);
    Block validation = rows(40);
    try (ShardedRows sharded =
        ShardedRows.deal(
            spark.parallelize(shuffledPieces(training, 3), 3),
            spark.parallelize(shuffledPieces(validation, 2), 2),
            DEALER,
            2)) {
      assertThat(collected(sharded)).isEqualTo(DEALER.deal(training, validation));
    }
  }

  @Test
  void aShardWithoutARowIsNormal() {
    try (ShardedRows sharded = ShardedRows.deal(spark.parallelize(List.of(rows(2))), DEALER, 7)) {
      assertThat(sharded.trainingRows()).hasSize(7).contains(0);
      assertThat(collected(sharded)).isEqualTo(DEALER.deal(rows(2)));
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
    ShardDealer dealer = new ShardDealer(1, 5, 0);
    JavaRDD<Block> changing = spark.parallelize(List.of(1), 1).map(unused -> input.read());
    try (ShardedRows rows = ShardedRows.deal(changing, dealer, 1)) {
      for (EngineKind kind : EngineKind.values()) {
        // What a lost executor takes with it: its blocks and the files of its shuffles.
        rows.rdd().unpersist(true);
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
  void aTableBecomesBlocksWithItsClasses() {
    Dataset<Row> table =
        table(
            RowFactory.create(1.5, "rose", Vectors.dense(2, 3), 4),
            RowFactory.create(-1.0, "lily", Vectors.sparse(2, new int[] {1}, new double[] {7}), 5));
    List<String> classes = TableBlocks.classes(table, "species");
    assertThat(classes).containsExactly("lily", "rose");
    TableBlocks blocks = blocks(table, classes);
    assertThat(blocks.schema().features()).containsExactly("a", "v[0]", "v[1]");
    assertThat(blocks.blocks(table).collect())
        .containsExactly(
            Block.ofFloats(
                2, new float[] {1.5f, 2, 3, -1, 0, 7}, new float[] {1, 0}, new float[] {4, 5}));
  }

  @Test
  void aTableWithAMissingOrInfiniteValueIsRefused() {
    Dataset<Row> missing = table(RowFactory.create(null, "rose", Vectors.dense(2, 3), 4));
    Dataset<Row> infinite = table(RowFactory.create(1 / 0.0, "rose", Vectors.dense(2, 3), 4));
    Dataset<Row> foreign = table(RowFactory.create(1.0, "tulip", Vectors.dense(2, 3), 4));
    List<String> classes = List.of("rose");
    assertThatThrownBy(() -> blocks(missing, classes).blocks(missing).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Column 'a' has a missing value");
    assertThatThrownBy(() -> blocks(infinite, classes).blocks(infinite).collect())
        .rootCause()
        .hasMessageStartingWith("Column 'a' has the value Infinity");
    assertThatThrownBy(() -> blocks(foreign, classes).blocks(foreign).collect())
        .rootCause()
        .hasMessage("Column 'species' has the label 'tulip', which is none of [rose].");
  }

  @Test
  void aWeightThatIsMissingOrNegativeIsRefused() {
    Dataset<Row> missing = table(RowFactory.create(1.0, "rose", Vectors.dense(2, 3), null));
    Dataset<Row> negative = table(RowFactory.create(1.0, "rose", Vectors.dense(2, 3), -4));
    List<String> classes = List.of("rose");
    assertThatThrownBy(() -> blocks(missing, classes).blocks(missing).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Column 'n' has a missing value");
    assertThatThrownBy(() -> blocks(negative, classes).blocks(negative).collect())
        .rootCause()
        .isInstanceOf(DataException.class)
        .hasMessage("Column 'n' has the value -4; the weight of a row is not negative.");
  }

  @Test
  void aColumnOfManyTextsHasNoClasses() {
    Dataset<Row> texts = session.range(10_001).selectExpr("concat('row ', id) as text");
    assertThat(TableBlocks.classes(texts.limit(10_000), "text")).hasSize(10_000);
    assertThatThrownBy(() -> TableBlocks.classes(texts, "text"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("Column 'text' has more than 10000 different texts");
  }

  private static TableBlocks blocks(Dataset<Row> table, List<String> classes) {
    return new TableBlocks(
        Features.of(table, FeatureSelection.named(List.of("a", "v"))),
        table,
        "species",
        classes,
        Optional.of("n"));
  }

  private static Dataset<Row> table(Row... rows) {
    return session.createDataFrame(List.of(rows), TABLE).coalesce(1);
  }

  private static List<ShardData> collected(ShardedRows sharded) {
    return sharded.rdd().map(shard -> shard._2).collect();
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
