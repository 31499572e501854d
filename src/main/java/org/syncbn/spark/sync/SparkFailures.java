package org.syncbn.spark.sync;

import java.util.List;
import org.syncbn.train.Message;

/** Finds the cause of a failed Spark job, as a sentence without Spark's internals. */
final class SparkFailures {

  private static final String BARRIER_TASK_FAILED = "finished unsuccessfully.";

  private static final String GANG_FAILURE = GangFailure.class.getName() + ": ";

  private SparkFailures() {}

  static EngineException explain(Message message, Throwable failure) {
    String what = "exchange %d of step %d".formatted(message.exchange(), message.step());
    return new EngineException(what + " failed: " + reason(failure), failure);
  }

  /** The sentence of our own exception if there is one, else the first line of the first cause. */
  static String reason(Throwable failure) {
    Throwable cause = failure;
    while (!(cause instanceof EngineException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    List<String> lines = String.valueOf(cause.getMessage()).lines().toList();
    if (lines.size() > 1 && lines.get(0).endsWith(BARRIER_TASK_FAILED)) {
      return lines.get(1).replace(GANG_FAILURE, ""); // what the task threw, only as text
    }
    String text = lines.isEmpty() ? "" : lines.get(0);
    return cause instanceof EngineException || cause instanceof ShardFailure
        ? text
        : cause.getClass().getSimpleName() + ": " + text;
  }
}
