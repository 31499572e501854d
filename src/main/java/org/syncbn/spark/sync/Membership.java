package org.syncbn.spark.sync;

import java.util.List;

/**
 * The tasks of a gang in one executor.
 *
 * @param executor its id
 * @param tasks their numbers
 * @param kernels what multiplies matrices there
 * @param host where other executors reach it; empty if they need not
 * @param port where it listens
 */
record Membership(String executor, List<Integer> tasks, String kernels, String host, int port) {

  /** Copies the list. */
  Membership {
    tasks = List.copyOf(tasks);
  }

  /** Tasks that other executors need not reach. */
  Membership(String executor, List<Integer> tasks, String kernels) {
    this(executor, tasks, kernels, "", 0);
  }

  int firstTask() {
    return tasks.stream().mapToInt(Integer::intValue).min().orElseThrow();
  }

  @Override
  public String toString() {
    return (tasks.size() == 1 ? "task " + tasks.get(0) : "tasks " + tasks)
        + " on executor "
        + executor;
  }
}
