package org.syncbn.data;

import java.io.Serializable;

/**
 * All rows of one logical shard. Immutable.
 *
 * @param training rows that weights are fitted to
 * @param validation rows held out; a block without rows when there are none
 */
public record ShardData(Block training, Block validation) implements Serializable {

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
