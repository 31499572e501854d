package org.syncbn.norm;

import org.syncbn.tensor.Kernels;

/**
 * A piece of a shard's values for one loop: rows of one ghost batch, in a range of columns that
 * fits a tile. Rows of few columns lie side by side in a tile, so that loops are long enough.
 *
 * @param layout of the shard's values
 * @param ghost the index of the ghost batch
 * @param from the first of the layout's outer rows
 * @param to one past the last
 * @param column the first of the layout's columns
 * @param width how many columns
 * @param group how many outer rows lie side by side in a tile
 */
record Region(ChannelLayout layout, int ghost, int from, int to, int column, int width, int group) {

  /** How many floats are worked on at a time: a few such tiles fit the first-level cache. */
  static final int TILE = Kernels.TILE;

  /** How many values of a column are summed in float before they are added in double. */
  static final int RUN = 16;

  /**
   * Cuts a shard's values, one ghost batch after the other, columns from left to right.
   *
   * @param ghostRows rows of a ghost batch; 0 if all rows belong to the slice's group
   */
  static Region[] of(ChannelLayout layout, BatchSlice slice, int ghostRows) {
    if (layout.size() == 0) {
      return new Region[0];
    }
    int firstGhost = ghostRows == 0 ? slice.group() : slice.firstRow() / ghostRows;
    int lastGhost =
        ghostRows == 0 ? firstGhost : (slice.firstRow() + layout.rows() - 1) / ghostRows;
    int chunks = (layout.columns() - 1) / TILE + 1;
    int chunkWidth = (layout.columns() - 1) / chunks + 1;
    Region[] regions = new Region[(lastGhost - firstGhost + 1) * chunks];
    for (int i = 0; i < regions.length; i++) {
      int ghost = firstGhost + i / chunks;
      long ghostStart = (long) ghost * ghostRows - slice.firstRow();
      int firstRow = ghostRows == 0 ? 0 : (int) Math.max(0, ghostStart);
      int endRow =
          ghostRows == 0 ? layout.rows() : (int) Math.min(layout.rows(), ghostStart + ghostRows);
      int from = firstRow * layout.outerPerRow();
      int to = endRow * layout.outerPerRow();
      int column = i % chunks * chunkWidth;
      int width = Math.min(chunkWidth, layout.columns() - column);
      int group = chunks > 1 ? 1 : Math.max(1, Math.min(TILE / width, (to - from) / RUN));
      regions[i] = new Region(layout, ghost, from, to, column, width, group);
    }
    return regions;
  }

  /** The same values, one row at a time. */
  Region rowByRow() {
    return new Region(layout, ghost, from, to, column, width, 1);
  }

  /** Where the values of a tile begin. */
  int at(int outer) {
    return outer * layout.columns() + column;
  }

  /** From the beginning of a tile to that of the next. */
  int stride() {
    return group * layout.columns();
  }

  /** How many values a tile has from an outer row on. */
  int length(int outer) {
    return Math.min(group, to - outer) * width;
  }

  /** How many tiles are summed in float, from an outer row on. */
  int run(int outer) {
    return Math.max(1, Math.min(RUN, (to - outer) / group));
  }

  /** The channel of a tile's i-th value. */
  int channel(int i) {
    return (column + i % width) / layout.inner();
  }

  /** The index of a tile's i-th value in the global mini-batch. */
  long activation(BatchSlice slice, int outer, int i) {
    long globalOuter = (long) slice.firstRow() * layout.outerPerRow() + outer + i / width;
    return globalOuter * layout.columns() + column + i % width;
  }
}
