package org.syncbn.bench.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.syncbn.cli.JobFailure;

/** Runs commands of the system. */
final class Commands {

  private Commands() {}

  /**
   * Runs a command to its end.
   *
   * @return what it printed
   * @throws JobFailure in a sentence, if it cannot be started or fails
   */
  static String run(String... words) {
    String command = String.join(" ", words);
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new JobFailure(
            "The command %s failed: %s".formatted(command, output.lines().findFirst().orElse("")));
      }
      return output;
    } catch (IOException e) {
      throw new JobFailure("The command %s cannot be started.".formatted(words[0]), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JobFailure("The command %s was interrupted.".formatted(command), e);
    }
  }

  /** Runs a command whose failure does no harm. */
  static void attempt(List<String> words) {
    try {
      new ProcessBuilder(words)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
