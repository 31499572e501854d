package org.syncbn.cluster;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code local-cluster[n,c,m]}: Spark starts a master, workers and executors with the session. The
 * workers live in this JVM and read the Spark home from its environment; so that is where it is put
 * while the cluster is open.
 */
final class LocalCluster extends SparkCluster {

  /** There is one environment, so there is one such cluster at a time. */
  private static final AtomicBoolean OPEN = new AtomicBoolean();

  private final SparkHome home;
  private final OwnEnvironment environment;

  LocalCluster(int executors, int coresPerExecutor, int memoryMegabytes) {
    super(executors, coresPerExecutor, memoryMegabytes);
    if (!OPEN.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "This JVM has an open cluster of kind %s already; close it first."
              .formatted(ClusterKind.EXECUTORS));
    }
    try {
      home = SparkHome.create();
      try {
        environment = OwnEnvironment.with(home.environment(Machine.THIS.address()));
      } catch (RuntimeException e) {
        home.delete();
        throw e;
      }
    } catch (RuntimeException e) {
      OPEN.set(false);
      throw e;
    }
  }

  @Override
  public String master() {
    return "local-cluster[%d,%d,%d]".formatted(executorCount, coresPerExecutor, memoryMegabytes);
  }

  @Override
  public List<ProcessHandle> executors() {
    return home.executors();
  }

  @Override
  int launchedExecutors() {
    return home.executorFolders().size();
  }

  @Override
  String newestLog() {
    return home.newestExecutorLog();
  }

  @Override
  void end() {
    if (environment.restore()) {
      home.delete();
      OPEN.set(false);
    }
  }
}
