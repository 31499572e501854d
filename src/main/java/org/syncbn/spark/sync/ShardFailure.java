package org.syncbn.spark.sync;

import org.syncbn.train.Message;

/**
 * An exception from a shard's computation. That is a pure function of the messages, so it would
 * fail on every executor and is not retried.
 */
final class ShardFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private static final String ARITHMETIC = ArithmeticException.class.getName() + ": ";

  ShardFailure(ShardRange shards, Message message, Throwable cause) {
    super(
        "%s failed in exchange %d of step %d: %s"
            .formatted(shards, message.exchange(), message.step(), cause),
        cause);
  }

  /**
   * What the driver throws when a shard has failed elsewhere. Numbers that cannot be stay an {@link
   * ArithmeticException} among its causes: a run that diverges is not an engine failure.
   *
   * @param sentence the message of a shard's failure
   */
  static EngineException onDriver(String sentence) {
    int at = sentence.indexOf(ARITHMETIC);
    return at < 0
        ? new EngineException(sentence)
        : new EngineException(
            sentence, new ArithmeticException(sentence.substring(at + ARITHMETIC.length())));
  }
}
