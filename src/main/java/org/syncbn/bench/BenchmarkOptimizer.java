package org.syncbn.bench;

import org.syncbn.cli.Choice;

/** The optimizers with which networks are measured, with the defaults of run files. */
enum BenchmarkOptimizer {
  SGD("sgd"),
  MOMENTUM("momentum"),
  NESTEROV("nesterov"),
  RMSPROP("rmsprop"),
  ADAM("adam"),
  ADAMW("adamW"),
  ADAGRAD("adagrad"),
  LAMB("lamb");

  private final String kind;

  BenchmarkOptimizer(String kind) {
    this.kind = kind;
  }

  String label() {
    return Choice.name(this);
  }

  /** What a run file says for it. */
  String setting() {
    return "optimizer=" + kind;
  }
}
