package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;

/** The job as a person starts it: a process of its own, with its exit code and two streams. */
@OwnSpark
class NormalizeProcessTest {

  @TempDir Path folder;

  @Tag("full")
  @Test
  void theResultIsAllThatGoesToStandardOutputAndAFailureIsOneSentence() throws Exception {
    Path csv = Files.writeString(folder.resolve("d.csv"), "x,y\n1,2\n3,4\n");
    Path output = folder.resolve("out");
    CommandRun done = run("--input", csv, "--output", output, "--verify");
    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(done.out())
        .startsWith("Read 2 rows from 1 file.\nStatistics of 2 features over 2 rows:")
        .endsWith("normalized data  " + output + System.lineSeparator());
    assertThat(done.err()).doesNotContain("error", "ERROR", "Exception");

    Path broken = Files.createDirectory(folder.resolve("broken.parquet"));
    Path part;
    try (var parts = Files.list(output)) {
      part = parts.filter(p -> p.toString().endsWith(".parquet")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(part);
    Arrays.fill(bytes, 4, 30, (byte) 7); // the footer stays: the tasks fail
    Files.write(broken.resolve("part.parquet"), bytes);
    CommandRun failed = run("--input", broken);
    assertThat(failed.exitCode()).isOne();
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err().lines().filter(line -> line.startsWith("error: "))).hasSize(1);
    assertThat(failed.err()).contains("part.parquet").doesNotContain("Exception", "\tat ", "ERROR");
  }

  private CommandRun run(Object... arguments) throws IOException, InterruptedException {
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    Object[] all =
        Stream.concat(Stream.of("normalize", "--master", "local[1]"), Arrays.stream(arguments))
            .toArray();
    Process process =
        JobProcess.builder(List.of(), all)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IllegalStateException("The job does not end: " + Files.readString(err));
    }
    return new CommandRun(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
