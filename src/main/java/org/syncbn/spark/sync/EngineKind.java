package org.syncbn.spark.sync;

/** The engines that can carry a run's exchanges. */
public enum EngineKind {
  /** Threads of the driver: {@link org.syncbn.train.InProcessEngine}. */
  IN_PROCESS("in-process"),
  /** Tasks that stay: {@link GangEngine}. */
  GANG("gang"),
  /** A Spark job per exchange: {@link TreeEngine}. */
  TREE("tree");

  private final String label;

  EngineKind(String label) {
    this.label = label;
  }

  /** The name that options and reports use. */
  @Override
  public String toString() {
    return label;
  }
}
