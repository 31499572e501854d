package io.syncbn.spark;

import io.syncbn.spark.files.ClassicDataset;
import io.syncbn.spark.files.DataException;
import io.syncbn.sums.TableSums;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.ColumnarToRowExec;
import org.apache.spark.sql.execution.InputAdapter;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.WholeStageCodegenExec;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import scala.Option;

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

  private FeatureStatistics() {}

  /**
   * Sums up the features of {@code data}, in their order.
   *
   * @throws DataException if the data cannot be read, a block has another length than its feature
   *     column says, or the data is a stream or belongs to a Spark Connect session
   */
  public static TableSums fit(Dataset<Row> data, Features features) {
    if (data.isStreaming()) {
      throw new DataException("Statistics need data that end; a stream does not.");
    }
    try {
      TableSums sums = new TableSums(features.size());
      int feature = 0;
      for (List<FeatureColumn> group : groups(data, features)) {
        TableSums part = sums(select(data, group), group);
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
   * Cuts wide tables into groups of columns that Spark still reads as batches: it does so up to
   * {@code spark.sql.codegen.maxFields} fields. What is not read as batches anyway stays together.
   */
  static List<List<FeatureColumn>> groups(Dataset<Row> data, Features features) {
    int limit = Integer.parseInt(data.sparkSession().conf().get("spark.sql.codegen.maxFields"));
    List<List<FeatureColumn>> groups = new ArrayList<>();
    int fields = limit;
    for (FeatureColumn column : features.columns()) {
      int more = column.type() == FeatureType.VECTOR ? VectorFields.COUNT : 1;
      if (fields + more > limit) {
        groups.add(new ArrayList<>());
        fields = 0;
      }
      groups.get(groups.size() - 1).add(column);
      fields += more;
    }
    return batches(select(data, groups.get(0)).executedPlan()).isPresent()
        ? groups
        : List.of(features.columns());
  }

  static QueryExecution select(Dataset<Row> data, List<FeatureColumn> columns) {
    List<Column> all = ClassicDataset.columnsOf(data);
    Column[] selected = columns.stream().map(c -> c.in(all)).toArray(Column[]::new);
    return ClassicDataset.of(data.select(selected)).queryExecution();
  }

  private static TableSums sums(QueryExecution query, List<FeatureColumn> columns) {
    return SQLExecution.withNewExecutionId(
        query,
        Option.apply("exact sums of features"),
        () -> {
          List<FeatureColumn> sent = new ArrayList<>(columns);
          Optional<SparkPlan> batches = batches(query.executedPlan());
          JavaRDD<byte[]> parts =
              batches.isPresent()
                  ? batches
                      .get()
                      .executeColumnar()
                      .toJavaRDD()
                      .mapPartitions(
                          part ->
                              Collections.singleton(ColumnarSums.of(part, sent).toBytes())
                                  .iterator())
                  : query
                      .toRdd()
                      .toJavaRDD()
                      .mapPartitions(
                          part ->
                              Collections.singleton(FeatureReader.of(part, sent).toBytes())
                                  .iterator());
          return merged(parts).orElseGet(() -> new TableSums(width(sent)));
        });
  }

  private static Optional<TableSums> merged(JavaRDD<byte[]> parts) {
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

  /**
   * The plan that produces batches, if {@code plan} does nothing but turn them into rows. Filters,
   * casts and limits stand between the two, so a plan is never searched for batches; and an
   * adaptive plan does not know yet what it will run.
   */
  public static Optional<SparkPlan> batches(SparkPlan plan) {
    SparkPlan root = plan instanceof WholeStageCodegenExec stage ? stage.child() : plan;
    if (root instanceof ColumnarToRowExec toRows) {
      SparkPlan source = toRows.child();
      return Optional.of(source instanceof InputAdapter adapter ? adapter.child() : source)
          .filter(child -> !(child instanceof AdaptiveSparkPlanExec));
    }
    return Optional.empty();
  }
}
