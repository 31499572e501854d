package org.syncbn.spark.files;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.internals.Expressions;
import scala.jdk.javaapi.CollectionConverters;

/** What only data sets of Spark itself have, and not those of Spark Connect. */
public final class ClassicDataset {

  private ClassicDataset() {}

  /**
   * The data set with its query execution.
   *
   * @throws DataException for a data set of Spark Connect
   */
  public static org.apache.spark.sql.classic.Dataset<Row> of(Dataset<Row> data) {
    if (data instanceof org.apache.spark.sql.classic.Dataset<Row> classic) {
      return classic;
    }
    throw new DataException(
        "Spark Connect sessions cannot run this; submit the job to the cluster itself.");
  }

  /** A data set of rows in Spark's own representation, in the session of {@code data}. */
  public static Dataset<Row> ofRows(
      Dataset<Row> data, JavaRDD<InternalRow> rows, StructType schema) {
    boolean isStreaming = false;
    return of(data).sparkSession().internalCreateDataFrame(rows.rdd(), schema, isStreaming);
  }

  /**
   * The columns of {@code data} by their places, whatever characters their names have and whether
   * or not two have the same name.
   */
  public static List<Column> columnsOf(Dataset<Row> data) {
    return CollectionConverters.asJava(of(data).queryExecution().analyzed().output()).stream()
        .map(Expressions::column)
        .toList();
  }
}
