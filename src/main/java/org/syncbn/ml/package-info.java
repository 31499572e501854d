/**
 * Stages for Spark ML's pipelines.
 *
 * <p>Begin with {@link org.syncbn.ml.BatchNormalizer}, which goes where {@code StandardScaler} or
 * {@code MinMaxScaler} was, then read {@link org.syncbn.ml.NeuralNetworkClassifier} and {@link
 * org.syncbn.ml.NeuralNetworkRegressor}, which train networks. What is wrong with the data or the
 * params is a {@link org.syncbn.spark.files.DataException} or an {@code IllegalArgumentException}
 * with one sentence.
 *
 * <p>May import every package above it in the table of packages, Spark ML included.
 */
package org.syncbn.ml;
