package io.syncbn.spark;

import io.syncbn.spark.columnar.ColumnarSession;
import io.syncbn.spark.columnar.OrcTimes;
import io.syncbn.spark.columnar.ParquetFormat;
import io.syncbn.spark.csv.CsvFormat;
import io.syncbn.spark.files.ClassicDataset;
import io.syncbn.spark.files.DataException;
import io.syncbn.spark.files.DataFormat;
import io.syncbn.spark.files.InputFiles;
import io.syncbn.spark.json.JsonFormat;
import io.syncbn.spark.json.JsonText;
import io.syncbn.spark.libsvm.LibsvmFormat;
import io.syncbn.spark.libsvm.LibsvmReader;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Writes a data set to files, and reads back what it wrote, to the same values.
 *
 * @param format of the files
 * @param partitionBy columns that become folders {@code key=value}, the outermost first
 */
public record DataWriter(DataFormat format, List<String> partitionBy) {

  /** Copies the list. */
  public DataWriter {
    partitionBy = List.copyOf(partitionBy);
  }

  /** Writes all rows; what the folder holds is replaced. */
  public void write(Dataset<Row> rows, String folder) {
    if (format == DataFormat.CSV) {
      CsvFormat.requireWritable(rows.schema());
    }
    withPlainFolders(format == DataFormat.ORC ? OrcTimes.ofOrc(rows) : rows)
        .write()
        .format(source())
        .partitionBy(partitionBy.toArray(String[]::new))
        .mode(SaveMode.Overwrite)
        .save(folder);
  }

  /** Names of folders are values, not JSON texts of them. */
  private Dataset<Row> withPlainFolders(Dataset<Row> rows) {
    Column[] columns = ClassicDataset.columnsOf(rows).toArray(Column[]::new);
    StructField[] fields = rows.schema().fields();
    for (int i = 0; i < columns.length; i++) {
      if (partitionBy.contains(fields[i].name())) {
        columns[i] = JsonText.plain(columns[i], fields[i]).as(fields[i].name());
      }
    }
    return partitionBy.isEmpty() ? rows : rows.select(columns);
  }

  /** Spark's name of what writes the files. */
  private String source() {
    return switch (format) {
      case JSON -> JsonFormat.NAME;
      case LIBSVM -> LibsvmFormat.NAME;
      case PARQUET -> ParquetFormat.class.getName();
      case CSV -> CsvFormat.class.getName();
      case ORC -> format.sparkName();
    };
  }

  /**
   * The rows that were written.
   *
   * @param schema of what was written
   */
  public Dataset<Row> readBack(SparkSession session, StructType schema, String folder) {
    if (format == DataFormat.CSV) {
      return readBackCsv(session, schema, folder);
    } else if (format == DataFormat.LIBSVM) {
      try {
        return LibsvmReader.readBack(session, schema, folder);
      } catch (IOException failure) {
        throw DataException.of(failure);
      }
    }
    return ColumnarSession.of(session).read().schema(stored(schema)).format(source()).load(folder);
  }

  private StructType stored(StructType schema) {
    return switch (format) {
      case JSON -> JsonFormat.readBack(schema);
      case ORC -> OrcTimes.ofOrc(schema);
      case PARQUET, CSV, LIBSVM -> schema;
    };
  }

  private Dataset<Row> readBackCsv(SparkSession session, StructType schema, String folder) {
    StructType columns = new StructType();
    for (StructField field : schema.fields()) {
      columns = partitionBy.contains(field.name()) ? columns : columns.add(field);
    }
    try {
      InputFiles files = InputFiles.find(session.sessionState().newHadoopConf(), List.of(folder));
      return files.rows(session, CsvFormat.written(columns), CsvFormat.readable(columns), Map.of());
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }
}
