package org.syncbn.train;

import java.util.Arrays;

/**
 * The time of some training steps in three parts, which add up to the whole.
 *
 * @param computeSeconds what the shards computed, divided by how many compute at once
 * @param exchangeSeconds what exchanges took beyond that: transport, merging, and waiting for the
 *     slowest
 * @param driverSeconds between exchanges: the optimizer, checkpoints, listeners
 * @param shardSkew the longest time of a shard divided by the mean; adjacent shards that compute
 *     together count alike; 1 if they are even, NaN before the first step
 */
public record StepTimes(
    double computeSeconds, double exchangeSeconds, double driverSeconds, double shardSkew) {

  /** All of the time. */
  public double seconds() {
    return computeSeconds + exchangeSeconds + driverSeconds;
  }

  /** Measures exchanges as they are made. Not thread-safe. */
  static final class Clock {

    private final Engine engine;
    private long exchangeNanos;
    private long[] shardNanos = new long[0];

    Clock(Engine engine) {
      this.engine = engine;
    }

    Merged exchange(Message message) {
      long begun = System.nanoTime();
      Merged merged = engine.exchange(message);
      exchangeNanos += System.nanoTime() - begun;
      ShardTimes times = merged.times();
      if (shardNanos.length < times.shards()) {
        shardNanos = Arrays.copyOf(shardNanos, times.shards());
      }
      for (int shard = 0; shard < times.shards(); shard++) {
        shardNanos[shard] += times.nanos(shard);
      }
      return merged;
    }

    /** The times of all exchanges so far, which took the given number of nanoseconds. */
    StepTimes within(long nanos) {
      double total = Arrays.stream(shardNanos).sum();
      double compute = Math.min(total / engine.concurrency(), exchangeNanos);
      double slowest = Arrays.stream(shardNanos).max().orElse(0);
      return new StepTimes(
          compute / 1e9,
          (exchangeNanos - compute) / 1e9,
          (nanos - exchangeNanos) / 1e9,
          slowest * shardNanos.length / total);
    }
  }
}
