package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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
import org.syncbn.nn.Measures;
import org.syncbn.nn.Network;
import org.syncbn.nn.NumberLoss;
import org.syncbn.nn.Shape;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.ShardedRows;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.TrainingOptions.StatisticsScope;

/** The networks of images that docs/networks.md shows train to equal bits on all engines. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class DocumentedNetworksTest {

  private static final Pattern NETWORK =
      Pattern.compile("```\n(network = \\[.*?\n])", Pattern.DOTALL);
  private static final Shape IMAGE = Shape.image(1, 8, 8);
  private static final int ROWS = 12;
  private static final int SHARDS = 3;

  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark = new JavaSparkContext(StrictSpark.local("local[2]"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  static Stream<Arguments> networks() throws IOException {
    return NETWORK
        .matcher(Files.readString(Path.of("docs/networks.md")))
        .results()
        .map(block -> RunFile.parse(block.group(1), List.of()))
        .filter(options -> options.network().get(0).kind().equals("conv2d"))
        .map(options -> Network.of(IMAGE, options.network(), CounterRandom.of(3)))
        .map(network -> Arguments.of(network.output() + " of " + network.layers().size(), network));
  }

  @ParameterizedTest(name = "{0} layers")
  @MethodSource("networks")
  void trainToEqualBitsOnAllEngines(String name, Network network) {
    assertThat(network.batchNorms()).hasSizeGreaterThan(2);
    float[] first = network.initialWeights().toArray();
    float[] trained = train(network, EngineKind.GANG, 1);
    assertThat(trained).isNotEqualTo(first);
    for (EngineKind engine : EngineKind.values()) {
      for (int tasks = 1; tasks <= 2; tasks++) {
        assertThat(train(network, engine, tasks)).as(engine + ", " + tasks).isEqualTo(trained);
      }
    }
  }

  private static float[] train(Network network, EngineKind kind, int tasks) {
    Measures measures = Measures.of(network, new NumberLoss.MeanSquaredError(), List.of());
    long[] rows = IntStream.range(0, SHARDS).mapToLong(shard -> ROWS / SHARDS).toArray();
    TrainingPlan plan = new TrainingPlan(network, measures, StatisticsScope.GLOBAL, 1, 7, rows);
    Tensor weights = network.initialWeights();
    TrainingState state =
        new TrainingState(
            weights,
            network.initialStates(weights),
            new Optimizer(
                Optimizers.momentum(Schedule.constant(0.01), 0.9),
                ParameterGroup.segments(network.parameters(), List.of())),
            Optional.empty(),
            measures.length());
    TrainingOptions options = Runs.options("training={epochs=2,batchSize=6}").training();
    try (ShardedRows data = ShardedRows.of(spark, shards(network), tasks);
        Engine engine = Engines.open(kind, data, plan)) {
      new Trainer(plan, options, engine, 0, state, Checkpoints.none(), new TrainingListener() {})
          .run();
    }
    return state.weights.toArray();
  }

  private static List<ShardData> shards(Network network) {
    Block none = Block.ofFloats(0, new float[0], new float[0], new float[0]);
    return IntStream.range(0, SHARDS)
        .mapToObj(
            shard -> {
              int rows = ROWS / SHARDS;
              CounterRandom random = CounterRandom.of(5).fork(shard);
              float[] inputs = gaussian(random.fork("x"), rows * network.input().size());
              float[] targets = gaussian(random.fork("y"), rows * network.output().size());
              return new ShardData(Block.ofFloats(rows, inputs, targets, new float[0]), none);
            })
        .toList();
  }

  private static float[] gaussian(CounterRandom random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.gaussian(i);
    }
    return values;
  }
}
