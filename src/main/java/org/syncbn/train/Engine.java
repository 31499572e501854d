package org.syncbn.train;

import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.syncbn.tensor.Gemm;

/**
 * Runs one exchange, an all-reduce round: broadcasts a message to every shard and returns their
 * reduced answers. All engines return the same bits.
 *
 * <p>A training step is a fixed list of exchanges. The driver alone owns what is committed
 * (weights, running statistics, optimizer state, step number); a shard's side is a {@link
 * ShardStep}, which never knows which engine drives it. Because {@link ShardForest} merges in an
 * order of its own, the merged result has the same bits whatever engine, number of tasks or order
 * of arrival.
 *
 * <p>One thread, the driver's, calls an engine.
 */
public interface Engine extends AutoCloseable {

  /**
   * Sends the message to all shards, lets each resume to its next synchronization point, and merges
   * the contributions.
   *
   * <p>Messages of a step come with {@link Message#exchange()} 1, 2, 3, ...; a new {@link
   * Message.Begin} may come at any time and abandons a step that was under way. The result belongs
   * to the caller until the next call, which may overwrite its memory. The message may be sent by
   * reference: its arrays stay unchanged until the next call returns, those of a {@link
   * Message.Begin} until its step is over, since an engine may have to send them again.
   *
   * @throws RuntimeException what a shard threw, or that the exchange could not be completed;
   *     nothing is committed then, and the engine may be asked to begin again
   */
  Merged exchange(Message message);

  /**
   * Does the driver's own work between exchanges, in pieces that have nothing to do with each
   * other, on whatever threads would otherwise wait.
   *
   * @param work is given 0 to {@code pieces - 1}, in any order
   */
  default void share(int pieces, IntConsumer work) {
    IntStream.range(0, pieces).parallel().forEach(work);
  }

  /** How many shards can compute at the same time. */
  int concurrency();

  /**
   * Which libraries and kernels multiply matrices where shards compute, as {@link Gemm#description}
   * tells them. The bits depend on them; more than one are a cluster of unlike machines.
   */
  default Set<String> matrixProducts() {
    return Set.of(Gemm.description());
  }

  /** Ends all threads, tasks and connections of this engine. A second call does nothing. */
  @Override
  void close();
}
