package io.syncbn.spark.files;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.lang3.exception.ExceptionUtils;
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

  private DataException(String sentence, Throwable cause) {
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
    List<Throwable> chain = ExceptionUtils.getThrowableList(failure);
    for (Throwable link : chain) {
      if (link instanceof DataException sentence) {
        return sentence;
      }
    }
    Optional<Throwable> full =
        chain.stream().filter(link -> link instanceof OutOfMemoryError).findFirst();
    if (full.isPresent()) {
      return new DataException(
          "There is not enough memory (%s); set spark.driver.memory for a local master, spark.executor.memory for others, to more."
              .formatted(message(full.get())),
          failure);
    }
    Throwable root = failure;
    for (Throwable link : chain) {
      if (link.getMessage() != null && !link.getMessage().isBlank()) {
        root = link;
      }
    }
    Optional<String> path = chain.stream().flatMap(link -> path(link).stream()).findFirst();
    // The readers of damaged files fail in many ways; where a file is known, it is the file.
    if (path.isEmpty() && isDefect(chain.get(chain.size() - 1))) {
      throw failure instanceof RuntimeException unchecked
          ? unchecked
          : new IllegalStateException(failure);
    }
    String sentence = sentence(root);
    if (path.isPresent() && !sentence.contains(fileName(path.get()))) {
      sentence = "Cannot read " + path.get() + ": " + sentence;
    }
    return new DataException(sentence, failure);
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

  private static Optional<String> path(Throwable link) {
    if (!(link instanceof SparkThrowable spark)) {
      return Optional.empty();
    }
    Map<String, String> parameters = spark.getMessageParameters();
    return Optional.ofNullable(parameters == null ? null : parameters.get("path"));
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
