package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnJvm;
import org.syncbn.model.SavedModel;

/** Training on a machine for which there is no OpenBLAS. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnJvm
class WithoutOpenBlasTest {

  @TempDir private Path folder;

  @Test
  void oneLineSaysSoAndNetlibTrainsTheModel() throws Exception {
    Process process =
        JobProcess.builder(
                List.of("-Dorg.bytedeco.javacpp.platform=none-such"), (Object[]) train("netlib"))
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    int exitCode = process.waitFor();
    List<String> err = Files.readAllLines(folder.resolve("err"));
    assertThat(exitCode).as(String.join("\n", err)).isZero();
    assertThat(err.stream().filter(line -> line.contains("OpenBLAS")))
        .singleElement()
        .asString()
        .matches("OpenBLAS did not load \\(.+\\); using netlib \\w+ instead");

    CommandRun other = CommandRun.of(train("openblas"));
    assertThat(other.exitCode()).as(other.err()).isZero();
    JsonNode netlib = model("netlib");
    assertThat(netlib.at("/provenance/matrixProduct").asText()).startsWith("netlib ");
    assertThat(model("openblas").at("/provenance/matrixProduct").asText()).startsWith("OpenBLAS ");
    for (String metric : List.of("/metrics/train/loss", "/metrics/test/loss")) {
      double expected = model("openblas").at(metric).asDouble();
      assertThat(netlib.at(metric).asDouble()).isCloseTo(expected, within(1e-3));
    }
  }

  private String[] train(String model) {
    return new String[] {
      "train",
      "--engine",
      "in-process",
      "--model",
      folder.resolve(model).toString(),
      "--set",
      "network=[{dense=32},batchNorm,relu,{dense=10}]",
      "--set",
      "data={generatedRows=600,generatedTestRows=100}",
      "--set",
      "training={epochs=3,batchSize=64}"
    };
  }

  private JsonNode model(String name) throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve(name).resolve(SavedModel.DESCRIPTION).toFile());
  }
}
