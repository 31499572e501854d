package org.syncbn.spark.sync;

/**
 * Says when to fetch what executors keep: so often that a loss costs little, and so seldom that
 * fetching takes at most about a twentieth of the time. Not thread-safe.
 */
final class SnapshotClock {

  /** For one part of fetching, this many parts of work. */
  private static final int WORK = 20;

  /** Messages of more bytes than these are not kept, whatever time fetching takes. */
  private static final long MOST_BYTES = 64 << 20;

  /** As long as nothing was fetched, this stands for the time that it takes. */
  private static final long FIRST_NANOS = 500_000_000;

  private long took = FIRST_NANOS;
  private long begun;
  private long ended = System.nanoTime();

  /** Whether it is time, for what would have to be sent again. */
  boolean isDue(MessageLog log) {
    return log.length() > 0
        && (log.bytes() > MOST_BYTES || System.nanoTime() - ended > WORK * took);
  }

  /** Fetching begins, or begins again in a new gang. */
  void begin() {
    begun = System.nanoTime();
  }

  void end() {
    ended = System.nanoTime();
    took = ended - begun;
  }
}
