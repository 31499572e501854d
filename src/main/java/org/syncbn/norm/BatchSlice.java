package org.syncbn.norm;

/**
 * Where a shard's rows lie in the global mini-batch.
 *
 * @param firstRow the index of the shard's first row in the mini-batch
 * @param batchRows how many rows the mini-batch has on all shards together
 */
public record BatchSlice(int firstRow, int batchRows) {

  /** Rejects a first row outside the mini-batch. */
  public BatchSlice {
    if (firstRow < 0 || firstRow > batchRows) {
      throw new IllegalArgumentException(
          "first row " + firstRow + " is outside a mini-batch of " + batchRows + " rows");
    }
  }

  /** One shard that holds the whole mini-batch. */
  public static BatchSlice whole(int batchRows) {
    return new BatchSlice(0, batchRows);
  }
}
