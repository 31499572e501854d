package org.syncbn.cluster;

import java.util.List;

/** {@code local[n,4]}: tasks are threads of this JVM and get four attempts, as on a cluster. */
final class ThreadCluster extends SparkCluster {

  ThreadCluster(int executors, int coresPerExecutor, int memoryMegabytes) {
    super(executors, coresPerExecutor, memoryMegabytes);
  }

  @Override
  public String master() {
    return "local[%d,4]".formatted(executorCount * coresPerExecutor);
  }

  @Override
  public List<ProcessHandle> executors() {
    return List.of();
  }

  @Override
  public long killExecutor() {
    throw new UnsupportedOperationException(
        "The executor of %s is this JVM and cannot be killed; use %s or %s."
            .formatted(master(), ClusterKind.EXECUTORS, ClusterKind.STANDALONE));
  }

  @Override
  int launchedExecutors() {
    return 0;
  }

  @Override
  String newestLog() {
    return "";
  }

  @Override
  void end() {}
}
