package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.syncbn.OwnSpark;
import org.syncbn.cli.WorkFolder;

/** What a newcomer sees first. */
@OwnSpark
class QuickStartTest {

  @Test
  void withoutArgumentsASampleIsNormalizedVerifiedAndLeftToBeRead() throws Exception {
    Path folder = WorkFolder.named("quickstart");
    try (CommandRun.Session session = CommandRun.session()) {
      CommandRun run = CommandRun.run("normalize");
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out())
          .contains("Statistics of 16 features over 250,000 rows:")
          .contains("Constant, so 0 everywhere: firmware.")
          .contains("which flattens it: oscillator_hz, clock_drift_s.")
          .contains(folder.resolve("normalized").toString())
          .doesNotContain("WRONG");
      assertThat(session.spark().read().parquet(folder.resolve("normalized").toString()).columns())
          .isEqualTo(SensorSample.SCHEMA.fieldNames());
    }
    CRC32 bits = new CRC32();
    bits.update(Files.readAllBytes(folder.resolve("statistics.json")));
    assertThat(bits.getValue()).as("the same on every machine").isEqualTo(972_295_219L);
  }

  @Test
  void aRowOfTheSampleDependsOnItsIndexAlone() {
    Row row = SensorSample.row(123_456);
    assertThat(SensorSample.row(123_456)).isEqualTo(row);
    assertThat(SensorSample.row(123_457)).isNotEqualTo(row);
    assertThat(row.length()).isEqualTo(SensorSample.SCHEMA.length());
  }
}
