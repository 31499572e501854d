package org.syncbn.norm;

import java.util.Arrays;

/**
 * The weights of a shard's values: none, one per row, or one per position (row-major without the
 * channels). Not thread-safe.
 */
final class ValueWeights {

  private final float[] weights;
  private final ChannelLayout layout;

  /**
   * Holds weights, without a copy.
   *
   * @throws IllegalArgumentException if their number does not fit, or one is negative or not finite
   */
  ValueWeights(float[] weights, ChannelLayout layout) {
    int positions = layout.outer() * layout.inner();
    if (weights.length != 0 && weights.length != layout.rows() && weights.length != positions) {
      throw new IllegalArgumentException(
          weights.length
              + " weights fit neither "
              + layout.rows()
              + " rows nor "
              + positions
              + " positions");
    }
    for (float weight : weights) {
      if (!(weight >= 0 && weight < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("a weight must be finite and at least 0, was " + weight);
      }
    }
    this.weights = weights;
    this.layout = layout;
  }

  /** Whether every value counts 1. */
  boolean isEmpty() {
    return weights.length == 0;
  }

  private boolean isPerRow() {
    return weights.length == layout.rows();
  }

  /** The weight of the values of all channels at a position. */
  private float weight(int outer, int inner) {
    if (isEmpty()) {
      return 1;
    }
    return isPerRow()
        ? weights[outer / layout.outerPerRow()]
        : weights[outer * layout.inner() + inner];
  }

  /** The first position in outer rows [from, to) whose weight is not 0, or -1. */
  int firstCounted(int from, int to) {
    for (int outer = from; outer < to; outer++) {
      for (int inner = 0; inner < layout.inner(); inner++) {
        if (weight(outer, inner) != 0) {
          return outer * layout.inner() + inner;
        }
      }
    }
    return -1;
  }

  /** V1: the values per channel in outer rows [from, to), or the sum of their weights. */
  double sum(int from, int to) {
    return sum(from, to, false);
  }

  /** V2: the same with squared weights. */
  double sumOfSquares(int from, int to) {
    return sum(from, to, true);
  }

  private double sum(int from, int to, boolean squared) {
    if (isEmpty()) {
      return (double) (to - from) * layout.inner();
    }
    int first = isPerRow() ? from / layout.outerPerRow() : from * layout.inner();
    int end = isPerRow() ? to / layout.outerPerRow() : to * layout.inner();
    double sum = 0;
    for (int i = first; i < end; i++) {
      sum += squared ? (double) weights[i] * weights[i] : weights[i];
    }
    return isPerRow() ? sum * layout.valuesPerRow() : sum;
  }

  /** Copies the weights of an outer row to the columns of a region, at an offset of a tile. */
  void spread(Region region, int outer, float[] tile, int offset) {
    if (isEmpty() || isPerRow()) {
      Arrays.fill(tile, offset, offset + region.width(), weight(outer, 0));
    } else {
      for (int i = 0; i < region.width(); i++) {
        tile[offset + i] = weight(outer, (region.column() + i) % layout.inner());
      }
    }
  }
}
