package org.syncbn.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.OwnSpark;

@OwnSpark
class SparkClusterTest {

  private static final int TASKS = 8;
  private static final int SUM = TASKS * (TASKS - 1) / 2;
  private static final Duration SOON = Duration.ofSeconds(30);

  @OnSparkCluster(kinds = ClusterKind.THREADS, conf = "spark.kryo.registrationRequired=true")
  void threadsRunAJobOfThisClassPath(SparkCluster cluster, SparkSession spark) {
    runsAJobOfThisClassPath(cluster, spark);
  }

  private static void runsAJobOfThisClassPath(SparkCluster cluster, SparkSession spark) {
    assertThat(sum(spark)).isEqualTo(SUM);
    assertThat(spark.conf().get("spark.kryo.registrationRequired")).isEqualTo("true");
    assertThat(cluster.session()).isSameAs(spark);
  }

  @OnSparkCluster(
      kinds = {ClusterKind.EXECUTORS, ClusterKind.STANDALONE},
      conf = "spark.kryo.registrationRequired=true")
  void executorsRunAJobOfThisClassPathWhichSurvivesTheDeathOfOne(
      SparkCluster cluster, SparkSession spark) throws Exception {
    runsAJobOfThisClassPath(cluster, spark);
    try (Gate gate = new Gate()) {
      int port = gate.port();
      CompletableFuture<Integer> attempts =
          CompletableFuture.supplyAsync(
              () ->
                  numbers(spark)
                      .map(
                          number -> {
                            Gate.pass(port);
                            return number + 1000 * TaskContext.get().attemptNumber();
                          })
                      .reduce(Integer::sum));
      gate.awaitArrivals(2); // both executors are busy

      long killed = cluster.killExecutor();

      assertThat(cluster.executors()).extracting(ProcessHandle::pid).doesNotContain(killed);
      gate.open();
      assertThat(attempts.get(60, TimeUnit.SECONDS)).isEqualTo(SUM + 1000); // one task, twice
      cluster.awaitExecutors(2, SOON);
      assertThat(sum(spark)).isEqualTo(SUM);
    }
  }

  @OnSparkCluster(kinds = ClusterKind.THREADS)
  void threadsCannotBeKilled(SparkCluster cluster) {
    assertThatThrownBy(cluster::killExecutor)
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "The executor of local[2,4] is this JVM and cannot be killed;"
                + " use EXECUTORS or STANDALONE.");
  }

  @OnSparkCluster(kinds = ClusterKind.STANDALONE)
  void withoutASessionThereIsNoExecutorToKill(SparkCluster cluster) {
    assertThatThrownBy(cluster::killExecutor)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching("No executor runs on spark://127.0.0.1:\\d+: open a session first.");
  }

  @OnSparkCluster(kinds = ClusterKind.THREADS)
  void aSecondSessionIsRejected(SparkCluster cluster, SparkSession spark) {
    try (SparkCluster second = SparkCluster.start(ClusterKind.THREADS, 1)) {
      assertThatThrownBy(second::session)
          .hasMessage(
              "This JVM has a Spark session already, on local[2,4];"
                  + " stop it to open one on local[1,4].");
    }
    assertThat(spark.sparkContext().isStopped()).isFalse();
  }

  @Test
  void aSessionNeedsTheMasterOnlyAndNothingIsLeftOfAClusterThatWasClosed() {
    String home = System.getenv("SPARK_HOME");
    SparkCluster cluster = SparkCluster.start(ClusterKind.EXECUTORS, 1);
    SparkSession spark = SparkSession.builder().master(cluster.master()).getOrCreate();
    assertThat(sum(spark)).isEqualTo(SUM);
    List<ProcessHandle> processes = cluster.executors();
    cluster.close();
    cluster.close();

    assertThat(spark.sparkContext().isStopped()).isTrue();
    assertThat(processes).hasSize(1).noneMatch(Processes::isRunning);
    assertThat(System.getenv("SPARK_HOME")).isEqualTo(home);
  }

  @Test
  void thereIsOneLocalClusterAtATime() {
    try (SparkCluster first = SparkCluster.start(ClusterKind.EXECUTORS, 1)) {
      assertThatThrownBy(() -> SparkCluster.start(ClusterKind.EXECUTORS, 1))
          .hasMessage("This JVM has an open cluster of kind EXECUTORS already; close it first.");
      assertThat(first.master()).isEqualTo("local-cluster[1,1,1024]");
    }
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(
      value = ClusterKind.class,
      names = {"EXECUTORS", "STANDALONE"})
  void nothingOutlivesItsOwnersDeath(ClusterKind kind) throws Exception {
    Process owner = ClusterOwner.launch(kind);
    List<ProcessHandle> offspring = owner.descendants().toList();
    owner.destroyForcibly();

    assertThat(offspring).hasSize(kind == ClusterKind.EXECUTORS ? 1 : 3);
    for (ProcessHandle process : offspring) {
      assertThat(ends(process)).as("process %s ends", process).isTrue();
    }
  }

  @Test
  void aMasterThatDoesNotStartSaysWhy() {
    assertThatThrownBy(
            () ->
                new StandaloneCluster(Machine.THIS, List.of(Machine.THIS), 1, 1024, "no-such.jar"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The standalone cluster's master ended with exit code 1.")
        .hasMessageContaining("ClassNotFoundException: org.syncbn.cluster.Tether");
  }

  @ParameterizedTest
  @EnumSource(
      value = ClusterKind.class,
      names = {"EXECUTORS", "STANDALONE"})
  void executorsThatDoNotStartSayWhy(ClusterKind kind) {
    SparkCluster cluster = SparkCluster.start(kind, 1, 1, Integer.MAX_VALUE);
    assertThatThrownBy(cluster::session)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "One executor after the other ended: fewer than 1 executors registered on ")
        .hasMessageContaining("Could not reserve enough space");
    cluster.close();
    cluster.close();
  }

  @Test
  void impossibleShapesAreRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SparkCluster.start(ClusterKind.THREADS, 0))
        .withMessage("A cluster has at least one executor with one core, not 0 with 1.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SparkCluster.start(ClusterKind.EXECUTORS, 1, 1, 100))
        .withMessage("Spark needs at least 450 MiB of memory per executor, not 100.");
  }

  /**
   * True once the process has ended, whether or not anybody collects the orphan; false after a
   * while.
   */
  private static boolean ends(ProcessHandle process) throws Exception {
    for (int i = 0; i < SOON.toSeconds() && Processes.isRunning(process); i++) {
      try {
        process.onExit().get(1, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        // Not yet.
      }
    }
    return !Processes.isRunning(process);
  }

  private static JavaRDD<Integer> numbers(SparkSession spark) {
    return JavaSparkContext.fromSparkContext(spark.sparkContext())
        .parallelize(IntStream.range(0, TASKS).boxed().toList(), TASKS);
  }

  private static int sum(SparkSession spark) {
    return numbers(spark).reduce(Integer::sum);
  }
}
