package org.syncbn.spark.sync;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;

/**
 * Queues the gangs of an application, first come, first served: only one holds its task slots at a
 * time.
 */
final class GangTurn {

  private static final Map<SparkContext, GangTurn> TURNS =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final Semaphore free = new Semaphore(1, true);
  private volatile Thread holder;

  GangTurn() {}

  static GangTurn in(SparkContext spark) {
    return TURNS.computeIfAbsent(spark, context -> new GangTurn());
  }

  /** Whether a gang holds the slots now. */
  boolean isTaken() {
    return free.availablePermits() == 0;
  }

  /**
   * Waits until no gang of another thread holds the slots, and takes them.
   *
   * @throws EngineException if this thread holds them itself, or is interrupted
   */
  private void take() {
    if (isTaken() && holder == Thread.currentThread()) {
      throw new EngineException(
          "another gang of this thread holds the application's task slots: close its engine first");
    }
    try {
      free.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException("interrupted while another gang held the task slots", e);
    }
    holder = Thread.currentThread();
  }

  /**
   * Opens what needs the slots once they are taken. If it cannot be opened, for whatever reason,
   * others have their turn.
   *
   * @throws EngineException as {@link #take} does
   */
  <T> T open(Supplier<T> opening) {
    take();
    try {
      return opening.get();
    } catch (Throwable e) { // an Error of linking, say, need not end the application
      giveBack();
      throw e;
    }
  }

  void giveBack() {
    holder = null;
    free.release();
  }
}
