package org.syncbn.bench.scale;

import org.syncbn.cli.Choice;
import org.syncbn.spark.sync.EngineKind;

/** The engines of a cluster, by the way that weights and gradients take. */
enum ScaleEngine {
  /** Every executor exchanges them with the driver. */
  STAR(EngineKind.GANG),
  /** Executors exchange slices of them with one another, and keep the weights. */
  SLICES(EngineKind.SLICES),
  /** Spark jobs broadcast and merge them. */
  TREE(EngineKind.TREE);

  private final EngineKind kind;

  ScaleEngine(EngineKind kind) {
    this.kind = kind;
  }

  EngineKind kind() {
    return kind;
  }

  String label() {
    return Choice.name(this);
  }

  /** An engine to measure. */
  static final class OfName extends Choice<ScaleEngine> {
    OfName() {
      super(values());
    }
  }
}
