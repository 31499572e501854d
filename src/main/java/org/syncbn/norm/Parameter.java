package org.syncbn.norm;

/** What becomes of gamma or of beta. */
public enum Parameter {
  /** Exists and is learned. */
  TRAINED,
  /** Exists and keeps its value. */
  FIXED,
  /** Does not exist: gamma acts as 1, beta as 0, and the state holds no numbers for it. */
  ABSENT
}
