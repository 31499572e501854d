package org.syncbn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.syncbn.model.FileFormatException;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.sync.EngineException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** Turns any exception into a one-sentence message. */
public final class Failures {

  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final int LONGEST = 600;

  private Failures() {}

  /** Work that may fail for reasons that a person can do something about. */
  @FunctionalInterface
  public interface Attempt {
    /** Does it; the answer is the exit code. */
    int run() throws IOException;
  }

  /** Does the work; what is wrong with data, settings or places becomes one sentence. */
  public static int attempt(Attempt attempt) {
    try {
      return attempt.run();
    } catch (IOException
        | UncheckedIOException
        | IllegalArgumentException
        | ArithmeticException e) {
      throw new JobFailure(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  /** Prints the sentence, and the stack trace if asked for; the answer is the exit code. */
  public static int report(Exception failure, CommandLine command, ParseResult arguments) {
    PrintWriter err = command.getErr();
    err.println("error: " + sentence(failure));
    if (arguments.expandedArgs().contains("--stacktrace")) {
      failure.printStackTrace(err);
    }
    err.flush();
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  /** What a person should read about a failure. */
  static String sentence(Exception failure) {
    if (failure instanceof JobFailure
        || failure instanceof FileFormatException
        || failure instanceof EngineException) {
      return oneLine(failure);
    }
    try {
      return oneLine(DataException.of(failure));
    } catch (RuntimeException defect) {
      return oneLine(
          ("This is a bug in the program, not an error in the data: %s; use --stacktrace to see"
                  + " where.")
              .formatted(failure));
    }
  }

  /** The message of a failure, or its name if it has none, as one line. */
  public static String oneLine(Throwable failure) {
    return oneLine(
        Optional.ofNullable(failure.getMessage()).orElse(failure.getClass().getSimpleName()));
  }

  /** A text without line breaks, and not longer than a person reads. */
  static String oneLine(String text) {
    String line = BLANKS.matcher(text.strip()).replaceAll(" ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + " ...";
  }
}
