package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.SparkContext$;
import org.apache.spark.sql.SparkSession;
import org.syncbn.StrictSpark;

/**
 * What a command did when it ran in this JVM.
 *
 * @param exitCode 0, 1 or 2
 * @param out its standard output
 * @param err its standard error
 */
record CommandRun(int exitCode, String out, String err) {

  static CommandRun of(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode = SyncBatchNorm.run(arguments, new PrintStream(out), new PrintStream(err));
    return new CommandRun(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  static CommandRun run(String command, Object... arguments) {
    return of(
        Stream.concat(Stream.of(command), Arrays.stream(arguments).map(Object::toString))
            .toArray(String[]::new));
  }

  static Object[] append(Object[] first, Object... more) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray();
  }

  static CommandRun succeeded(CommandRun run) {
    assertThat(run.err()).doesNotContain("error: ");
    assertThat(run.exitCode()).isZero();
    return run;
  }

  /** Failed with one sentence, whatever was said before. */
  static void failed(CommandRun run, String sentence) {
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines().filter(line -> line.startsWith("error: ")))
        .singleElement()
        .asString()
        .contains(sentence);
    assertThat(run.err()).doesNotContain("Exception", "\tat ", "defect");
  }

  /** The hash of a file, which a failed comparison can print. */
  static String sha256(Path file) throws IOException {
    return DigestUtils.sha256Hex(Files.readAllBytes(file));
  }

  /** The session that commands in this JVM use: the one that runs, or a new strict local one. */
  static Session session() {
    boolean runs = SparkContext$.MODULE$.getActive().isDefined();
    SparkSession.Builder builder =
        SparkSession.builder()
            .config(StrictSpark.local("local[2,4]"))
            .config("spark.sql.shuffle.partitions", "2");
    return new Session(builder.getOrCreate(), !runs);
  }

  /** A session of the tests, and whether they have to stop it. */
  record Session(SparkSession spark, boolean own) implements AutoCloseable {
    @Override
    public void close() {
      if (own) {
        spark.stop();
      }
    }
  }
}
