/**
 * Models at work on Spark: evaluation and prediction of rows where they are, with a model that
 * travels to each executor once.
 *
 * <p>Imports {@link io.syncbn.spark} and what that does. Read {@link
 * io.syncbn.spark.inference.ModelEvaluation} first, then {@link
 * io.syncbn.spark.inference.Predictions}; {@code io.syncbn.cluster} comes next.
 */
package io.syncbn.spark.inference;
