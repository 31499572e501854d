package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;

/** Networks of ten and a hundred million weights, in a driver of 1 GiB and executors of 2 GiB. */
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Tag("full")
@OwnSpark
class LargeNetworkTest {

  /** Of direct memory a sixth more than the estimate for ten million weights, 343 and 374 MiB. */
  private static final List<String> DRIVER = List.of("-Xmx1g", "-XX:MaxDirectMemorySize=400m");

  private static final int EXECUTOR_MEGABYTES = 2048;
  private static final String EXECUTOR = "-XX:MaxDirectMemorySize=430m";

  private static SparkCluster cluster;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    cluster = SparkCluster.start(ClusterKind.STANDALONE, 2, 1, EXECUTOR_MEGABYTES);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void tenMillionWeightsTrainWithAdamInSlices() throws IOException, InterruptedException {
    String tenMillion = "{dense=2500},batchNorm,relu,{dense=2500},batchNorm,relu,{dense=700},relu";
    assertThat(train(tenMillion))
        .containsPattern("\nengine +slices, 2 tasks")
        .containsPattern("\nnetwork +9,98");
    assertThat(train(tenMillion, "--set", "training.epochs=3", "--resume"))
        .contains("resuming after step 8");
  }

  @Test
  void aHundredMillionWeightsAreASentence() throws IOException, InterruptedException {
    assertThat(train("{dense=9200},relu,{dense=9200},relu,{dense=900},relu"))
        .contains("error: the run takes about ")
        .contains("of direct memory in the driver, which has 400 MiB; ")
        .contains("raise spark.driver.memory (--driver-memory) to more than ");
  }

  /** What the command prints. */
  private String train(String layers, String... more) throws IOException, InterruptedException {
    List<Object> arguments = new ArrayList<>(List.of("train", "--engine", "slices"));
    cluster.conf().forEach((key, value) -> arguments.addAll(List.of("--conf", key + "=" + value)));
    arguments.addAll(List.of("--conf", "spark.executor.extraJavaOptions=" + EXECUTOR));
    for (String setting :
        List.of(
            "network=[flatten,%s,{dense=10}]".formatted(layers),
            "optimizer.adam.learningRate=0.001",
            "data={format=generated,generatedRows=512,generatedTestRows=64,validation=test}",
            "training={epochs=2,batchSize=128,earlyStopping.patience=9}",
            "training.checkpoint={folder=\"%s\",everySteps=3}"
                .formatted(folder.resolve("state")))) {
      arguments.addAll(List.of("--set", setting));
    }
    arguments.addAll(List.of("--model", folder.resolve("model")));
    arguments.addAll(Arrays.asList(more));
    Path printed = folder.resolve("printed");
    JobProcess.builder(DRIVER, arguments.toArray())
        .redirectErrorStream(true)
        .redirectOutput(printed.toFile())
        .start()
        .waitFor();
    return Files.readString(printed, StandardCharsets.UTF_8);
  }
}
