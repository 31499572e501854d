package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.OwnSpark;
import org.syncbn.StrictSpark;
import org.syncbn.data.Block;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Batch;
import org.syncbn.nn.GoldenNetwork;
import org.syncbn.nn.Measures;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.ShardedRows;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.TrainingOptions.StatisticsScope;

/**
 * Trainings of whole mini-batches, as PyTorch computed them in float64, on mini-batches that are
 * cut into shards and spread over tasks.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class NetworkGoldenOnEnginesTest {

  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark = new JavaSparkContext(StrictSpark.local("local[2]"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  static Stream<Arguments> cases() {
    return GoldenNetwork.all()
        .flatMap(
            golden ->
                Stream.of(EngineKind.values())
                    .flatMap(kind -> Stream.of(2, 5).map(it -> Arguments.of(golden, kind, it))));
  }

  @ParameterizedTest(name = "{0}, {1} engine, {2} shards")
  @MethodSource("cases")
  void aBatchThatIsSpreadTrainsAsOneBigBatch(GoldenNetwork golden, EngineKind kind, int shards) {
    TrainingState state = train(golden, kind, unevenCuts(golden, shards), StatisticsScope.GLOBAL);
    golden.checkMeanLoss(state.history.get(0).train().get("loss"));
    golden.checkFinal(state.weights, state.states);
  }

  @ParameterizedTest
  @MethodSource("org.syncbn.nn.GoldenNetwork#all")
  void withoutSynchronizationItVisiblyDoesNot(GoldenNetwork golden) {
    int[] halves = {0, golden.batch(0).rows() / 2, golden.batch(0).rows()};
    TrainingState state = train(golden, EngineKind.GANG, halves, StatisticsScope.SHARD);
    if (golden.network().batchNorms().isEmpty()) {
      golden.checkFinal(state.weights, state.states);
    } else {
      assertThat(golden.error(state.weights, state.states))
          .isGreaterThan(10 * GoldenNetwork.RELATIVE_ERROR);
    }
  }

  /** Where shards begin: the first has one row, the others share the rest, the last one most. */
  private static int[] unevenCuts(GoldenNetwork golden, int shards) {
    int rows = golden.batch(0).rows();
    return IntStream.rangeClosed(0, shards)
        .map(i -> i == 0 ? 0 : 1 + (rows - 1) * (i - 1) * (i - 1) / ((shards - 1) * (shards - 1)))
        .toArray();
  }

  private static TrainingState train(
      GoldenNetwork golden, EngineKind kind, int[] cuts, StatisticsScope scope) {
    Measures measures = Measures.of(golden.network(), golden.loss(), List.of());
    long[] rows =
        IntStream.range(1, cuts.length)
            .mapToLong(i -> (long) golden.steps() * (cuts[i] - cuts[i - 1]))
            .toArray();
    TrainingPlan plan = new TrainingPlan(golden.network(), measures, scope, 1, 7, rows);
    Tensor weights = golden.network().initialWeights();
    golden.putWeights(weights);
    TrainingState state =
        new TrainingState(
            weights,
            golden.states(weights),
            golden.optimizer(),
            Optional.empty(),
            measures.length());
    TrainingOptions options =
        Runs.options("training={epochs=1,batchSize=" + golden.batch(0).rows() + "}").training();
    try (ShardedRows data = ShardedRows.of(spark, shards(golden, plan, cuts), 2);
        Engine engine = Engines.open(kind, data, plan)) {
      new Trainer(plan, options, engine, 0, state, Checkpoints.none(), new TrainingListener() {})
          .run();
    }
    assertThat(state.step).isEqualTo(golden.steps());
    return state;
  }

  /** The rows of all steps, laid out so that an epoch's steps are the golden ones. */
  private static List<ShardData> shards(GoldenNetwork golden, TrainingPlan plan, int[] cuts) {
    Block none = Block.ofFloats(0, new float[0], new float[0], new float[0]);
    List<ShardData> shards = new ArrayList<>();
    for (int shard = 0; shard + 1 < cuts.length; shard++) {
      List<Block> inOrder = new ArrayList<>();
      for (int step = 0; step < golden.steps(); step++) {
        int[] rows = IntStream.range(cuts[shard], cuts[shard + 1]).toArray();
        inOrder.add(block(golden.batch(step)).select(rows));
      }
      int[] order = plan.order(0, shard);
      int[] places = new int[order.length];
      for (int i = 0; i < order.length; i++) {
        places[order[i]] = i;
      }
      shards.add(new ShardData(Block.concatenate(inOrder).select(places), none));
    }
    return shards;
  }

  private static Block block(Batch batch) {
    return Block.ofFloats(
        batch.rows(), batch.inputs().toArray(), batch.targets().toArray(), new float[0]);
  }
}
