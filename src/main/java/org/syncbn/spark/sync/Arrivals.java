package org.syncbn.spark.sync;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;

/** What other executors have sent to this one and it has not used yet. Thread-safe. */
final class Arrivals {

  private final Map<Long, Queue<List<Node>>> gradients = new HashMap<>();
  private final Map<Long, Integer> weights = new HashMap<>(); // how many slices have come
  private final Consumer<Node> onWeights;
  private GangFailure failure;

  /**
   * Nothing yet.
   *
   * @param onWeights takes a slice of new weights when it comes, since its memory is used again
   */
  Arrivals(Consumer<Node> onWeights) {
    this.onWeights = onWeights;
  }

  synchronized void gradients(long step, List<Node> nodes) {
    gradients.computeIfAbsent(step, unused -> new ArrayDeque<>()).add(nodes);
    notifyAll();
  }

  synchronized void weights(long step, Node slice) {
    onWeights.accept(slice);
    weights.merge(step, 1, Integer::sum);
    notifyAll();
  }

  /** Nothing more will come. */
  synchronized void fail(GangFailure reason) {
    failure = reason;
    notifyAll();
  }

  /**
   * Adds what some executors send of a step's gradients to a forest, as it comes.
   *
   * @throws GangFailure if an executor is gone or this thread is interrupted
   */
  void mergeGradients(long step, int senders, ShardForest forest) {
    for (int i = 0; i < senders; i++) {
      next(step).forEach(forest::add);
    }
    forget(step);
  }

  private synchronized List<Node> next(long step) {
    Queue<List<Node>> queue = gradients.computeIfAbsent(step, unused -> new ArrayDeque<>());
    while (queue.isEmpty()) {
      await();
    }
    return queue.remove();
  }

  private synchronized void forget(long step) {
    gradients.remove(step);
  }

  /**
   * Waits for the new weights of some executors.
   *
   * @throws GangFailure if an executor is gone or this thread is interrupted
   */
  synchronized void awaitWeights(long step, int senders) {
    while (weights.getOrDefault(step, 0) < senders) {
      await();
    }
    weights.remove(step);
  }

  private void await() {
    if (failure != null) {
      throw failure;
    }
    try {
      wait();
    } catch (InterruptedException e) {
      throw GangFailure.interrupted();
    }
  }
}
