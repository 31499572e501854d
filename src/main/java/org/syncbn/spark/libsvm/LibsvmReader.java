package org.syncbn.spark.libsvm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.FormatReader;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.internals.Expressions;
import org.syncbn.spark.internals.Sessions;

/**
 * Reads LibSVM files into the columns {@code label}, {@code qid} where all lines have one, and
 * {@code features}. There are as many features as the greatest index says or, where the features
 * are known from other data, as those: rows leave zeros out, and one with more features is
 * rejected. Label and query are features only if they are named.
 *
 * <p>{@link LibsvmLine} says what a line may hold.
 */
public final class LibsvmReader implements FormatReader {

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    int known =
        (int)
            options.featureNames().stream()
                .filter(name -> name.startsWith(LibsvmFormat.FEATURES + "["))
                .count();
    LibsvmWidth.Found found =
        LibsvmWidth.of(session, files, options.text(), known == 0 ? Integer.MAX_VALUE : known);
    LibsvmFormat format =
        new LibsvmFormat(options.text(), Math.max(found.width(), known), found.hasQueries());
    return new InputTable(
        files.rows(session, format, format.columns(), Map.of()),
        files.files(),
        files.partitionColumns(),
        List.of());
  }

  /**
   * The rows of a folder that {@link LibsvmFormat} wrote.
   *
   * @param written the columns that were written
   */
  public static Dataset<Row> readBack(SparkSession session, StructType written, String folder)
      throws IOException {
    InputFiles files = InputFiles.find(Sessions.hadoop(session), List.of(folder));
    Dataset<Row> rows =
        new LibsvmReader()
            .read(session, files, ReadOptions.of(FeatureSelection.allNumeric()))
            .rows();
    List<Column> columns = new ArrayList<>();
    for (StructField column : written.fields()) {
      boolean isFolder = files.partitionColumns().contains(column.name());
      String read =
          LibsvmLines.isVector(column.dataType())
              ? LibsvmFormat.FEATURES
              : LibsvmLines.isQuery(column) ? LibsvmFormat.QUERY : LibsvmFormat.LABEL;
      columns.add(rows.col(isFolder ? Expressions.quoted(column.name()) : read).as(column.name()));
    }
    return rows.select(columns.toArray(Column[]::new));
  }
}
