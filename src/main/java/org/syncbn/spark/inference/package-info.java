/**
 * Models at work on Spark: evaluation and prediction of rows where they are, with a model that
 * travels to each executor once.
 *
 * <p>Imports {@link org.syncbn.spark} and what that does. Read {@link
 * org.syncbn.spark.inference.ModelEvaluation} first, then {@link
 * org.syncbn.spark.inference.Predictions}; {@code org.syncbn.cluster} comes next.
 */
package org.syncbn.spark.inference;
