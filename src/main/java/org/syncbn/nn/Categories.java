package org.syncbn.nn;

import java.util.List;

/** The features of a row as indices of categories: whole numbers from 0 on. */
final class Categories {

  /** Of a feature that is NaN. */
  static final int NONE = -1;

  private final Node node;
  private final List<Integer> counts; // by column

  Categories(Node node, List<Integer> counts) {
    this.node = node;
    this.counts = List.copyOf(counts);
  }

  static void requireFeatures(int columns, Shape input) {
    if (LayerMaker.features(input).size() != columns) {
      throw new IllegalArgumentException(
          "has %d columns of categories, but gets %s".formatted(columns, input));
    }
  }

  /**
   * The category that a feature is the index of, or {@link #NONE} if it is NaN.
   *
   * @throws IllegalArgumentException if it is no index of its column
   */
  int index(float feature, int column) {
    if (Float.isNaN(feature)) {
      return NONE;
    }
    int index = (int) feature;
    if (index != feature || index < 0 || index >= counts.get(column)) {
      throw new IllegalArgumentException(
          "layer %s: its column %d holds %s, but categories are whole numbers from 0 to %d"
              .formatted(node.title(), column, feature, counts.get(column) - 1));
    }
    return index;
  }
}
