/**
 * Everything that runs on Spark: reading data, exact statistics of its features, their
 * normalization, and the engines that train on a cluster.
 *
 * <p>Imports all packages of ours above it in the table of packages, Spark core, SQL and the
 * vectors of mllib. For data sets read {@link org.syncbn.spark.DataReader}, {@link
 * org.syncbn.spark.Features}, {@link org.syncbn.spark.FeatureStatistics}, {@link
 * org.syncbn.spark.FeatureScaling} and {@link org.syncbn.spark.FeatureTransform}, in this order:
 *
 * <pre>{@code
 * FeatureSelection selection = FeatureSelection.allNumericExcept(List.of("id"));
 * Dataset<Row> data = DataReader.read(session, paths, ReadOptions.of(selection)).rows();
 * Features features = Features.of(data, selection);
 * TableSums sums = FeatureStatistics.fit(data, features);
 * FeatureScaling scaling = FeatureScaling.batchNorm(features.names(), sums.moments(), 1e-5);
 * Dataset<Row> normalized =
 *     FeatureTransform.normalize(data, features, scaling, MissingValues.SKIP);
 * }</pre>
 *
 * <p>{@link org.syncbn.spark.TableBlocks} hands the rows of a table to networks; {@code
 * org.syncbn.spark.sync}, which knows nothing of this package, trains them, and comes next.
 */
package org.syncbn.spark;
