package org.syncbn.spark.sync;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.Message;
import org.syncbn.train.StepPlan;

/** Both engines over executors in JVMs of their own, some of which are killed. */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
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
        StrictExecutors.open(
            cluster,
            Map.of(
                "spark.rpc.message.maxSize",
                "1", // MiB: less than some rows that are sent here
                "spark.shuffle.io.maxRetries",
                "1",
                "spark.shuffle.io.retryWait",
                "1s"));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Tag("full")
  @Test
  void tasksAreCountedWhenTheExecutorsAreThere() {
    cluster.stopSession();
    try {
      SparkSession.Builder builder = SparkSession.builder();
      cluster.conf().forEach(builder::config);
      assertThat(Engines.tasks(builder.getOrCreate().sparkContext(), 8)).isEqualTo(2);
    } finally {
      stop();
      start();
    }
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
  @ValueSource(ints = {2, 3})
  void theTreeHasTheReferencesBits(int tasks) {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), tasks);
        Engine engine = new TreeEngine(rows, PLAN)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
    }
  }

  @Test
  void theGangGoesOnWithTheSameBitsAfterAnExecutorWasKilledInBackward() {
    theGangGoesOnWithTheSameBitsAfterAnExecutorWasKilled(2);
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theGangGoesOnWithTheSameBitsAfterAnExecutorWasKilled(int exchange) {
    StepPlan plan = PLAN.with(new Kill(mark(), 2, exchange));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, plan, OPTIONS)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(Path.of(mark())).exists();
    }
  }

  @Test
  void longWeightsAndGradientsHaveTheSameBitsAlsoAfterAnExecutorWasKilled() {
    LinearPlan wide = new LinearPlan(6, 30_000); // three shards a task: two nodes each
    try (ShardedRows rows = ShardedRows.of(spark, wide.data(), 2);
        Engine engine = new GangEngine(rows, wide.with(new Kill(mark(), 1, 3)), OPTIONS)) {
      assertThat(wide.train(engine, STEPS)).isEqualTo(reference(wide));
      assertThat(Path.of(mark())).exists();
    }
  }

  @Test
  void theTreeGoesOnWithTheSameBitsAfterAnExecutorWasKilledInBackward() {
    theTreeGoesOnWithTheSameBitsAfterAnExecutorWasKilled(2);
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theTreeGoesOnWithTheSameBitsAfterAnExecutorWasKilled(int exchange) {
    StepPlan plan = PLAN.with(new Kill(mark(), 2, exchange));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 3);
        Engine engine = new TreeEngine(rows, plan)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(Path.of(mark())).exists();
    }
  }

  /** Waits for ever, the first time that a shard comes to an exchange. */
  record Late(String mark) implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5 && message.step() == 1 && message.exchange() == 2 && first(mark)) {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          throw new IllegalStateException("the task was cancelled", e);
        }
      }
    }
  }

  @Test
  void aTaskThatIsLateOnceIsReplaced() {
    GangOptions impatient = new GangOptions(Duration.ofSeconds(3), Duration.ofSeconds(40), 3, 0);
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, PLAN.with(new Late(mark())), impatient)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(Path.of(mark())).exists();
    }
  }

  @Test
  void strangersAndStaleTasksAreTurnedAwayAndNothingListensAfterwards() throws IOException {
    GangTicket ticket;
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        GangEngine engine = new GangEngine(rows, PLAN, OPTIONS)) {
      PLAN.train(engine, 1);
      ticket = engine.ticket().orElseThrow();
      GangTicket wrongSecret = ticket(ticket, ticket.attempt(), "guess");
      GangTicket stale = ticket(ticket, "gang-before", ticket.secret());
      for (GangTicket wrong : List.of(wrongSecret, stale)) {
        assertThatThrownBy(() -> new CoordinatorClient(spark.getConf(), wrong))
            .isInstanceOf(GangFailure.class)
            .hasMessageContaining("rejected this executor");
      }
      try (Socket socket = new Socket(ticket.host(), ticket.port())) {
        socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
      }
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(engine.ticket()).contains(ticket);
    }
    assertThatThrownBy(() -> new Socket(ticket.host(), ticket.port()).close())
        .isInstanceOf(ConnectException.class);
  }

  private static GangTicket ticket(GangTicket like, String attempt, String secret) {
    return new GangTicket(attempt, secret, like.host(), like.port(), OPTIONS, EngineKind.GANG);
  }

  @Test
  void aPortThatIsTakenIsASentence() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      GangOptions options =
          new GangOptions(
              OPTIONS.exchangeTimeout(), OPTIONS.startTimeout(), 1, taken.getLocalPort());
      assertThatThrownBy(() -> new GangEngine(rows, PLAN, options))
          .isInstanceOf(EngineException.class)
          .hasMessageStartingWith("the gang's coordinator cannot listen on 127.0.0.1, port ")
          .hasMessageContaining("spark.syncbn.coordinator.port");
      new GangEngine(rows, PLAN, OPTIONS).close();
    }
  }

  @Test
  void fewerSlotsThanTasksAreASentence() {
    GangOptions options = new GangOptions(Duration.ofSeconds(1), Duration.ofMillis(1), 1, 0);
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 3)) {
      assertThatThrownBy(() -> new GangEngine(rows, PLAN, options))
          .isInstanceOf(EngineException.class)
          .hasMessageMatching(
              "the gang needs room for 3 tasks at the same time and the cluster has room for"
                  + " [0-2]:.*");
    }
  }

  @Test
  void whatAShardThrowsIsASentenceFromAfar() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = new GangEngine(rows, PLAN.with(new Throwing()), OPTIONS)) {
      assertThatThrownBy(() -> PLAN.train(engine, STEPS))
          .isInstanceOf(EngineException.class)
          .hasMessage(
              "shards 4 to 7 failed in exchange 2 of step 1: java.lang.ArithmeticException: no"
                  + " root");
    }
  }

  /** A shard whose executor does not find a class, once. */
  record LacksAClass(String mark) implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5 && message.step() == 1 && message.exchange() == 2 && first(mark)) {
        throw new NoClassDefFoundError("no/Class");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorOfOneExecutorsJvmIsTriedAgainWithTheSameBits(boolean inGang) {
    StepPlan plan = PLAN.with(new LacksAClass(mark()));
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2);
        Engine engine = inGang ? new GangEngine(rows, plan, OPTIONS) : new TreeEngine(rows, plan)) {
      assertThat(PLAN.train(engine, STEPS)).isEqualTo(reference());
      assertThat(Path.of(mark())).exists();
    }
  }

  @Test
  void aTreeThatEndsLeavesNoPoolOnExecutors() {
    try (ShardedRows rows = ShardedRows.of(spark, PLAN.data(), 2)) {
      try (Engine engine = new TreeEngine(rows, PLAN)) {
        PLAN.train(engine, 1);
        assertThat(pools(rows)).containsExactly(1, 1);
      }
      assertThat(pools(rows)).containsExactly(0, 0);
    }
  }

  private static List<Integer> pools(ShardedRows rows) {
    return rows.rdd().mapPartitions(ofTask -> List.of(StepPools.size()).iterator()).collect();
  }

  /** A shard whose mathematics fails. */
  record Throwing() implements LinearPlan.Mischief {
    @Override
    public void resuming(int shard, Message message) {
      if (shard == 5 && message.step() == 1 && message.exchange() == 2) {
        throw new ArithmeticException("no root");
      }
    }
  }

  @AfterEach
  void theContextStillWorks() {
    assertThat(spark.parallelize(List.of(1, 2, 3, 4), 4).count()).isEqualTo(4);
  }

  private String mark() {
    return marks.resolve("mark").toString();
  }

  private static List<Integer> reference() {
    return reference(PLAN);
  }

  private static List<Integer> reference(LinearPlan plan) {
    try (Engine engine = new InProcessEngine(plan, plan.data(), 1)) {
      return plan.train(engine, STEPS);
    }
  }
}
