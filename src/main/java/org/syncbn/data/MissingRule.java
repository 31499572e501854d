package org.syncbn.data;

/** What a run does with missing values (null, NaN or an infinity) of the features of a table. */
public enum MissingRule {
  /** They are rejected. */
  ERROR,
  /** They are replaced by the mean of the training rows; a missing category is an unseen one. */
  MEAN,
  /** As {@link #MEAN}, with a further feature that is 1 where a number was missing, else 0. */
  INDICATOR,
  /** Rows with a missing value are left out, of training, evaluation and prediction alike. */
  SKIP
}
