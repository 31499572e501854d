package org.syncbn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.spark.LocalSpark;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** How commands set Spark where a session runs already. */
class SessionOptionsTest {

  private static final String LIMIT = "spark.sql.codegen.hugeMethodLimit";

  private final SparkSession running = LocalSpark.SESSION;
  private final SessionOptions options = new SessionOptions();

  @Test
  void wideTablesAreNotInterpreted() {
    assertThat(limit()).isEqualTo("8000");
    options.conf.put(LIMIT, "9000");
    assertThat(limit()).isEqualTo("9000");
  }

  @Test
  void theRunningSessionStaysAsItWas() {
    String before = running.conf().get(LIMIT);
    options.conf.put(LIMIT, "9000");
    assertThat(limit()).isEqualTo("9000");
    assertThat(running.conf().get(LIMIT)).isEqualTo(before);
    assertThat(running.sparkContext().isStopped()).isFalse();
  }

  @Test
  void anApplicationKeepsTheNameThatItWasGiven() {
    assertThat(nameOf()).isEqualTo("syncbn train");
    assertThat(nameOf("--conf", "spark.app.name=nightly")).isEqualTo("nightly");
    String ofSparkSubmit = Job.class.getName();
    assertThat(nameOf("--conf", "spark.app.name=" + ofSparkSubmit)).isEqualTo("syncbn train");
  }

  private static String nameOf(String... arguments) {
    Job job = new Job();
    new CommandLine(job).parseArgs(arguments);
    return job.session.named("syncbn train").get("spark.app.name");
  }

  @Command
  private static final class Job {
    @Mixin SessionOptions session;
  }

  private String limit() {
    try (Session open = options.open("wide")) {
      return open.spark().conf().get(LIMIT);
    }
  }
}
