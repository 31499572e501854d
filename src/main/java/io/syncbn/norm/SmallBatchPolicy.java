package io.syncbn.norm;

/**
 * What happens in training when a channel has too few values for a variance: a global count, or sum
 * of weights, of at most 1.
 */
public enum SmallBatchPolicy {
  /** Refuse with a sentence. */
  ERROR,
  /** Normalize by the running averages and leave them as they are. */
  RUNNING,
  /**
   * As {@link #RUNNING}, so that the forward pass can end, and say so by {@link
   * Normalization#isSkipped}: the step must not be committed.
   */
  SKIP
}
