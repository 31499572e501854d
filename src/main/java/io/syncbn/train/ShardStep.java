package io.syncbn.train;

/**
 * One shard's side of the exchanges: computation that stops at every point of agreement and resumes
 * with what was agreed.
 *
 * <p>{@link Message.Begin} starts new work at any time and forgets unfinished work; messages 2, 3,
 * ... of the same step must follow in order. An answer is a pure function of the plan, the shard's
 * data and the messages since {@code Begin}, so a lost shard is opened again elsewhere and fed the
 * same messages. Memory is kept from step to step.
 *
 * <p>Not thread-safe: one thread at a time, not always the same one.
 */
public interface ShardStep extends AutoCloseable {

  /**
   * Computes up to the next point of agreement.
   *
   * <p>The caller owns the contribution, and may write into its memory, until it resumes this shard
   * again; then the memory is used anew.
   *
   * @throws IllegalStateException if the message is not the one that this step waits for
   */
  Contribution resume(Message message);

  /** Gives back native memory; the step cannot be resumed afterwards. */
  @Override
  void close();
}
