package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Merged;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.ShardTimes;
import scala.Tuple2;

/**
 * Gradients cut into slices that are merged separately, with the same additions in the same order.
 * Everything else is sent with slice 0.
 */
final class Slices {

  private Slices() {}

  /** The nodes of one task, once per slice. */
  static List<Tuple2<Integer, TaskAnswer>> cut(List<Node> nodes, int slices) {
    List<Tuple2<Integer, TaskAnswer>> parts = new ArrayList<>(slices);
    for (int slice = 0; slice < slices; slice++) {
      List<Node> part = new ArrayList<>(nodes.size());
      for (Node node : nodes) {
        part.add(
            new Node(
                node.level(),
                node.index(),
                slice(node.contribution(), slice, slices),
                slice == 0 ? node.times() : ShardTimes.NONE));
      }
      parts.add(new Tuple2<>(slice, TaskAnswer.of(part)));
    }
    return parts;
  }

  private static Contribution slice(Contribution whole, int slice, int slices) {
    if (whole instanceof Contribution.Gradients gradients) {
      Tensor weights = gradients.weights().reshape(gradients.weights().size());
      int from = (int) ((long) slice * weights.size() / slices);
      int to = (int) ((slice + 1L) * weights.size() / slices);
      return slice == 0
          ? new Contribution.Gradients(
              weights.rows(from, to), gradients.values(), gradients.moments())
          : new Contribution.Gradients(weights.rows(from, to), new double[0]);
    }
    return slice == 0 ? whole : Contribution.EMPTY;
  }

  /** A failure, once per slice. */
  static List<Tuple2<Integer, TaskAnswer>> failed(ShardFailure failure, int slices) {
    List<Tuple2<Integer, TaskAnswer>> parts = new ArrayList<>(slices);
    for (int slice = 0; slice < slices; slice++) {
      parts.add(new Tuple2<>(slice, TaskAnswer.failed(failure)));
    }
    return parts;
  }

  /** One slice of all tasks. */
  static TaskAnswer merge(int shards, Iterator<Tuple2<Integer, TaskAnswer>> parts) {
    ShardForest forest = new ShardForest(shards);
    while (parts.hasNext()) {
      TaskAnswer part = parts.next()._2;
      if (part.isFailure()) {
        return part;
      }
      part.nodes(Tensor::zeros).forEach(forest::add);
    }
    Merged merged = forest.merged();
    return TaskAnswer.of(List.of(new Node(0, 0, merged.contribution(), merged.times())));
  }

  /** The whole, as one node, from its merged slices, in order. */
  static Node concatenate(List<TaskAnswer> slices, IntFunction<Tensor> memory) {
    List<Node> parts = slices.stream().map(slice -> slice.nodes(Tensor::zeros).get(0)).toList();
    Node head = parts.get(0);
    if (!(head.contribution() instanceof Contribution.Gradients first)) {
      return head;
    }
    List<Tensor> tensors =
        parts.stream()
            .map(part -> ((Contribution.Gradients) part.contribution()).weights())
            .toList();
    Tensor whole = memory.apply(tensors.stream().mapToInt(Tensor::size).sum());
    int offset = 0;
    for (Tensor tensor : tensors) {
      whole.rows(offset, offset + tensor.size()).copyFrom(tensor);
      offset += tensor.size();
    }
    return new Node(
        0, 0, new Contribution.Gradients(whole, first.values(), first.moments()), head.times());
  }
}
