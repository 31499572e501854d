package org.syncbn.norm;

/** What is computed together with the normalization, while its values are in the cache. */
public enum Activation {
  /** Nothing. */
  NONE,
  /** {@code max(0, y)}; its gradient is 0 where {@code y <= 0}. Same bits as a ReLU behind it. */
  RELU
}
