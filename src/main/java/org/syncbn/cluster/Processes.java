package org.syncbn.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for processes, and ending them. */
final class Processes {

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private Processes() {}

  /** Whether the condition came true before the deadline. */
  static boolean await(Duration deadline, BooleanSupplier condition) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  /**
   * Whether a process runs. One that ended and that nobody has waited for yet has no command any
   * more; in a container without an init process such orphans stay listed for ever.
   */
  static boolean isRunning(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  /** Gives processes that were told to end a while to do so, and then kills them. */
  static void end(List<ProcessHandle> processes) {
    if (!await(
        SparkCluster.END_DEADLINE, () -> processes.stream().noneMatch(Processes::isRunning))) {
      processes.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
