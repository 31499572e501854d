package org.syncbn.norm;

/** Which variance of a mini-batch enters the running average; normalization itself is biased. */
public enum RunningVariance {
  /** Divided by n, as it normalizes. */
  POPULATION,
  /**
   * Divided by n - 1, with n counted over all shards; of weighted values by {@code V1 - V2 / V1},
   * V1 being the sum of the weights and V2 that of their squares.
   */
  SAMPLE
}
