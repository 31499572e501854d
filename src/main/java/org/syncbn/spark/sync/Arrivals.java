package org.syncbn.spark.sync;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;

/**
 * What executors have sent to this one and it has not used yet. They number what they send by the
 * messages that their shards had answered: what was sent in an abandoned step has numbers that
 * never come again. Thread-safe.
 */
final class Arrivals {

  private final NavigableMap<Long, Queue<List<Node>>> gradients = new TreeMap<>();
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

  synchronized void gradients(long number, List<Node> nodes) {
    gradients.computeIfAbsent(number, unused -> new ArrayDeque<>()).add(nodes);
    notifyAll();
  }

  synchronized void weights(long number, Node slice) {
    onWeights.accept(slice);
    weights.merge(number, 1, Integer::sum);
    notifyAll();
  }

  /** Nothing more will come. */
  synchronized void fail(GangFailure reason) {
    failure = reason;
    notifyAll();
  }

  /**
   * Adds gradients that some executors send under a number to a forest, as they come.
   *
   * @throws GangFailure if an executor is gone or this thread is interrupted
   */
  void mergeGradients(long number, int senders, ShardForest forest) {
    for (int i = 0; i < senders; i++) {
      next(number).forEach(forest::add);
    }
  }

  private synchronized List<Node> next(long number) {
    Queue<List<Node>> queue = gradients.computeIfAbsent(number, unused -> new ArrayDeque<>());
    while (queue.isEmpty()) {
      await();
    }
    return queue.remove();
  }

  /** Forgets gradients up to a number: those that were merged, and those that nobody asked for. */
  synchronized void forget(long number) {
    gradients.headMap(number, true).clear();
  }

  /**
   * Waits for the new weights of some executors.
   *
   * @throws GangFailure if an executor is gone or this thread is interrupted
   */
  synchronized void awaitWeights(long number, int senders) {
    while (weights.getOrDefault(number, 0) < senders) {
      await();
    }
    weights.remove(number);
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
