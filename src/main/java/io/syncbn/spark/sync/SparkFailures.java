package io.syncbn.spark.sync;

import io.syncbn.train.Message;

/** What made a Spark job fail, as a sentence without Spark's inside. */
final class SparkFailures {

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
    String text = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return cause instanceof EngineException ? text : cause.getClass().getSimpleName() + ": " + text;
  }
}
