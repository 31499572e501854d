package io.syncbn.jobs;

import io.syncbn.report.RunReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine.Option;

/** What jobs inside this JVM have in common: threads, the report, and their failures. */
final class LocalOptions {

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      description = "Threads that compute; the result does not depend on it. Default: all cores.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write the result as JSON. An existing file is replaced.")
  Path report;

  @Option(names = "--stacktrace", description = "Print the stack trace of a failure.")
  boolean stacktrace;

  /** Work that may fail for reasons that a person can do something about. */
  @FunctionalInterface
  interface Attempt {
    int run() throws IOException;
  }

  /** Does the work; what is wrong with data, settings or places becomes one sentence. */
  static int attempt(Attempt attempt) {
    try {
      return attempt.run();
    } catch (IOException
        | UncheckedIOException
        | IllegalArgumentException
        | ArithmeticException e) {
      throw new JobFailure(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  int threads() {
    return threads;
  }

  /** Writes the report, if one is wanted. */
  void write(RunReport content) throws IOException {
    if (report != null) {
      replace(report, content.json());
    }
  }

  /** Writes a text file beside its place and renames it. */
  static void replace(Path file, String text) throws IOException {
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    try {
      Files.writeString(part, text, StandardCharsets.UTF_8);
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
