package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormShard;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.ChannelLayout;
import org.syncbn.norm.Mode;
import org.syncbn.norm.RowWeights;

/**
 * The batch norms of a training pass over some shards, and what each shard has to say about them:
 * memory that is used again by the next step. Values and gradients are those of the pass. Not
 * thread-safe.
 */
final class PassNorms {

  private final Network network;
  private final ValueMemory memory;
  private final PassContext context;
  private final List<BatchNormShard> norms = new ArrayList<>();
  private final ChannelLayout[] layouts; // the last one of each
  private final double[][][] forward; // by batch norm and shard
  private final double[][][] backward;
  private List<BatchNormState> states = List.of();
  private BatchSlice slice;
  private Batch batch; // rows that are computed now
  private int firstShard; // of them

  PassNorms(Network network, ValueMemory memory, PassContext context, int shards) {
    this.network = network;
    this.memory = memory;
    this.context = context;
    for (Node node : network.nodes()) {
      if (node.isBatchNorm()) {
        norms.add(new BatchNormShard(layer(node), node.activation()));
      }
    }
    this.layouts = new ChannelLayout[norms.size()];
    this.forward = new double[norms.size()][shards][0];
    this.backward = new double[norms.size()][shards][0];
  }

  /** Starts a step. */
  void begin(List<BatchNormState> newStates, BatchSlice newSlice) {
    states = newStates;
    slice = newSlice;
  }

  /** Turns to some rows, which the context has too. */
  void select(Batch rows, int newFirstShard) {
    batch = rows;
    firstShard = newFirstShard;
  }

  BatchNorm layer(Node node) {
    return network.batchNorms().get(node.batchNorm());
  }

  /** Whether shards agree on its statistics. */
  boolean isSynchronized(Node node) {
    return layer(node).statisticsLength(Mode.TRAINING, slice) > 0;
  }

  /** The first batch norm behind a node whose statistics shards agree on, or the end. */
  int nextForward(int node) {
    List<Node> nodes = network.nodes();
    int next = node + 1;
    while (next < nodes.size()
        && !(nodes.get(next).isBatchNorm() && isSynchronized(nodes.get(next)))) {
      next++;
    }
    return next;
  }

  /** The last batch norm before a node whose gradients shards agree on, or -1. */
  int nextBackward(int node) {
    int next = node - 1;
    while (next >= 0 && !isReachedBackward(network.nodes().get(next))) {
      next--;
    }
    return next;
  }

  private boolean isReachedBackward(Node node) {
    return node.isBatchNorm() && memory.wantsGradient(node.y());
  }

  /** Takes what was agreed on about its statistics; of all rows. */
  void agree(Node node, double[] agreed) {
    of(node, 0, context.rows).agree(agreed);
  }

  /** Normalizes all rows by what was agreed on. */
  void apply(Node node) {
    of(node, 0, context.rows).apply(memory.value(node.x()), memory.value(node.y()));
    memory.mask(node);
  }

  /** Computes the gradient of what it reads, if that is wanted. */
  void applyGradient(Node node, double[] merged) {
    if (memory.wantsGradient(node.x())) {
      of(node, 0, context.rows)
          .applyGradient(
              merged, memory.value(node.x()), memory.gradient(node.y()), memory.gradient(node.x()));
    }
  }

  /** Makes each shard's {@link #forward} contribution. */
  void observe(Node node) {
    int length = layer(node).statisticsLength(Mode.TRAINING, slice);
    int row = 0;
    for (int i = 0; i < context.shardRows.length; i++) {
      int end = row + context.shardRows[i];
      if (end > row) {
        of(node, row, end)
            .observe(
                memory.value(node.x(), row, end),
                reuse(forward[node.batchNorm()], firstShard + i, length));
      }
      row = end;
    }
  }

  /** Makes each shard's {@link #backward} contribution. */
  void observeGradient(Node node) {
    memory.maskGradient(node);
    int length = layer(node).gradientLength(slice);
    int row = 0;
    for (int i = 0; i < context.shardRows.length; i++) {
      int end = row + context.shardRows[i];
      if (end > row) {
        of(node, row, end)
            .observeGradient(
                memory.value(node.x(), row, end),
                memory.gradient(node.y(), row, end),
                reuse(backward[node.batchNorm()], firstShard + i, length));
      }
      row = end;
    }
  }

  /** What the shards say on the way forward, by shard. */
  double[][] forward(Node node) {
    return forward[node.batchNorm()];
  }

  /** What the shards say on the way back, by shard. */
  double[][] backward(Node node) {
    return backward[node.batchNorm()];
  }

  /** The layer, told that rows [from, to) come next. */
  private BatchNormShard of(Node node, int from, int to) {
    RowWeights use = layer(node).options().statistics().rowWeights();
    BatchNormShard norm = norms.get(node.batchNorm());
    norm.begin(
        Mode.TRAINING,
        lastLayout(node, to - from),
        context.slice.from(from),
        states.get(node.batchNorm()),
        context.masks.of(node.x()).weights(batch.statisticsWeights(use, from, to), from, to));
    return norm;
  }

  /** The layout of before, if there are as many rows. */
  private ChannelLayout lastLayout(Node node, int rows) {
    ChannelLayout last = layouts[node.batchNorm()];
    if (last == null || last.rows() != rows) {
      last = layout(node, rows);
      layouts[node.batchNorm()] = last;
    }
    return last;
  }

  private static double[] reuse(double[][] arrays, int index, int length) {
    if (arrays[index].length != length) {
      arrays[index] = new double[length];
    }
    return arrays[index];
  }

  /** Where the channels of a batch norm's input lie. */
  static ChannelLayout layout(Node node, int rows) {
    NormalizationSpec.BatchNormalization norm = (NormalizationSpec.BatchNormalization) node.spec();
    return Structures.layout(node.input(), rows, norm.options().statistics().axis());
  }
}
