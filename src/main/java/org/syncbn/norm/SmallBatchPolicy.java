package org.syncbn.norm;

/**
 * What happens in training when a channel has too few values for a variance: a global count, or sum
 * of weights, of at most 1.
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
   * 0 and becomes beta. Right also where the weights of many rows sum to 1 or less; as {@link
   * #RUNNING} where they sum to 0.
   */
  BATCH
}
