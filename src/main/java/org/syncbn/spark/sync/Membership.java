package org.syncbn.spark.sync;

import java.util.List;

/**
 * The tasks of a gang in one executor.
 *
 * @param executor its id
 * @param tasks their numbers
 */
record Membership(String executor, List<Integer> tasks) {
  @Override
  public String toString() {
    return (tasks.size() == 1 ? "task " + tasks.get(0) : "tasks " + tasks)
        + " on executor "
        + executor;
  }
}
