package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bench scale} by its command line; how fast anything is, no test says. */
class ScaleBenchmarkTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --executors | 0 | --executors are from 1 to 253
          --executors | 1,254 | --executors are from 1 to 253
          --weights | 1234 | --weights are multiples of 100 from 300 to 2e7
          --weights | 1e8 | --weights are multiples of 100 from 300 to 2e7
          --megabits | 0 | --megabits are from 1 to 100000
          --engines | ring | 'ring' is not one of star
          --longest-step | 0 | the links would need longer than --longest-step for every step
          """)
  void whatCannotBeMeasuredIsRejected(String option, String value, String sentence) {
    CommandRun run = CommandRun.of("bench", "scale", option, value);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(sentence);
  }

  @Test
  @Tag("full")
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void bytesOnTheLinksAreThoseOfTheFormula() throws IOException {
    Path file = folder.resolve("scale.json");
    CommandRun run =
        CommandRun.of(
            "bench",
            "scale",
            "--executors",
            "2",
            "--weights",
            "1e5",
            "--megabits",
            "1000",
            "--report",
            file.toString());
    assumeTrue(!run.err().contains("makes network namespaces"), run.err());
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode points = new ObjectMapper().readTree(file.toFile()).path("scale");
    assertThat(points).isNotEmpty();
    for (JsonNode point : points) {
      assertThat(point.path("executors").asInt()).isEqualTo(2);
      assertThat(point.path("weights").asLong()).isEqualTo(100_000);
      assertThat(point.path("megabits").asInt()).isEqualTo(1_000);
      assertThat(point.path("secondsPerStep").asDouble()).isPositive();
      double formula = point.path("formulaBytesPerStep").asDouble();
      // Tasks and acknowledgements besides.
      assertThat(point.path("busiestLinkBytesPerStep").asDouble())
          .isBetween(0.95 * formula, 1.25 * formula);
      assertThat(point.path("driverLinkBytesPerStep").asLong())
          .isLessThanOrEqualTo(point.path("busiestLinkBytesPerStep").asLong());
    }
    assertThat(points.get(0).path("engine").asText()).isEqualTo("star");
  }
}
