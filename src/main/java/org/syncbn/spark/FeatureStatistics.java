package org.syncbn.spark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.TableSums;

/**
 * Exact statistics of the features of a data set, found in one pass on the cluster.
 *
 * <p>The result has the same bits for any number of partitions, any order of rows, any file format
 * and any cluster; see {@link TableSums}. A task keeps memory in proportion to the number of
 * features, whatever the number of rows.
 *
 * <p>Files of Parquet and ORC are read column by column, without an object for a row, when the data
 * set is nothing but the files: a filter, a cast or a limit makes Spark produce rows, which are
 * read one by one. Only feature columns are read.
 */
public final class FeatureStatistics {

  /** Bytes of a row group that a task may take into memory. */
  private static final long MOST_BYTES = 128L << 20;

  /** Columns that are read together whatever the size of the row groups. */
  private static final int FEWEST_COLUMNS = 100;

  private FeatureStatistics() {}

  /**
   * Sums up the features of {@code data}, in their order.
   *
   * @throws DataException if the data cannot be read, a block has another length than its feature
   *     column says, or the data is a stream or belongs to a Spark Connect session
   */
  public static TableSums fit(Dataset<Row> data, Features features) {
    if (data.isStreaming()) {
      throw new DataException("Statistics need data with an end, which a stream does not have.");
    }
    try {
      List<FeatureColumn> columns = features.columns();
      ColumnScan scan = scan(data, columns);
      List<List<FeatureColumn>> groups = groups(scan, columns);
      if (groups.size() == 1) {
        return sums(scan, columns);
      }
      TableSums sums = new TableSums(features.size());
      int feature = 0;
      for (List<FeatureColumn> group : groups) {
        TableSums part = sums(scan(data, group), group);
        for (int i = 0; i < part.columns(); i++) {
          sums.column(feature++).merge(part.column(i));
        }
      }
      return sums;
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  /**
   * One group of all columns, or several of wide tables whose row groups are too large to be in
   * memory at once.
   */
  static List<List<FeatureColumn>> groups(ColumnScan scan, List<FeatureColumn> columns) {
    if (columns.size() <= FEWEST_COLUMNS) {
      return List.of(columns);
    }
    long rowGroup = scan.largestRowGroup();
    int count = Math.toIntExact(Math.max(1, (rowGroup + MOST_BYTES - 1) / MOST_BYTES));
    int size = Math.max(FEWEST_COLUMNS, (columns.size() + count - 1) / count);
    return IntStream.iterate(0, from -> from < columns.size(), from -> from + size)
        .mapToObj(from -> columns.subList(from, Math.min(columns.size(), from + size)))
        .toList();
  }

  static ColumnScan scan(Dataset<Row> data, List<FeatureColumn> columns) {
    List<Column> all = ClassicDataset.columnsOf(data);
    return ColumnScan.of(data.select(columns.stream().map(c -> c.in(all)).toArray(Column[]::new)));
  }

  private static TableSums sums(ColumnScan scan, List<FeatureColumn> columns) {
    return scan.run(
        "exact sums of features",
        () -> {
          List<FeatureColumn> sent = new ArrayList<>(columns);
          JavaRDD<byte[]> parts =
              scan.batches()
                  .map(batches -> batches.mapPartitions(part -> bytes(ColumnarSums.of(part, sent))))
                  .orElseGet(
                      () -> scan.rows().mapPartitions(part -> bytes(FeatureReader.of(part, sent))));
          return merged(parts).orElseGet(() -> new TableSums(width(sent)));
        });
  }

  static Iterator<byte[]> bytes(TableSums sums) {
    return Collections.singleton(sums.toBytes()).iterator();
  }

  static Optional<TableSums> merged(JavaRDD<byte[]> parts) {
    if (parts.getNumPartitions() == 0) {
      return Optional.empty();
    }
    byte[] merged =
        parts.treeReduce((a, b) -> TableSums.fromBytes(a).merge(TableSums.fromBytes(b)).toBytes());
    return Optional.of(TableSums.fromBytes(merged));
  }

  private static int width(List<FeatureColumn> columns) {
    return columns.stream().mapToInt(FeatureColumn::width).sum();
  }
}
