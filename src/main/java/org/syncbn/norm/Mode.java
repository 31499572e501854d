package org.syncbn.norm;

/** What a network is run for; each mode has its own source of statistics in the options. */
public enum Mode {
  /** Learning: renormalization, adjustment and noise act. */
  TRAINING,
  /** Measuring or predicting: they do not. */
  EVALUATION
}
