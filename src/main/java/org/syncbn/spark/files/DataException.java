package org.syncbn.spark.files;

import java.io.IOException;
import java.util.Optional;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;

/**
 * Says what is wrong with the data, or with what was asked of it, in one sentence for the user.
 *
 * <p>Whoever catches it prints the message and no stack trace.
 */
public final class DataException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** States what is wrong, where, and what to do. */
  public DataException(String sentence) {
    super(sentence);
  }

  /** States what is wrong, where, and what to do; the cause is for whoever looks into it. */
  public DataException(String sentence, Throwable cause) {
    super(sentence, cause);
  }

  /**
   * Translates what Spark threw while it read or wrote data into a sentence: the message of the
   * deepest cause that has one, and the file where Spark knows it.
   *
   * @throws RuntimeException the failure itself, when it is a defect of a program (a null pointer,
   *     a wrong index, a failed assertion) and no file is known that could not be read
   */
  public static DataException of(Exception failure) {
    FailureChain chain = FailureChain.of(failure);
    Optional<DataException> own = chain.first(DataException.class);
    if (own.isPresent()) {
      return own.get();
    }
    Optional<String> path = chain.parameter("path", "FAILED_READ_FILE");
    if (path.isPresent() && chain.hasCondition("FAILED_READ_FILE.FILE_NOT_EXIST")) {
      return new DataException(
          ("The file %s is gone: it was removed while it was read, or by a VACUUM of its table;"
                  + " start again, or read a later snapshot of the table.")
              .formatted(path.get()),
          failure);
    }
    Optional<String> machine = MachineFailure.sentence(chain);
    // The readers of damaged files fail in many ways; where a file is known, it is the file.
    if (path.isEmpty() && machine.isEmpty() && isDefect(chain.root())) {
      throw failure instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(failure);
    }
    String sentence = machine.orElseGet(() -> sentence(lastThatSpeaks(chain)));
    Optional<String> unwritten = chain.parameter("path", "TASK_WRITE_FAILED");
    boolean isOfOutput = machine.isPresent() || chain.root() instanceof IOException;
    if (path.isEmpty() && unwritten.isPresent() && isOfOutput) {
      sentence = "Cannot write " + unwritten.get() + ": " + sentence;
    }
    if (path.isPresent() && !sentence.contains(fileName(path.get()))) {
      sentence = "Cannot read " + path.get() + ": " + sentence;
    }
    return new DataException(sentence, failure);
  }

  private static Throwable lastThatSpeaks(FailureChain chain) {
    Throwable last = chain.links().get(0);
    for (Throwable link : chain.links()) {
      if (link.getMessage() != null && !link.getMessage().isBlank()) {
        last = link;
      }
    }
    return last;
  }

  /**
   * Missing values where none may be.
   *
   * @param features which features they are in
   */
  public static DataException missingValues(String features) {
    return new DataException(
        "There are missing values (null, NaN or infinite) in %s; skip such values or replace them by the mean."
            .formatted(features));
  }

  private static boolean isDefect(Throwable root) {
    return root instanceof Error
        || root instanceof NullPointerException
        || root instanceof ClassCastException
        || root instanceof IndexOutOfBoundsException
        || root instanceof ReflectiveOperationException;
  }

  private static String message(Throwable link) {
    return Optional.ofNullable(link.getMessage()).orElse(link.getClass().getSimpleName());
  }

  private static String sentence(Throwable root) {
    String message = message(root).strip();
    if (root instanceof AnalysisException || root instanceof SparkThrowable) {
      message = message.replaceFirst("^\\[[A-Z0-9_.]+] ", "");
    }
    // Spark appends "SQLSTATE: ...", query contexts, plans and stack traces below the sentence.
    message = message.split("\\s*SQLSTATE:|\\R\\s*(at |== |Driver stacktrace|\\R)", 2)[0].strip();
    return message.isEmpty() || root instanceof IOException && !message.contains(" ")
        ? root.getClass().getSimpleName() + ": " + message
        : message.replaceAll("\\s*\\R\\s*", " ");
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
