package org.syncbn.norm;

/**
 * What happens in training when a channel has too few values for a variance: a global count of at
 * most 1, or of weighted values V1^2 / V2 (Kish's effective count).
 */
public enum SmallBatchPolicy {
  /**
   * Reject with a sentence; as {@link #RUNNING} where no row has a weight above 0, since nothing
   * that is normalized there counts.
   */
  ERROR,
  /** Normalize by the running averages and leave them as they are. */
  RUNNING,
  /**
   * As {@link #RUNNING}, so that the forward pass can end, and say so by {@link
   * Normalization#isSkipped}: the step must not be committed.
   */
  SKIP,
  /**
   * Normalize by the mini-batch all the same, as Keras and Flax do: a single value has the variance
   * 0 and becomes beta. As {@link #RUNNING} where all weights are 0.
   */
  BATCH
}
