package org.syncbn.data;

import java.io.Serializable;

/**
 * All rows of one logical shard. Immutable.
 *
 * @param training rows that weights are fitted to
 * @param validation rows held out; a block without rows when there are none
 */
public record ShardData(Block training, Block validation) implements Serializable {

  private static final Block NONE = Block.ofFloats(0, new float[0], new float[0], new float[0]);

  /** Rows of which none is held out. */
  public static ShardData ofTraining(Block rows) {
    return new ShardData(rows, NONE);
  }

  /** Rows that are all held out. */
  public static ShardData ofValidation(Block rows) {
    return new ShardData(NONE, rows);
  }

  /** A copy whose features are where a memory has room for them. */
  public ShardData in(RowMemory memory) {
    return new ShardData(training.in(memory), validation.in(memory));
  }

  /** Whether there is no row at all. */
  public boolean isEmpty() {
    return training.rows() == 0 && validation.rows() == 0;
  }

  /**
   * A sum modulo 2^64 of the rows' hashes, whatever their order: rows of other values, even as
   * many, have another sum but for a chance of about 2^-64.
   */
  public long checksum() {
    return 31 * sum(training) + sum(validation);
  }

  private static long sum(Block rows) {
    RowHash hash = new RowHash(0);
    long sum = 0;
    for (int row = 0; row < rows.rows(); row++) {
      sum += hash.of(rows, row);
    }
    return sum;
  }
}
