package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.data.ShardData;
import org.syncbn.model.LocalFolder;
import org.syncbn.nn.Departures;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.train.DivergenceException;
import org.syncbn.train.Engine;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.PassingEngine;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;
import org.syncbn.train.StepPlan;
import org.syncbn.train.Trainer;
import org.syncbn.train.UpdatePlan;

/** Whole runs whose executors keep the weights, beside the same runs in one JVM. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class SlicedTrainingTest {

  private static final GangOptions OPTIONS =
      new GangOptions(Duration.ofSeconds(40), Duration.ofSeconds(40), 3, 0);

  /**
   * Five arrays of 19,000 weights with batch norms between: with two owners each has three. The
   * gradients of the last array leave after exchange 7, the next after 8, 9 and 10, those of the
   * first one at the end.
   */
  private static final String DEEP =
      "network=[flatten,{dense=24},batchNorm,relu,{dense=800},batchNorm,relu,{dense=24},batchNorm,"
          + "relu,{dense=800},batchNorm,relu,{dense=24},batchNorm,relu,{dense=10}]";

  private static SparkCluster cluster;
  private static JavaSparkContext spark;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    cluster = SparkCluster.start(ClusterKind.EXECUTORS, 3, 2, 1024);
    spark = StrictExecutors.open(cluster, Map.of());
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private byte[] inOneJvm(String... settings) throws IOException {
    return SmallRun.of(settings).inOneJvm(folder.resolve("reference"));
  }

  private byte[] inSlices(int tasks, String... settings) throws IOException {
    SmallRun run = SmallRun.of(settings);
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), tasks);
        Engine engine = open(rows, run)) {
      run.trainer(engine).run();
    }
    return run.weights(folder.resolve("slices"));
  }

  private static Engine open(ShardedRows rows, SmallRun run) {
    return new GangEngine(rows, run.training().plan(), OPTIONS, EngineKind.SLICES);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6})
  void theModelHasTheReferencesBits(int tasks) throws IOException {
    assertThat(inSlices(tasks)).isEqualTo(inOneJvm());
  }

  /** What looks at whole arrays or at all weights, and what the shards compute themselves. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimizer.adam.learningRate=0.01",
        "optimizer.lamb.weightDecay=0.01",
        "training.clipNorm=0.5",
        "training.batchNormSync=false",
        "training.earlyStopping.patience=1",
        "training.preciseStatistics=true",
        "training.weightAveraging.ema.decay=0.9",
        "training.weightAveraging.swa.startEpoch=1",
      })
  void everyWayOfTrainingHasTheReferencesBits(String setting) throws IOException {
    assertThat(inSlices(3, setting)).isEqualTo(inOneJvm(setting));
  }

  @ParameterizedTest
  @CsvSource({
    "3, optimizer.momentum.learningRate=0.05",
    "6, optimizer.adam.learningRate=0.01",
    "6, optimizer.lamb.weightDecay=0.01",
    "2, training.clipNorm=0.5",
    "3, training.microBatches.rows=8",
    "3, training.batchNormGroupSize=2"
  })
  void gradientsThatLeaveBeforeTheEndHaveTheReferencesBits(int tasks, String setting)
      throws IOException {
    Departures departures =
        SmallRun.of(DEEP).training().plan().updates().orElseThrow().departures();
    assertThat(IntStream.rangeClosed(1, 11).filter(departures::isEarly))
        .containsExactly(7, 8, 9, 10);
    assertThat(inSlices(tasks, DEEP, setting)).isEqualTo(inOneJvm(DEEP, setting));
  }

  @Tag("full")
  @Test
  void shardsWithoutRowsChangeNothing() throws IOException {
    String few = "training.batchSize=5";
    assertThat(inSlices(6, DEEP, few)).isEqualTo(inOneJvm(DEEP, few));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"optimizer.momentum.learningRate=0.05", "optimizer.adam.learningRate=0.01"})
  void aStepThatCameToNothingLeavesNothingBehindForTheNextRun(String setting) throws IOException {
    SmallRun stopped = SmallRun.of(DEEP, setting);
    SmallRun next = SmallRun.of(DEEP, setting);
    try (ShardedRows rows = ShardedRows.of(spark, stopped.shards(), 3);
        Engine engine = open(rows, stopped)) {
      Trainer trainer = stopped.trainer(new Stopping(engine, 3, 10));
      assertThatThrownBy(trainer::run).hasMessage("enough");
      next.trainer(engine).run();
    }
    assertThat(next.weights(folder.resolve("next"))).isEqualTo(inOneJvm(DEEP, setting));
  }

  /** A plan whose shards fail when they hand over gradients. */
  private record Failing(StepPlan plan) implements StepPlan {

    @Override
    public int shards() {
      return plan.shards();
    }

    @Override
    public Optional<UpdatePlan> updates() {
      return plan.updates();
    }

    @Override
    public ShardStep open(int firstShard, List<ShardData> data) {
      ShardStep step = plan.open(firstShard, data);
      return new ShardStep() {

        @Override
        public void resume(Message message, ShardForest forest) {
          step.resume(message, forest);
        }

        @Override
        public void handOver(int from, ShardForest forest) {
          throw new IllegalStateException("no way out");
        }

        @Override
        public void close() {
          step.close();
        }
      };
    }
  }

  @Test
  void whatShardsThrowWhileTheyCatchUpEndsTheRun() throws IOException {
    SmallRun run = SmallRun.of(DEEP);
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), 3);
        Engine engine =
            new GangEngine(rows, new Failing(run.training().plan()), OPTIONS, EngineKind.SLICES)) {
      Trainer trainer = run.trainer(engine);
      assertThatThrownBy(trainer::run)
          .isInstanceOf(EngineException.class)
          .hasMessageMatching(
              "shards \\d to \\d failed in exchange 7 of step 0: .*IllegalStateException: no way"
                  + " out");
    }
  }

  @Test
  void penaltiesAndConstraintsHaveTheReferencesBits() throws IOException {
    String layers =
        "network=[ flatten, { dense { units = 60, regularizer { l2 = 0.01 },"
            + " constraint = nonNegative } }, batchNorm, relu,"
            + " { dense { units = 10, constraint { minMaxNorm { min = 0.1, max = 0.5 } } } } ]";
    assertThat(inSlices(3, layers)).isEqualTo(inOneJvm(layers));
  }

  @ParameterizedTest
  @CsvSource({
    "optimizer.adam.learningRate=0.01, 3",
    "training.weightAveraging.ema.decay=0.9, 3",
    "training.weightAveraging.swa.startEpoch=1, 4", // the end of an epoch
  })
  void aRunGoesOnFromACheckpointInOtherSlices(String setting, long step) throws IOException {
    String[] settings = {setting, "training.checkpoint.everySteps=3"};
    SmallRun stopped = SmallRun.of(settings);
    stopped.training().keepCheckpointsIn(new LocalFolder(folder.resolve("checkpoints")));
    try (ShardedRows rows = ShardedRows.of(spark, stopped.shards(), 2);
        Engine engine = open(rows, stopped)) {
      Trainer trainer = stopped.trainer(new Stopping(engine, step + 1, 1));
      assertThatThrownBy(trainer::run).hasMessage("enough");
    }
    SmallRun resumed = SmallRun.of(settings);
    resumed.training().keepCheckpointsIn(new LocalFolder(folder.resolve("checkpoints")));
    assertThat(resumed.training().resume()).isEqualTo(step);
    try (ShardedRows rows = ShardedRows.of(spark, resumed.shards(), 3);
        Engine engine = open(rows, resumed)) {
      resumed.trainer(engine).run();
    }
    assertThat(resumed.weights(folder.resolve("resumed"))).isEqualTo(inOneJvm(settings));
  }

  @Test
  void checkpointsMayFollowEachOtherByAnyNumberOfSteps() throws IOException {
    String[] settings = {"optimizer.adam.learningRate=0.01", "training.checkpoint.everySteps=1"};
    SmallRun run = SmallRun.of(settings);
    run.training().keepCheckpointsIn(new LocalFolder(folder.resolve("checkpoints")));
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), 3);
        Engine engine = open(rows, run)) {
      run.trainer(engine).run();
    }
    assertThat(run.weights(folder.resolve("slices"))).isEqualTo(inOneJvm(settings));
  }

  /** An engine that fails before an exchange. */
  private static final class Stopping extends Watched {
    private final long step;
    private final int exchange;

    Stopping(Engine engine, long step, int exchange) {
      super(engine);
      this.step = step;
      this.exchange = exchange;
    }

    @Override
    void before(Message message) {
      if (message.step() == step && message.exchange() == exchange) {
        throw new IllegalStateException("enough");
      }
    }
  }

  /** An engine that does something before messages. */
  private abstract static class Watched extends PassingEngine {
    Watched(Engine engine) {
      super(engine);
    }

    abstract void before(Message message);

    @Override
    public Merged exchange(Message message) {
      before(message);
      return super.exchange(message);
    }
  }

  /** An engine that loses an executor before the first message that a test names. */
  private static final class Killing extends Watched {
    private final Predicate<Message> when;
    private boolean killed;

    Killing(Engine engine, Predicate<Message> when) {
      super(engine);
      this.when = when;
    }

    @Override
    void before(Message message) {
      if (!killed && when.test(message)) {
        killed = true;
        cluster.killExecutor();
      }
    }
  }

  @Test
  void theBitsStayWhenAnOwnerIsKilledBeforeItUpdates() throws IOException {
    theBitsStayWhenAnOwnerIsKilled(Message.Update.class::isInstance);
  }

  @Test
  void theBitsStayWhenAnOwnerIsKilledBetweenNormsOfItsUpdate() throws IOException {
    theBitsStayWhenAnOwnerIsKilled(
        message -> message instanceof Message.Agreed && message.exchange() > 5);
  }

  @Test
  void theBitsStayWhenAnOwnerIsKilledBeforeItsNewWeightsCount() throws IOException {
    theBitsStayWhenAnOwnerIsKilled(Message.Continue.class::isInstance);
  }

  @Tag("full")
  @Test
  void theBitsStayWhenAnOwnerIsKilledInBackward() throws IOException {
    theBitsStayWhenAnOwnerIsKilled(message -> message.exchange() == 4);
  }

  @Test
  void theBitsStayWhenAnOwnerIsKilledAfterSomeGradientsHaveLeft() throws IOException {
    theBitsStayWhenAnOwnerIsKilledInStepsThatSendGradientsEarly(8);
  }

  @Tag("full")
  @Test
  void theBitsStayWhenAnOwnerIsKilledAfterAllGradientsHaveLeft() throws IOException {
    theBitsStayWhenAnOwnerIsKilledInStepsThatSendGradientsEarly(11);
  }

  private void theBitsStayWhenAnOwnerIsKilledInStepsThatSendGradientsEarly(int exchange)
      throws IOException {
    theBitsStayWhenAnOwnerIsKilled(
        message -> message.step() == 3 && message.exchange() == exchange, DEEP);
  }

  private void theBitsStayWhenAnOwnerIsKilled(Predicate<Message> when) throws IOException {
    theBitsStayWhenAnOwnerIsKilled(
        message -> message.step() == 3 && when.test(message), "optimizer.lamb.learningRate=0.01");
  }

  private void theBitsStayWhenAnOwnerIsKilled(Predicate<Message> when, String... settings)
      throws IOException {
    SmallRun run = SmallRun.of(settings);
    run.training().keepCheckpointsIn(new LocalFolder(folder.resolve("checkpoints")));
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), 3);
        Engine engine = open(rows, run)) {
      run.trainer(new Killing(engine, when)).run();
    }
    assertThat(run.weights(folder.resolve("slices"))).isEqualTo(inOneJvm(settings));
  }

  @Test
  void theAverageOfTheStepsSinceTheLastCheckpointStaysWhenAnOwnerIsKilled() throws IOException {
    theBitsStayWhenAnOwnerIsKilled(
        message -> message.step() == 3 && message instanceof Message.Update,
        "training.weightAveraging.ema.decay=0.9",
        "training.checkpoint.everySteps=2");
  }

  @Tag("full")
  @Test
  void theAverageOfEpochsStaysWhenAnOwnerIsKilledInTheNextOne() throws IOException {
    theBitsStayWhenAnOwnerIsKilled(
        message -> message.step() == 5 && message instanceof Message.Continue,
        "training.weightAveraging.swa.startEpoch=1");
  }

  @Tag("full")
  @Test
  void aRunGoesOnInFewerTasksWhereALostExecutorIsNotReplaced() throws IOException {
    GangOptions impatient = new GangOptions(Duration.ofSeconds(40), Duration.ofSeconds(10), 3, 0);
    SmallRun run = SmallRun.of();
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), 6)) {
      try (GangEngine engine =
          new GangEngine(rows, run.training().plan(), impatient, EngineKind.SLICES)) {
        run.trainer(
                new Watched(engine) {
                  @Override
                  void before(Message message) {
                    if (message.step() == 3 && message instanceof Message.Update) {
                      spark.sc().killExecutor(Sessions.executors(spark.sc()).iterator().next());
                    }
                  }
                })
            .run();
        assertThat(engine.concurrency()).isEqualTo(4);
      }
      assertThat(spark.getPersistentRDDs()).hasSize(1); // those that were given, not those moved
    } finally {
      spark.sc().requestTotalExecutors(3, 0, scala.collection.immutable.Map$.MODULE$.empty());
      cluster.awaitExecutors(3, Duration.ofSeconds(40));
    }
    assertThat(run.weights(folder.resolve("slices"))).isEqualTo(inOneJvm());
  }

  @Test
  void aRunThatDivergesSaysSoAndItsCheckpointStays() throws IOException {
    assertThatItDiverges("1e30").hasMessageContaining("lower the learning rate");
  }

  @Test
  void anUpdateThatIsNotFiniteIsToldFromLayersThatAreNot() throws IOException {
    assertThatItDiverges("1e300")
        .hasMessageMatching(
            "step 1 \\(epoch 1\\): .* is not finite; the outputs of all layers are finite; .*");
  }

  private AbstractThrowableAssert<?, ?> assertThatItDiverges(String rate) throws IOException {
    SmallRun run = SmallRun.of("optimizer.sgd.learningRate=" + rate);
    try (ShardedRows rows = ShardedRows.of(spark, run.shards(), 2);
        Engine engine = open(rows, run)) {
      Trainer trainer = run.trainer(engine);
      return assertThatThrownBy(trainer::run).isInstanceOf(DivergenceException.class);
    }
  }
}
