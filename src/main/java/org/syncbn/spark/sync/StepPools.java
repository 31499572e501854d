package org.syncbn.spark.sync;

import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The {@link StepPool}s of this JVM, by the number that the driver gave their engine.
 *
 * <p>A pool as a broadcast value would come and go with its engine, but Spark may evict the block
 * of a broadcast when memory is short and read it again without what is suspended. So pools are in
 * a static map. To leave none behind, each task knows which engines its driver has open, and drops
 * the pools of others; and an engine that closes sends a task to every slot. An executor that this
 * task does not reach drops the pool with the next task of any engine, or ends first.
 */
final class StepPools {

  private static final Map<Long, StepPool> POOLS = new ConcurrentHashMap<>();

  /** In the driver: the engines that are open, and the number of the last. */
  private static final Set<Long> OPEN = ConcurrentHashMap.newKeySet();

  private static final AtomicLong LAST = new AtomicLong();

  private StepPools() {}

  /**
   * The engines that a driver has open.
   *
   * @param last the number of the last one that was opened
   * @param open the numbers of those that are open
   */
  record Engines(long last, Set<Long> open) implements Serializable {

    /** Whether the pool of an engine can go; one that is newer than this list cannot. */
    boolean isOver(long engine) {
      return engine <= last && !open.contains(engine);
    }
  }

  /** Opens an engine, in the driver; its number. */
  static long open() {
    long engine = LAST.incrementAndGet();
    OPEN.add(engine);
    return engine;
  }

  /** Closes an engine, in the driver, and its pool if it is here. */
  static void close(long engine) {
    OPEN.remove(engine);
    drop(engines());
  }

  /** The engines that the driver has open now. */
  static Engines engines() {
    long last = LAST.get(); // first, so that one that is opened meanwhile is newer
    return new Engines(last, Set.copyOf(OPEN));
  }

  /** The pool of an engine in this JVM. */
  static StepPool of(long engine, Engines engines) {
    drop(engines);
    return POOLS.computeIfAbsent(engine, fresh -> new StepPool());
  }

  /** Drops the pools of engines that are over. */
  static void drop(Engines engines) {
    POOLS.keySet().stream()
        .filter(engines::isOver)
        .forEach(
            engine -> {
              StepPool pool = POOLS.remove(engine);
              if (pool != null) {
                pool.close();
              }
            });
  }

  /** How many pools there are in this JVM. */
  static int size() {
    return POOLS.size();
  }
}
