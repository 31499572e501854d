package org.syncbn.data;

import org.syncbn.tensor.CounterRandom;

/**
 * Chooses the rows of each shard for the mini-batches of an epoch.
 *
 * <p>The rows of all shards lie end to end, shard after shard in an order that the epoch draws, and
 * row p of this line belongs to mini-batch {@code p mod batches}. Of any stretch of m adjacent rows
 * a mini-batch hence takes {@code floor(m / batches)} or {@code ceil(m / batches)}, since every
 * {@code batches} rows in a row hold one of each. The whole line is such a stretch, and so is each
 * shard: the mini-batches differ by at most one row in all, and by at most one row in each shard,
 * however unequal the shards are, and every row is taken once. The order of shards changes from
 * epoch to epoch, so that where mini-batches have fewer rows than there are shards, not always the
 * same shards share one.
 *
 * <p>A pure function of its arguments, so the driver and all executors know the cut. Immutable.
 */
public final class MiniBatches {

  private final int[] rows;
  private final long[] starts; // of the shards in the line
  private final long batches;
  private final long epoch;
  private final long allRows;

  /**
   * Cuts the rows of an epoch.
   *
   * @param seed of the order of shards
   * @param epoch from 0
   * @param batches how many mini-batches the epoch has; at least 1
   * @param rows how many rows each shard has
   */
  public MiniBatches(long seed, long epoch, long batches, int[] rows) {
    this.rows = rows.clone();
    this.batches = batches;
    this.epoch = epoch;
    starts = new long[rows.length];
    long end = 0;
    for (int shard :
        CounterRandom.of(seed).fork("mini-batches").fork(epoch).permutation(rows.length)) {
      starts[shard] = end;
      end += rows[shard];
    }
    allRows = end;
  }

  /** Whether this is the cut of an epoch into some mini-batches. */
  public boolean isOf(long epoch, long batches) {
    return this.epoch == epoch && this.batches == batches;
  }

  /**
   * Where a mini-batch begins in a shard's rows; {@code batch == batches} gives the end.
   *
   * @param shard whose rows are counted in the order in which the epoch takes them
   * @param batch from 0
   */
  public int firstRow(int shard, long batch) {
    long end = starts[shard] + rows[shard];
    return (int) (rowsBefore(batch, end) - rowsBefore(batch, starts[shard]));
  }

  /** How many rows of a shard are in a mini-batch. */
  public int rows(int shard, long batch) {
    return firstRow(shard, batch + 1) - firstRow(shard, batch);
  }

  /** How many rows of all shards are in a mini-batch. */
  public int rows(long batch) {
    return Math.toIntExact(rowsBefore(batch + 1, allRows) - rowsBefore(batch, allRows));
  }

  /** How many of the first rows of the line belong to mini-batches before this one. */
  private long rowsBefore(long batch, long lineRows) {
    return lineRows / batches * batch + Math.min(lineRows % batches, batch);
  }
}
