package org.syncbn.spark.sync;

/** The kinds of engines. */
public enum EngineKind {
  /** Threads of the driver: {@link org.syncbn.train.InProcessEngine}. */
  IN_PROCESS("in-process"),
  /** Tasks that stay: {@link GangEngine}. */
  GANG("gang"),
  /** Tasks that stay, whose executors keep the weights: {@link GangEngine} too. */
  SLICES("slices"),
  /** A Spark job per exchange: {@link TreeEngine}. */
  TREE("tree");

  private final String label;

  EngineKind(String label) {
    this.label = label;
  }

  /** Whether it holds task slots for the whole run. */
  public boolean holdsSlots() {
    return this == GANG || this == SLICES;
  }

  /** Whether the executors keep the weights and the state of the optimizer. */
  boolean keepsWeights() {
    return this == SLICES;
  }

  /** The name that options and reports use. */
  @Override
  public String toString() {
    return label;
  }
}
