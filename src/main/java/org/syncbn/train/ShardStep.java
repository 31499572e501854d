package org.syncbn.train;

import java.util.List;

/**
 * The shards' side of the exchanges, for one shard or several adjacent ones: a computation that
 * stops at every synchronization point and resumes with the merged result.
 *
 * <p>{@link Message.Begin} starts new work at any time and forgets unfinished work; messages 2, 3,
 * ... of the same step must follow in order. An answer is a pure function of the plan, the shards'
 * data and the messages since {@code Begin}, so lost shards are opened again elsewhere and fed the
 * same messages; and it has the same bits whether adjacent shards are opened together or
 * separately. Memory is kept from step to step.
 *
 * <p>Not thread-safe: one thread at a time, not always the same one.
 */
public interface ShardStep extends AutoCloseable {

  /**
   * Computes up to the next synchronization point and adds the contributions to a forest.
   *
   * <p>The forest owns them, and may write into their memory, until these shards are resumed again;
   * then the memory is used anew.
   *
   * @throws IllegalStateException if the message is not the one that this step waits for
   */
  void resume(Message message, ShardForest forest);

  /**
   * Does what the last answer did not need, such as gradients of weights of the layers behind a
   * batch norm: after the answer was handed over, while it is on its way. Leaves the memory of the
   * answer alone. {@link #resume} does it if it was not called.
   */
  default void catchUp() {}

  /**
   * Hands over gradients before the step ends: those of the weights from one on, up to those that
   * were handed over before. The last answer has the others. To be called after {@link #catchUp} of
   * the exchange after which they are final, see {@link org.syncbn.nn.Departures}; adds nothing if
   * no training step is under way.
   *
   * <p>The forest owns them until the next step begins.
   *
   * @param from the first weight
   */
  default void handOver(int from, ShardForest forest) {}

  /**
   * The sides of adjacent shards that know nothing of each other, resumed in turn.
   *
   * @param shards into how many shards the mini-batch is cut
   */
  static ShardStep inTurn(int shards, List<? extends ShardStep> steps) {
    List<TimedShards> timed = steps.stream().map(step -> new TimedShards(shards, step)).toList();
    return new ShardStep() {

      @Override
      public void resume(Message message, ShardForest forest) {
        timed.forEach(step -> forest.merge(step.answer(message)));
      }

      @Override
      public void catchUp() {
        timed.forEach(TimedShards::catchUp);
      }

      @Override
      public void handOver(int from, ShardForest forest) {
        timed.forEach(step -> forest.merge(step.handOver(from)));
      }

      @Override
      public void close() {
        steps.forEach(ShardStep::close);
      }
    };
  }

  /** Gives back native memory; the step cannot be resumed afterwards. */
  @Override
  void close();
}
