package org.syncbn.spark;

import org.syncbn.spark.files.DataException;

/** What the normalization does with a missing value of a feature: null, NaN or an infinity. */
public enum MissingValues {
  /** The query fails with a {@link DataException} that names the column. */
  ERROR,
  /** The value passes through unchanged. */
  SKIP,
  /** The value becomes what the mean of its feature becomes. */
  MEAN
}
