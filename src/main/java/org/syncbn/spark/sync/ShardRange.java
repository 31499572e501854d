package org.syncbn.spark.sync;

import java.io.Serializable;

/**
 * Adjacent shards, which one task holds.
 *
 * @param first the first
 * @param end one past the last, greater than {@code first}
 */
record ShardRange(int first, int end) implements Serializable {

  @Override
  public String toString() {
    return end == first + 1 ? "shard " + first : "shards %d to %d".formatted(first, end - 1);
  }
}
