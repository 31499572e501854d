package org.syncbn.cluster;

/** How a {@link SparkCluster} runs its executors. */
public enum ClusterKind {
  /**
   * Threads of this JVM, {@code local[n,4]}: no executor to kill, but a failed task is tried four
   * times.
   */
  THREADS,

  /**
   * Executors in JVMs of their own, {@code local-cluster[n,c,m]}: master and workers live in the
   * driver's JVM.
   */
  EXECUTORS,

  /**
   * A standalone master and one worker per executor, each in its own JVM, as {@code
   * sbin/start-all.sh} would.
   */
  STANDALONE
}
