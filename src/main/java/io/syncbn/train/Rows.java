package io.syncbn.train;

import io.syncbn.data.Block;
import io.syncbn.nn.Batch;
import io.syncbn.nn.Shape;
import io.syncbn.tensor.Tensor;

/**
 * Memory for some rows as a network wants them, filled anew for each mini-batch. Not thread-safe.
 */
final class Rows {

  private final Block block;
  private final float scale;
  private final Tensor inputs;
  private final Tensor targets;
  private final float[] weights;

  /**
   * Makes memory.
   *
   * @param block where rows come from
   * @param capacity the most rows at once
   * @param input the shape of one row
   * @param targets how many numbers the target of one row has; 0 if nobody looks at labels
   * @param scale what every feature is multiplied by
   */
  Rows(Block block, int capacity, Shape input, int targets, float scale) {
    if (block.rows() > 0 && block.features() != input.size()) {
      throw new IllegalArgumentException(
          "the network reads %s (%d numbers), but a row of the data has %d features"
              .formatted(input, input.size(), block.features()));
    }
    if (targets > 0 && block.rows() > 0 && block.labels() != targets) {
      throw new IllegalArgumentException(
          "the loss needs %d targets a row, but the data has %d labels"
              .formatted(targets, block.labels()));
    }
    this.block = block;
    this.scale = scale;
    this.inputs = Tensor.zeros(memoryShape(input, capacity));
    this.targets = Tensor.zeros(capacity, targets);
    this.weights = new float[block.isWeighted() ? capacity : 0];
  }

  /** The rows at places [from, to) of an order; valid until the next call. */
  Batch gather(int[] order, int from, int to) {
    int count = to - from;
    block.gatherFeatures(order, from, to, scale, inputs);
    for (int i = 0; i < count; i++) {
      int row = order[from + i];
      for (int j = 0; j < targets.dimension(1); j++) {
        targets.set(i * targets.dimension(1) + j, block.label(row, j));
      }
      if (weights.length > 0) {
        weights[i] = block.weight(row);
      }
    }
    return Batch.of(inputs.rows(0, count), targets.rows(0, count), weights);
  }

  private static int[] memoryShape(Shape input, int rows) {
    return input instanceof Shape.Image image
        ? new int[] {rows, image.height(), image.width(), image.channels()}
        : new int[] {rows, input.size()};
  }
}
