package org.syncbn.train;

import org.syncbn.data.Block;
import org.syncbn.nn.Batch;
import org.syncbn.nn.Shape;
import org.syncbn.tensor.Tensor;

/**
 * Reusable memory for rows in the network's layout, refilled for each mini-batch. Not thread-safe.
 */
final class Rows {

  private final Shape input;
  private final float scale;
  private final Tensor inputs;
  private final Tensor targets;
  private final float[] weights;
  private int rows;

  /**
   * Makes memory.
   *
   * @param capacity the most rows at once
   * @param weighted whether rows have weights
   * @param input the shape of one row
   * @param targets how many numbers the target of one row has; 0 if nobody looks at labels
   * @param scale what every feature is multiplied by
   */
  Rows(int capacity, boolean weighted, Shape input, int targets, float scale) {
    this.input = input;
    this.scale = scale;
    this.inputs = Tensor.zeros(memoryShape(input, capacity));
    this.targets = Tensor.zeros(capacity, targets);
    this.weights = new float[weighted ? capacity : 0];
  }

  /** Forgets all rows. */
  Rows clear() {
    rows = 0;
    return this;
  }

  /** Adds the rows of a block at places [from, to) of an order. */
  Rows add(Block block, int[] order, int from, int to) {
    int count = to - from;
    if (count == 0) {
      return this;
    }
    check(block);
    block.gatherFeatures(order, from, to, scale, inputs.rows(rows, rows + count));
    int labels = targets.dimension(1);
    for (int i = 0; i < count; i++) {
      int row = order[from + i];
      for (int j = 0; j < labels; j++) {
        targets.set((rows + i) * labels + j, block.label(row, j));
      }
      if (weights.length > 0) {
        weights[rows + i] = block.weight(row);
      }
    }
    rows += count;
    return this;
  }

  private void check(Block block) {
    if (block.features() != input.size()) {
      throw new IllegalArgumentException(
          "the network reads %s (%d numbers), but a row of the data has %d features"
              .formatted(input, input.size(), block.features()));
    }
    int labels = targets.dimension(1);
    if (labels > 0 && block.labels() != labels) {
      throw new IllegalArgumentException(
          "the loss needs %d targets a row, but the data has %d labels"
              .formatted(labels, block.labels()));
    }
  }

  /** All rows that were added; valid until the next {@link #clear}. */
  Batch batch() {
    return Batch.of(inputs.rows(0, rows), targets.rows(0, rows), weights);
  }

  private static int[] memoryShape(Shape input, int rows) {
    return input instanceof Shape.Image image
        ? new int[] {rows, image.height(), image.width(), image.channels()}
        : new int[] {rows, input.size()};
  }
}
