package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;
import org.syncbn.tensor.CounterRandom;

/** The job on two executor JVMs that are killed in the middle of an epoch. */
@Timeout(value = 240, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class TrainThroughLossesTest {

  private static final int ROWS = 300;

  private static SparkCluster cluster;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    cluster = SparkCluster.start(ClusterKind.EXECUTORS, 2);
    String[] events = CheckpointEvents.SETTING.split("=");
    cluster.session(
        Map.of(
            events[0],
            events[1],
            "spark.serializer",
            "org.apache.spark.serializer.KryoSerializer",
            "spark.kryo.registrator",
            "org.syncbn.spark.SyncBatchNormRegistrator",
            "spark.scheduler.barrier.maxConcurrentTasksCheck.interval",
            "1s",
            "spark.shuffle.io.maxRetries",
            "1",
            "spark.shuffle.io.retryWait",
            "1s"));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @AfterEach
  void theContextStillWorks() {
    CheckpointEvents.forget();
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(cluster.session().sparkContext());
    assertThat(spark.parallelize(List.of(1, 2, 3), 3).count()).isEqualTo(3);
  }

  @Tag("full")
  @Test
  void anExecutorOfAGangThatIsKilledChangesNoBit() throws IOException {
    anExecutorThatIsKilledChangesNoBit("gang");
  }

  @Tag("full")
  @Test
  void anExecutorOfATreeThatIsKilledChangesNoBit() throws IOException {
    anExecutorThatIsKilledChangesNoBit("tree");
  }

  private void anExecutorThatIsKilledChangesNoBit(String engine) throws IOException {
    write(0);
    String expected = succeeded(train("in-process", "expected"));
    CheckpointEvents.after(8, cluster::killExecutor); // of five steps an epoch
    assertThat(succeeded(train(engine, "model"))).isEqualTo(expected);
    assertThat(CheckpointEvents.haveHappened()).isTrue();
  }

  @Tag("full")
  @Test
  void inputThatIsReplacedUnderAGangIsNoticedAndTheLastCheckpointGoesOn() throws IOException {
    inputThatIsReplacedIsNoticedAndTheLastCheckpointGoesOn("gang");
  }

  @Tag("full")
  @Test
  void inputThatIsReplacedUnderATreeIsNoticedAndTheLastCheckpointGoesOn() throws IOException {
    inputThatIsReplacedIsNoticedAndTheLastCheckpointGoesOn("tree");
  }

  private void inputThatIsReplacedIsNoticedAndTheLastCheckpointGoesOn(String engine)
      throws IOException {
    write(0);
    String expected = succeeded(train("in-process", "expected"));
    CheckpointEvents.after(
        8,
        () -> {
          write(1);
          killAllExecutors();
        });
    CommandRun run = train(engine, "model");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err().lines().filter(line -> line.startsWith("error: ")))
        .singleElement()
        .asString()
        .containsPattern(
            "shard \\d has (rows of other values|\\d+ rows now and had \\d+) .*:"
                + " the input has changed; start again$");
    write(0);
    assertThat(succeeded(train(engine, "model", "--resume"))).isEqualTo(expected);
  }

  /** Else the rows could be rebuilt from what one of them wrote for a shuffle. */
  private static void killAllExecutors() {
    List<ProcessHandle> all = cluster.executors();
    while (all.stream().anyMatch(ProcessHandle::isAlive)) {
      cluster.killExecutor();
    }
  }

  /** A table of as many rows and bytes each time; the version decides the value of one row. */
  private void write(int version) {
    CounterRandom random = CounterRandom.of(5);
    StringBuilder csv = new StringBuilder("x,y,kind\n");
    for (int i = 0; i < ROWS; i++) {
      int x = i == 7 ? version : random.below(10, i);
      csv.append(x).append(',').append(random.below(10, ROWS + i)).append(',').append(i % 3);
      csv.append('\n');
    }
    try {
      Files.writeString(folder.resolve("rows.csv"), csv);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CommandRun train(String engine, String model, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "--engine", engine));
    for (String setting :
        List.of(
            "network=[{dense=8},batchNorm,relu,{dense=3}]",
            "data={format=csv,label=kind,path=\"%s\"}".formatted(folder.resolve("rows.csv")),
            "training.epochs=4",
            "training.batchSize=60",
            "training.checkpoint={folder=\"%s\",everySteps=4}"
                .formatted(CheckpointEvents.at(folder.resolve("state-" + model))))) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of("--model", folder.resolve(model).toString()));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private String succeeded(CommandRun run) throws IOException {
    assertThat(run.err()).doesNotContain("error: ");
    assertThat(run.exitCode()).isZero();
    String model = run.out().lines().filter(line -> line.startsWith("model")).findFirst().get();
    return CommandRun.sha256(
        Path.of(model.substring("model".length()).strip(), "model.safetensors"));
  }
}
