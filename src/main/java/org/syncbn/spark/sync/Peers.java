package org.syncbn.spark.sync;

import java.util.List;
import org.syncbn.train.ShardForest.Node;

/**
 * The other executors of a gang, by their place in its roster. What is sent arrives in order.
 * Thread-safe.
 */
interface Peers {

  /**
   * Sends gradients of the slice that an executor owns; their memory is free when it has them.
   *
   * @param number of the last message that the shards have answered, since the gang began: the same
   *     in all executors
   */
  void sendGradients(int owner, long number, List<Node> nodes);

  /** Sends the new weights of the slice that is owned here to all others. */
  void sendWeights(long number, Node slice);

  /**
   * Waits until all that was sent has arrived.
   *
   * @throws GangFailure if an executor is gone
   */
  void awaitArrival();
}
