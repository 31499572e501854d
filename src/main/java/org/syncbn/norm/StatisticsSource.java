package org.syncbn.norm;

/** Where the mean and variance of a normalization come from. */
public enum StatisticsSource {
  /** From the global mini-batch: shards must agree before they can go on. */
  BATCH,
  /** From the running averages in the state: nothing to agree on, one multiply-add per value. */
  RUNNING
}
