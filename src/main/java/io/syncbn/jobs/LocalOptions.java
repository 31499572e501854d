package io.syncbn.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What jobs inside this JVM have in common: threads, the report, and their failures. */
final class LocalOptions {

  @Spec(Spec.Target.MIXEE)
  CommandSpec job;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      description =
          "Threads of this JVM that compute where Spark's tasks do not; the result does not depend"
              + " on it. Default: all cores.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write the result as JSON. An existing file is replaced.")
  private String report;

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

  /** How many threads compute. */
  int threads() {
    return atLeastOne(job, "--threads", threads);
  }

  /** Refuses a count that computes nothing. */
  static int atLeastOne(CommandSpec job, String option, int count) {
    if (count < 1) {
      throw new ParameterException(
          job.commandLine(), "%s is at least 1, was %d".formatted(option, count));
    }
    return count;
  }

  /** Where the report goes, if one is wanted. */
  Optional<Publication.TextFile> report(Publication publication) {
    return Optional.ofNullable(report).map(publication::textFile);
  }
}
