package io.syncbn.spark.columnar;

import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.DataFormat;
import io.syncbn.spark.files.FormatReader;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.ReadOptions;
import java.util.List;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads Parquet and ORC with all columns of all files: Spark otherwise takes those of one file. */
public final class ColumnarReader implements FormatReader {

  private final DataFormat format;

  /** Reads one of the two formats. */
  public ColumnarReader(DataFormat format) {
    this.format = format;
  }

  @Override
  public InputTable read(SparkSession session, InputFiles files, ReadOptions options) {
    String[] paths =
        files.files().stream().map(file -> file.path().toString()).toArray(String[]::new);
    try {
      Dataset<Row> rows =
          session.read().format(format.sparkName()).option("mergeSchema", true).load(paths);
      return new InputTable(rows, files.files(), List.of(), List.of());
    } catch (Exception failure) { // Spark does not say which column.
      String sentence = DataException.of(failure).getMessage();
      throw ExceptionUtils.getThrowableList(failure).stream()
              .anyMatch(link -> String.valueOf(link.getMessage()).contains("CANNOT_MERGE_SCHEMAS"))
          ? new DataException(
              "Files of %s have a column of one name and different types: %s"
                  .formatted(files, sentence))
          : DataException.of(failure);
    }
  }
}
