package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;

/** The job trains the same model whatever engine carries its exchanges. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class TrainOnSparkTest {

  private static final String CONF =
      """
      network = [
        { conv2d { filters = 4, kernel = 3, stride = 2, bias = false } }, batchNorm, relu
        flatten
        { dense { units = 24, bias = false } }, batchNorm, relu
        { dropout = 0.1 }
        { dense { units = 10 } }
      ]
      optimizer { momentum { learningRate = 0.05 } }
      data { generatedRows = 400, generatedTestRows = 100, validation = { fraction = 0.2 } }
      training { epochs = 2, batchSize = 64, preciseStatistics = true }
      seed = 3
      """;

  @TempDir private Path folder;

  @Test
  void gangTreeAndInProcessTrainTheSameModel() throws IOException {
    String expected = train("in-process", "--threads", "1");
    assertThat(train("gang", "--master", "local[2]")).isEqualTo(expected);
    assertThat(train("tree", "--master", "local[2]", "--tasks", "3")).isEqualTo(expected);
  }

  @Test
  void whereNoEngineIsNamedAGangTrainsOnTheCoresOfThisMachine() throws IOException {
    Path model = folder.resolve("model");
    CommandRun run = CommandRun.of("train", conf(), "--model", model.toString());
    assertThat(run.err()).doesNotContain("error:");
    assertThat(run.out())
        .containsPattern("\nengine +gang, [1-8] tasks? on local\\[\\*,4]\n")
        .containsPattern("\nnetwork +[0-9,]+ weights, 2 x batch norm over the whole mini-batch\n");
    assertThat(CommandRun.sha256(model.resolve("model.safetensors")))
        .isEqualTo(train("in-process"));
  }

  @Test
  void neitherTasksNorCoresMatter() throws IOException {
    String expected = train("in-process");
    assertThat(train("gang", "--master", "local[1]")).isEqualTo(expected);
    try (SparkCluster cluster = SparkCluster.start(ClusterKind.THREADS, 8)) {
      cluster.session();
      for (String tasks : List.of("3", "8")) { // each partitions again
        assertThat(train("gang", "--tasks", tasks)).as(tasks).isEqualTo(expected);
      }
      for (String tasks : List.of("1", "2", "8")) {
        assertThat(train("tree", "--tasks", tasks)).as(tasks).isEqualTo(expected);
      }
    }
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource({"EXECUTORS, 2", "STANDALONE, 1", "STANDALONE, 2", "STANDALONE, 3"})
  void everyClusterTrainsTheSameModel(ClusterKind kind, int executors) throws IOException {
    String expected = train("in-process");
    // A process of its own would find its Spark home; here the test cluster provides one.
    try (SparkCluster cluster = SparkCluster.start(kind, executors)) {
      cluster.session();
      assertThat(train("gang")).isEqualTo(expected);
      assertThat(train("tree", "--tasks", "3")).isEqualTo(expected);
      assertThat(train("auto")).isEqualTo(expected);
    }
  }

  @Test
  void thePlanOfAStepIsExplained() throws IOException {
    CommandRun run =
        CommandRun.of("train", conf(), "--explain", "--master", "local[2]", "--tasks", "2");
    assertThat(run.err()).doesNotContain("error:");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            "forward to ",
            "backward to ",
            "gradients",
            "engine, 2 tasks on 1 executor ",
            "\nengine: gang, because the tasks of a local",
            "\nmemory, estimated ",
            "\ngradients of weights ");
    assertThat(run.out().lines().filter(line -> line.startsWith("forward to "))).hasSize(2);
  }

  @Test
  void shardsWithStatisticsOfTheirOwnAreExplainedAsOneExchange() throws IOException {
    CommandRun run =
        CommandRun.of(
            "train",
            conf(),
            "--explain",
            "--master",
            "local[2]",
            "--set",
            "training.batchNormSync=false");
    assertThat(run.err()).doesNotContain("error:");
    assertThat(run.out()).contains("gradients").doesNotContain("forward to ", "backward to ");
  }

  @Test
  void threadsThatTheEngineDoesNotUseAreSaidSo() throws IOException {
    Path model = folder.resolve("threads");
    CommandRun run =
        CommandRun.of(
            "train", conf(), "--threads", "2", "--tasks", "1", "--model", model.toString());
    assertThat(run.err())
        .contains(
            "note: the gang engine trains in tasks of Spark, not in the threads of --threads;"
                + " --tasks and --master set how many compute at once");
  }

  @Test
  void anUnknownEngineIsAWrongArgument() throws IOException {
    CommandRun run = CommandRun.of("train", conf(), "--engine", "star");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("'star' is not one of auto, in-process, gang, slices, tree");
  }

  @Test
  void moreTasksThanSlotsAreASentence() throws IOException {
    CommandRun run =
        CommandRun.of(
            "train",
            conf(),
            "--engine",
            "gang",
            "--master",
            "local[2]",
            "--tasks",
            "8",
            "--model",
            folder.resolve("none").toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("error: the gang needs room for 8 tasks at the same time")
        .doesNotContain("Exception");
  }

  private String train(String engine, String... more) throws IOException {
    Path model = folder.resolve("model-" + engine);
    List<String> arguments = new ArrayList<>(List.of("train", conf(), "--engine", engine));
    arguments.addAll(List.of("--model", model.toString(), "--overwrite"));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
    assertThat(run.err()).doesNotContain("error:").contains(" (compute ", " %, skew ");
    assertThat(run.exitCode()).isZero();
    return CommandRun.sha256(model.resolve("model.safetensors"));
  }

  private String conf() throws IOException {
    return Files.writeString(folder.resolve("small.conf"), CONF).toString();
  }
}
