package org.syncbn.train;

import java.util.Arrays;

/**
 * How long adjacent shards computed in one exchange, from left to right. Sent with contributions,
 * without affecting them. Immutable, hence thread-safe.
 */
public final class ShardTimes {

  /** Of shards that were not measured. */
  public static final ShardTimes NONE = new ShardTimes(new long[0]);

  private final long[] nanos;

  private ShardTimes(long[] nanos) {
    this.nanos = nanos;
  }

  /** Times of some shards, copied. */
  static ShardTimes ofNanos(long... nanos) {
    return new ShardTimes(nanos.clone());
  }

  /** These shards, then those to their right. */
  ShardTimes join(ShardTimes right) {
    long[] both = Arrays.copyOf(nanos, nanos.length + right.nanos.length);
    System.arraycopy(right.nanos, 0, both, nanos.length, right.nanos.length);
    return new ShardTimes(both);
  }

  /** How many shards were measured. */
  public int shards() {
    return nanos.length;
  }

  /** How many nanoseconds a shard computed. */
  public long nanos(int shard) {
    return nanos[shard];
  }
}
