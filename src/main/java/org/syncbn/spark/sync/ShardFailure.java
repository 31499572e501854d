package org.syncbn.spark.sync;

import org.syncbn.train.Message;

/**
 * What the computation of a shard threw.
 *
 * <p>An exception is permanent: the computation is a pure function of the messages, so it would
 * fail on every executor and is not retried. A {@link VirtualMachineError} or {@link LinkageError}
 * is a matter of the JVM, its memory or its classes: the task fails, and Spark or the gang tries
 * again, elsewhere if it can. Such an error is not the cause of this exception but suppressed,
 * since Spark ends a JVM, in local mode the driver's, when a task throws what an error has caused.
 */
final class ShardFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  private static final String ARITHMETIC = ArithmeticException.class.getName() + ": ";

  private final boolean permanent;

  private ShardFailure(String sentence, Throwable thrown, boolean permanent) {
    super(sentence, permanent ? thrown : null);
    this.permanent = permanent;
    if (!permanent) {
      addSuppressed(thrown);
    }
  }

  /** Of shards that were resumed with a message. */
  static ShardFailure of(ShardRange shards, Message message, Throwable thrown) {
    return new ShardFailure(
        "%s failed in exchange %d of step %d: %s"
            .formatted(shards, message.exchange(), message.step(), thrown),
        thrown,
        !(thrown instanceof VirtualMachineError || thrown instanceof LinkageError));
  }

  /** Of shards that could not be opened in this JVM. */
  static ShardFailure opening(ShardRange shards, Error thrown) {
    return new ShardFailure("%s cannot be opened: %s".formatted(shards, thrown), thrown, false);
  }

  /** Whether every attempt would fail. */
  boolean isPermanent() {
    return permanent;
  }

  /** How a gang fails. */
  GangFailure ofGang() {
    return permanent ? GangFailure.permanent(getMessage()) : new GangFailure(getMessage());
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
