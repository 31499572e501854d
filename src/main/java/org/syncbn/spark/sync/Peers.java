package org.syncbn.spark.sync;

import java.util.List;
import org.syncbn.train.ShardForest.Node;

/** The other executors of a gang, by their place in its roster. What is sent arrives in order. */
interface Peers {

  /** Sends the gradients of the slice that an executor owns; their memory is free when it has. */
  void sendGradients(int owner, long step, List<Node> nodes);

  /** Sends the new weights of the slice that is owned here to all others. */
  void sendWeights(long step, Node slice);

  /**
   * Waits until all that was sent has arrived.
   *
   * @throws GangFailure if an executor is gone
   */
  void awaitArrival();
}
