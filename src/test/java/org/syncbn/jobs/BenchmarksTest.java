package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;

/** What the benchmarks report; how fast anything is, no test says. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@OwnSpark
class BenchmarksTest {

  @TempDir Path folder;

  @Tag("full")
  @Test
  void trainReportsRatesAndSharesOfTheNetworksThatWereAskedFor() throws IOException {
    JsonNode report =
        run(
            "train",
            "--networks",
            "mlp-no-bn,mlp",
            "--optimizers",
            "momentum,adamw",
            "--seconds",
            "0.1");
    assertThat(report.at("/provenance/java").asText())
        .isEqualTo(System.getProperty("java.version"));
    List<String> networks = new ArrayList<>();
    for (JsonNode result : report.path("training")) {
      networks.add(result.path("network").asText() + " " + result.path("optimizer").asText());
      assertThat(result.path("engine").asText()).isEqualTo("in-process");
      assertThat(result.path("samplesPerSecond").asDouble()).isPositive();
      double sum = 0;
      for (JsonNode share : result.path("shares")) {
        sum += share.asDouble();
      }
      assertThat(sum).isBetween(0.999, 1.001);
    }
    assertThat(networks)
        .containsExactly("mlp-no-bn momentum", "mlp-no-bn adamw", "mlp momentum", "mlp adamw");
  }

  @Tag("full")
  @Test
  void mlReportsTheStageAndTheFunctionsBesideSparks() throws IOException {
    JsonNode report =
        run("ml", "--rows", "50", "--features", "3", "--runs", "1", "--only", "stages");
    List<String> works = new ArrayList<>();
    for (JsonNode result : report.path("results")) {
      works.add(result.path("name").asText());
      assertThat(result.path("seconds").asDouble()).isPositive();
    }
    assertThat(works).hasSize(12).contains("fitVector", "standardScalerFit", "exactSqlTwo");
  }

  @Tag("full")
  @Test
  void mlComparesClassifiersAfterTheSameTime() throws IOException {
    JsonNode report =
        run("ml", "--only", "classifiers", "--images", "300", "--iterations", "2")
            .path("classifiers");
    assertThat(report).hasSize(1);
    for (String name : List.of("multilayerPerceptron", "neuralNetwork")) {
      JsonNode result = report.get(0).path(name);
      assertThat(result.path("accuracy").asDouble()).isBetween(0.0, 1.0);
      assertThat(result.path("seconds").asDouble()).isPositive();
      assertThat(result.path("passes").asInt()).isPositive();
    }
  }

  @Test
  void aNetworkThatDoesNotExistIsRejected() {
    CommandRun rejected = CommandRun.of("bench", "train", "--networks", "rnn");
    assertThat(rejected.exitCode()).isEqualTo(2);
    assertThat(rejected.err())
        .contains("'rnn' is not one of mlp, mlp-no-bn, cnn, cnn-no-bn, residual, separable");
  }

  @Test
  @Tag("full")
  void syncReportsExchangesTrainingAndReadingOnEachCluster() throws IOException {
    JsonNode report =
        run(
            "sync",
            "--networks",
            "mlp-no-bn",
            "--seconds",
            "0.1",
            "--exchanges",
            "20",
            "--ingest-values",
            "2560");
    // 2 clusters; 2 engines x 4 sizes; 4 things to compare with; 4 engines that train; 3
    // tables that are read.
    assertThat(report.path("exchange")).hasSize(16);
    assertThat(report.path("bare")).hasSize(8);
    assertThat(report.path("ratios"))
        .hasSize(2)
        .allSatisfy(ratio -> assertThat(ratio.path("ratio").asDouble()).isPositive());
    assertThat(report.path("training")).hasSize(8);
    assertThat(report.path("ingest"))
        .hasSize(6)
        .allSatisfy(table -> assertThat(table.path("rowsPerSecond").asDouble()).isPositive());
    for (JsonNode exchange : report.path("exchange")) {
      assertThat(exchange.path("p50Micros").asDouble())
          .isPositive()
          .isLessThanOrEqualTo(exchange.path("p99Micros").asDouble());
    }
    for (JsonNode training : report.path("training")) {
      assertThat(training.path("batchNorm").asBoolean(true)).isFalse();
      assertThat(training.path("samplesPerSecond").asDouble()).isPositive();
    }
  }

  private JsonNode run(String benchmark, String... arguments) throws IOException {
    Path report = folder.resolve("report.json");
    List<String> all = new ArrayList<>(List.of("bench", benchmark));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--report", report.toString()));
    CommandRun run = CommandRun.of(all.toArray(String[]::new));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return new ObjectMapper().readTree(report.toFile());
  }
}
