package org.syncbn.norm;

/**
 * Where a shard's rows lie in the global mini-batch, and with whom they share statistics.
 *
 * @param firstRow the index of the shard's first row in the mini-batch
 * @param batchRows how many rows the mini-batch has on all shards together
 * @param group which group of shards it belongs to; each has statistics of its own
 * @param groups how many groups there are
 */
public record BatchSlice(int firstRow, int batchRows, int group, int groups) {

  /** Throws if the first row is outside the mini-batch. */
  public BatchSlice {
    if (firstRow < 0 || firstRow > batchRows) {
      throw new IllegalArgumentException(
          "first row " + firstRow + " is outside a mini-batch of " + batchRows + " rows");
    }
    if (group < 0 || group >= groups) {
      throw new IllegalArgumentException("there is no group " + group + " of " + groups);
    }
  }

  /** A slice of a mini-batch whose rows all share statistics. */
  public BatchSlice(int firstRow, int batchRows) {
    this(firstRow, batchRows, 0, 1);
  }

  /** The part of this slice from one of its rows on. */
  public BatchSlice from(int row) {
    return row == 0 ? this : new BatchSlice(firstRow + row, batchRows, group, groups);
  }

  /** One shard that holds the whole mini-batch. */
  public static BatchSlice whole(int batchRows) {
    return new BatchSlice(0, batchRows);
  }
}
