package org.syncbn.train;

import java.util.Set;
import java.util.function.IntConsumer;
import org.syncbn.optim.Optimizer;
import org.syncbn.tensor.Gemm;

/**
 * Runs one exchange, an all-reduce round: broadcasts a message to every shard and returns their
 * reduced results. All engines return identical bits. Call from one thread.
 *
 * <p>A training step is a fixed list of exchanges. The driver owns the committed state (weights,
 * running statistics, optimizer state, step number), unless executors {@linkplain #keepsWeights
 * keep} the weights with the optimizer's state; the shards' side is a {@link ShardStep}, which does
 * not depend on the engine. {@link ShardForest} merges in a fixed order, so the result has the same
 * bits for any engine, number of tasks and order of arrival.
 */
public interface Engine extends AutoCloseable {

  /**
   * Sends the message to all shards, has each compute to its next synchronization point, and merges
   * their partial sums.
   *
   * <p>Messages of a step have {@link Message#exchange()} 1, 2, 3, ...; a new {@link Message.Begin}
   * may come at any time and abandons the current step. The result belongs to the caller until the
   * next call, which may overwrite its memory. The message may be sent by reference: the caller
   * must not change its arrays until the next call returns, those of a {@link Message.Begin} until
   * its step is over, since an engine may have to send them again.
   *
   * @throws RuntimeException if a shard threw it, or if the exchange could not be completed;
   *     nothing is committed then, and the caller may begin a new step
   */
  Merged exchange(Message message);

  /**
   * Does the driver's own work between exchanges, in independent pieces, on threads that would
   * otherwise wait.
   *
   * @param work is given 0 to {@code pieces - 1}, in any order
   */
  default void share(int pieces, IntConsumer work) {
    Optimizer.Team.IN_PARALLEL.share(pieces, work);
  }

  /**
   * Whether the executors keep the weights and the state of the optimizer, each a slice. Then the
   * first message of a run is {@link Message.Load}, that of each step {@link Message.Continue}, and
   * {@link Message.Update} ends it; {@link Message.Collect} may come between steps, and {@link
   * Message.Begin} too, for work with weights of its own.
   */
  default boolean keepsWeights() {
    return false;
  }

  /** The number of shards that can compute at the same time. */
  int concurrency();

  /**
   * The libraries and kernels that multiply matrices for the shards, as in {@link
   * Gemm#description}. The bits depend on them; there are several if machines differ.
   */
  default Set<String> matrixProducts() {
    return Set.of(Gemm.description());
  }

  /** Ends all threads, tasks and connections of this engine. Further calls do nothing. */
  @Override
  void close();
}
