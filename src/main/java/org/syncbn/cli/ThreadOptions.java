package org.syncbn.cli;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option for the number of threads of this JVM. */
public final class ThreadOptions {

  @Spec(Spec.Target.MIXEE)
  CommandSpec job;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      description =
          "Threads of this JVM, for computation outside Spark tasks; the result does not depend"
              + " on it. Default: all cores.")
  private Optional<Integer> threads = Optional.empty();

  /** How many there are. */
  public int threads() {
    int count = threads.orElse(Runtime.getRuntime().availableProcessors());
    if (count < 1) {
      throw new ParameterException(
          job.commandLine(), "--threads must be at least 1, was %d".formatted(count));
    }
    return count;
  }

  /** Whether somebody asked for a number. */
  public boolean isGiven() {
    return threads.isPresent();
  }
}
