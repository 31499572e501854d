package org.syncbn.spark.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.SparkInternals;
import org.syncbn.StrictSpark;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardTimes;
import org.syncbn.train.Work;
import scala.Tuple2;

/** Both engines against the reference, in threads of one JVM. */
@SparkInternals
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class EnginesOnThreadsTest {

  private static final int STEPS = 4;
  private static final LinearPlan PLAN = new LinearPlan(8, 9);
  private static final GangOptions IMPATIENT =
      new GangOptions(Duration.ofSeconds(2), Duration.ofSeconds(20), 2, 0);

  /** Whether the mischief of the running test was done; executors share this JVM. */
  private static final AtomicBoolean DONE = new AtomicBoolean();

  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    spark = new JavaSparkContext(StrictSpark.local("local[3,4]"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @BeforeEach
  void forgetMischief() {
    DONE.set(false);
  }

  @AfterEach
  void theContextStillWorks() {
    assertThat(spark.parallelize(List.of(1, 2, 3), 3).count()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({"8,1", "8,2", "8,3", "7,2", "7,3", "5,2", "1,1"})
  void theGangHasTheReferencesBits(int shards, int tasks) {
    LinearPlan plan = new LinearPlan(shards, 9);
    try (ShardedRows rows = ShardedRows.of(spark, plan.data(), tasks);
        Engine engine = new GangEngine(rows, plan, GangOptions.DEFAULT)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(plan));
    }
  }

  @ParameterizedTest
  @CsvSource({"8,1", "8,3", "8,8", "7,2", "5,5", "1,1"})
  void theTreeHasTheReferencesBits(int shards, int tasks) {
    LinearPlan plan = new LinearPlan(shards, 9);
    try (ShardedRows rows = ShardedRows.of(spark, plan.data(), tasks);
        Engine engine = new TreeEngine(rows, plan)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(plan));
    }
  }

  @ParameterizedTest
  @CsvSource({"8,2", "7,3"})
  void theTreeHasTheSameBitsWhenItMergesInSlices(int shards, int tasks) {
    LinearPlan plan = new LinearPlan(shards, 9);
    try (ShardedRows rows = ShardedRows.of(spark, plan.data(), tasks);
        Engine engine = new TreeEngine(rows, plan, 0)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(plan));
    }
  }

  @Test
  void weightsThatTravelAsABroadcastGiveTheSameBits() {
    LinearPlan wide = new LinearPlan(3, 30_000);
    try (ShardedRows rows = ShardedRows.of(spark, wide.data(), 2);
        Engine engine = new TreeEngine(rows, wide)) {
      assertThat(wide.train(engine, 2)).isEqualTo(wide.train(inProcess(wide), 2));
    }
  }

  /** Shard 5 computes for at least so long, in every exchange. */
  private record Slow(long nanos) implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      long until = System.nanoTime() + nanos;
      while (shard == 5 && System.nanoTime() < until) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void theTimeOfEachShardComesHome() {
    long nanos = 3_000_000;
    LinearPlan plan = PLAN.with(new Slow(nanos));
    try (ShardedRows rows = ShardedRows.of(spark, plan.data(), 2)) {
      for (Supplier<Engine> open :
          List.<Supplier<Engine>>of(
              () -> inProcess(plan),
              () -> new GangEngine(rows, plan, GangOptions.DEFAULT),
              () -> new TreeEngine(rows, plan),
              () -> new TreeEngine(rows, plan, 0))) {
        try (Engine engine = open.get()) {
          Work work = new Work.Batch(0, 0, 1);
          Tensor weights = Tensor.zeros(plan.features());
          ShardTimes times =
              engine.exchange(new Message.Begin(1, 0, work, weights, new double[0])).times();
          assertThat(times.shards()).isEqualTo(plan.shards());
          assertThat(times.nanos(5)).isGreaterThanOrEqualTo(nanos);
          assertThat(times.nanos(0)).isPositive();
          assertThat(engine.concurrency()).isBetween(1, 2);
        }
      }
    }
  }

  @Test
  void aTaskGoesOnFromNoOtherWorkOfTheSameStep() {
    // As when an executor evaluates before a step, and sees of the step the second message only.
    List<Message> step = new ArrayList<>(List.of(begin(1)));
    try (Engine engine = inProcess(PLAN)) {
      step.add(new Message.Agreed(1, 0, 2, engine.exchange(begin(1)).sums().clone()));
    }
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 1)) {
      TaskPlan plan = new TaskPlan(PLAN, rows.sizes());
      double[] expected = answer(new StepPool(), plan, 2, step);
      StepPool pool = new StepPool();
      double[] other = answer(pool, plan, 2, List.of(begin(0), step.get(1)));
      assertThat(other).isNotEqualTo(expected); // else this test could not fail
      answer(pool, plan, 3, List.of(begin(0)));
      assertThat(answer(pool, plan, 5, step)).isEqualTo(expected);
    }
  }

  @Test
  void shardsThatWereResumedElsewhereAreDropped() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 1)) {
      TaskPlan plan = new TaskPlan(PLAN, rows.sizes());
      StepPool pool = new StepPool();
      answer(pool, plan, new ShardRange(0, 4), 1, List.of(begin(0)));
      answer(pool, plan, new ShardRange(4, 8), 1, List.of(begin(0)));
      assertThat(pool.size()).isEqualTo(2);
      answer(pool, plan, new ShardRange(0, 4), 2, List.of(begin(0)));
      assertThat(pool.size()).isEqualTo(2); // the others may come yet
      answer(pool, plan, new ShardRange(0, 4), 3, List.of(begin(0)));
      assertThat(pool.size()).isEqualTo(1);
      pool.close();
      assertThat(pool.size()).isZero();
    }
  }

  @Test
  void ofTwoCopiesOfATaskTheLaterExchangeIsKept() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 1)) {
      TaskPlan plan = new TaskPlan(PLAN, rows.sizes());
      StepPool pool = new StepPool();
      ShardRange all = new ShardRange(0, 8);
      pool.resume(
          all,
          1,
          () -> {
            answer(pool, plan, all, 2, List.of(begin(0))); // overtakes
            return open(plan, all);
          },
          8,
          List.of(begin(0)),
          nodes -> "");
      assertThat(pool.size()).isEqualTo(1);
      pool.resume(all, 3, () -> fail("exchange 2 was lost"), 8, List.of(begin(0)), nodes -> "");
      pool.close();
    }
  }

  @Test
  void anEngineThatEndsLeavesNoPool() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      int before = StepPools.size();
      Engine engine = new TreeEngine(rows, PLAN);
      PLAN.train(engine, 1);
      assertThat(StepPools.size()).isEqualTo(before + 1);
      engine.close();
      assertThat(StepPools.size()).isEqualTo(before);
    }
  }

  @Test
  void aTaskDropsThePoolsOfEnginesThatWereOpenedBeforeItWasSentAndAreNoMore() {
    long first = StepPools.open();
    StepPools.Engines one = StepPools.engines();
    long second = StepPools.open();
    StepPool pool = StepPools.of(second, StepPools.engines());
    StepPools.of(first, one); // sent before the second was opened
    assertThat(StepPools.of(second, StepPools.engines())).isSameAs(pool);
    StepPools.close(first);
    StepPools.close(second);
  }

  private static Message.Begin begin(long batch) {
    float[] weights = new float[PLAN.features()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i + 1;
    }
    Work work = new Work.Batch(0, batch, 2);
    return new Message.Begin(1, 0, work, Tensor.of(weights, weights.length), new double[0]);
  }

  private static double[] answer(
      StepPool pool, TaskPlan plan, long exchange, List<Message> messages) {
    return answer(pool, plan, new ShardRange(0, PLAN.shards()), exchange, messages);
  }

  private static double[] answer(
      StepPool pool, TaskPlan plan, ShardRange range, long exchange, List<Message> messages) {
    return pool.resume(
        range,
        exchange,
        () -> open(plan, range),
        PLAN.shards(),
        messages,
        nodes ->
            nodes.stream()
                .map(ShardForest.Node::contribution)
                .flatMapToDouble(sums -> Arrays.stream(((Contribution.Sums) sums).values()))
                .toArray());
  }

  private static TaskShards open(TaskPlan plan, ShardRange range) {
    List<Tuple2<Integer, ShardData>> rows = new ArrayList<>();
    for (int shard = range.first(); shard < range.end(); shard++) {
      rows.add(new Tuple2<>(shard, PLAN.data().get(shard)));
    }
    return plan.open(range, rows.iterator());
  }

  @Test
  void theReferenceDependsOnTheOrderOfAdditions() {
    // Else the tests above could not fail.
    assertThat(PLAN.train(inProcess(PLAN), STEPS))
        .isNotEqualTo(PLAN.train(new WrongOrderEngine(PLAN), STEPS));
  }

  /** Something that happens to shard 5 when it comes to exchange 2 of step 1, once. */
  private record Once(Deed mischief) implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5 && message.step() == 1 && message.exchange() == 2 && !DONE.getAndSet(true)) {
        mischief.run();
      }
    }
  }

  private interface Deed extends Runnable, java.io.Serializable {}

  @Test
  void whatAShardThrowsIsASentenceAndTheGangBeginsAgain() {
    LinearPlan plan = PLAN.with(new Once(throwing()));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, plan, IMPATIENT)) {
      assertThatThrownBy(() -> plan.train(engine, STEPS))
          .isInstanceOf(EngineException.class)
          .hasMessage(
              "shards 4 to 7 failed in exchange 2 of step 1: java.lang.ArithmeticException: no"
                  + " root")
          .hasRootCause(new ArithmeticException("no root"));
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "1000000"})
  void whatAShardThrowsIsASentenceAndTheTreeBeginsAgain(long sliceAboveBytes) {
    LinearPlan plan = PLAN.with(new Once(throwing()));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new TreeEngine(rows, plan, sliceAboveBytes)) {
      assertThatThrownBy(() -> plan.train(engine, STEPS))
          .isInstanceOf(EngineException.class)
          .hasMessage(
              "shards 4 to 7 failed in exchange 2 of step 1: java.lang.ArithmeticException: no"
                  + " root")
          .hasRootCause(new ArithmeticException("no root"));
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {OutOfMemoryError.class, NoClassDefFoundError.class})
  void anErrorOfTheJvmIsTriedAgainWithTheSameBits(Class<? extends Error> error) {
    LinearPlan plan = PLAN.with(new Once(() -> raise(error)));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      try (Engine engine = new GangEngine(rows, plan, IMPATIENT)) {
        assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
      }
      for (long sliceAboveBytes : new long[] {0, 1_000_000}) {
        DONE.set(false);
        try (Engine engine = new TreeEngine(rows, plan, sliceAboveBytes)) {
          assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
        }
      }
    }
    assertThat(DONE).isTrue();
  }

  private static void raise(Class<? extends Error> error) {
    if (error == OutOfMemoryError.class) {
      throw new OutOfMemoryError("no heap");
    }
    throw new NoClassDefFoundError("no/Class");
  }

  /** A shard whose JVM is short of memory whenever it is resumed. */
  private record ShortOfMemory() implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5) {
        throw new OutOfMemoryError("no heap");
      }
    }
  }

  @Test
  void anErrorOfTheJvmThatStaysIsASentence() {
    String sentence =
        "shards 4 to 7 failed in exchange 1 of step 0: java.lang.OutOfMemoryError: no heap";
    LinearPlan plan = PLAN.with(new ShortOfMemory());
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      try (Engine engine = new GangEngine(rows, plan, IMPATIENT)) {
        assertThatThrownBy(() -> plan.train(engine, 1))
            .isInstanceOf(EngineException.class)
            .hasMessage("exchange 1 of step 0 failed (attempt 2 of 2): " + sentence);
      }
      try (Engine engine = new TreeEngine(rows, plan)) {
        assertThatThrownBy(() -> plan.train(engine, 1))
            .isInstanceOf(EngineException.class)
            .hasMessage("exchange 1 of step 0 failed: " + sentence);
      }
    }
  }

  private static Deed throwing() {
    return () -> {
      throw new ArithmeticException("no root");
    };
  }

  /** A shard that cannot be opened the first time. */
  private record FailsToOpenOnce() implements LinearPlan.Mischief {
    @Override
    public void opening(int shard) {
      if (!DONE.getAndSet(true)) {
        throw new IllegalStateException("the disk was busy");
      }
    }
  }

  @Test
  void aTaskThatFailsIsTriedAgainWithTheSameBits() {
    LinearPlan plan = PLAN.with(new FailsToOpenOnce());
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 3)) {
      try (Engine engine = new GangEngine(rows, plan, IMPATIENT)) {
        assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
      }
      DONE.set(false);
      try (Engine engine = new TreeEngine(rows, plan)) {
        assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
      }
    }
    assertThat(DONE).isTrue();
  }

  @Test
  void aTaskThatIsLateOnceIsReplaced() {
    LinearPlan plan = PLAN.with(new Once(EnginesOnThreadsTest::awaitInterrupt));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, plan, IMPATIENT)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
    }
    assertThat(DONE).isTrue();
  }

  private static void awaitInterrupt() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the task was cancelled", e);
    }
  }

  /** A shard that has all jobs of the context cancelled, once. */
  private record CancelsOnce(int cancelling) implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == cancelling && message.step() == 1 && !DONE.getAndSet(true)) {
        spark.sc().cancelAllJobs();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5}) // the first task's, which the driver's thread computes; the second's
  void aGangWhoseJobIsCancelledBeginsAgainWithTheSameBits(int shard) {
    LinearPlan plan = PLAN.with(new CancelsOnce(shard));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, plan, IMPATIENT)) {
      assertThat(plan.train(engine, STEPS)).isEqualTo(reference(PLAN));
    }
    assertThat(DONE).isTrue();
  }

  /** A shard that never comes back from an exchange. */
  private record Stuck() implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5 && message.exchange() == 2) {
        awaitInterrupt();
      }
    }
  }

  @Test
  void aTaskThatIsAlwaysLateIsNamed() {
    LinearPlan plan = PLAN.with(new Stuck());
    GangOptions options = new GangOptions(Duration.ofSeconds(1), Duration.ofSeconds(20), 2, 0);
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, plan, options)) {
      assertThatThrownBy(() -> plan.train(engine, STEPS))
          .isInstanceOf(EngineException.class)
          .hasMessageMatching(
              "exchange 2 of step 0 failed \\(attempt 2 of 2\\): "
                  + "task 1 on executor driver did not answer within 1 s");
    }
  }

  @Test
  void moreTasksThanSlotsAreRejected() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 8)) {
      assertThatThrownBy(() -> new GangEngine(rows, PLAN, GangOptions.DEFAULT))
          .isInstanceOf(EngineException.class)
          .hasMessageStartingWith(
              "the gang needs room for 8 tasks at the same time and the cluster has room for 3");
    }
  }

  @Test
  void aSecondGangOfOneThreadIsRejected() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      try (Engine first = new GangEngine(rows, PLAN, GangOptions.DEFAULT)) {
        assertThat(Engines.hasGang(spark.sc())).isTrue();
        assertThatThrownBy(() -> new GangEngine(rows, PLAN, GangOptions.DEFAULT))
            .isInstanceOf(EngineException.class)
            .hasMessageContaining("another gang of this thread");
        assertThat(PLAN.train(first, STEPS)).isEqualTo(reference(PLAN));
      }
      assertThat(Engines.hasGang(spark.sc())).isFalse();
      new GangEngine(rows, PLAN, GangOptions.DEFAULT).close();
    }
  }

  @Test
  void theGangsOfTwoThreadsTakeTurns() throws Exception {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 3)) {
      CompletableFuture<Object> second;
      try (Engine first = new GangEngine(rows, PLAN, GangOptions.DEFAULT)) {
        second =
            CompletableFuture.supplyAsync(
                () -> {
                  try (Engine engine = new GangEngine(rows, PLAN, GangOptions.DEFAULT)) {
                    return PLAN.train(engine, STEPS);
                  }
                });
        assertThat(PLAN.train(first, STEPS)).isEqualTo(reference(PLAN));
        assertThat(second).isNotDone();
      }
      assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo(reference(PLAN));
    }
  }

  @Test
  void dynamicAllocationIsRejected() {
    SparkConf conf = new SparkConf(false).set("spark.dynamicAllocation.enabled", "true");
    assertThatThrownBy(() -> GangEngine.checkAllocation(conf.setMaster("spark://host:7077")))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("spark.dynamicAllocation.enabled=false");
    GangEngine.checkAllocation(conf.setMaster("local[2]"));
  }

  @Test
  void aPlanOfAnotherNumberOfShardsIsRejected() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      assertThatThrownBy(() -> new TreeEngine(rows, new LinearPlan(7, 9)))
          .hasMessage("a run of 7 shards cannot use rows partitioned into 8");
    }
  }

  @Test
  void theTreeRunsOneJobPerExchange() throws TimeoutException {
    AtomicInteger jobs = new AtomicInteger();
    org.apache.spark.scheduler.SparkListener listener =
        new org.apache.spark.scheduler.SparkListener() {
          @Override
          public void onJobStart(org.apache.spark.scheduler.SparkListenerJobStart start) {
            jobs.incrementAndGet();
          }
        };
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new TreeEngine(rows, PLAN)) {
      PLAN.train(engine, 1);
      drainListeners();
      spark.sc().addSparkListener(listener);
      PLAN.train(engine, STEPS);
      drainListeners();
      assertThat(jobs).hasValue(LinearPlan.EXCHANGES * STEPS);
    } finally {
      spark.sc().removeSparkListener(listener);
    }
  }

  private static void drainListeners() throws TimeoutException {
    spark.sc().listenerBus().waitUntilEmpty();
  }

  private static Engine inProcess(LinearPlan plan) {
    return new InProcessEngine(plan, plan.data(), 1);
  }

  private static List<Integer> reference(LinearPlan plan) {
    try (Engine engine = inProcess(plan)) {
      return plan.train(engine, STEPS);
    }
  }
}
