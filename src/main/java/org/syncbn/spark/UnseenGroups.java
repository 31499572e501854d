package org.syncbn.spark;

/** What becomes of rows whose group has no statistics. */
public enum UnseenGroups {
  /** The query fails with a sentence that names the group. */
  ERROR,
  /** The row's values stay as they are. */
  SKIP,
  /** The row is normalized with the statistics of all groups together. */
  GLOBAL
}
