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
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.orc.OrcFileFormat;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
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
    withFolderNames(withPlainFolders(format == DataFormat.ORC ? OrcTimes.ofOrc(rows) : rows))
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
    FileFormat files =
        switch (format) {
          case JSON -> new JsonFormat();
          case ORC -> new OrcFileFormat();
          case PARQUET, CSV, LIBSVM -> new ParquetFormat();
        };
    return rows(ColumnarSession.of(session), folder, files, stored(inFiles(schema)));
  }

  /** The columns that are in the files, and not the names of folders. */
  private StructType inFiles(StructType schema) {
    StructType columns = new StructType();
    for (StructField field : schema.fields()) {
      columns = partitionBy.contains(field.name()) ? columns : columns.add(field);
    }
    return columns;
  }

  /** A folder's name is no pattern here. */
  private static Dataset<Row> rows(
      SparkSession session, String folder, FileFormat format, StructType columns) {
    try {
      InputFiles files = InputFiles.find(session.sessionState().newHadoopConf(), List.of(folder));
      return files.rows(session, format, columns, Map.of());
    } catch (IOException e) {
      throw DataException.of(e);
    }
  }

  private StructType stored(StructType schema) {
    return switch (format) {
      case JSON -> JsonFormat.readBack(schema);
      case ORC -> OrcTimes.ofOrc(schema);
      case PARQUET, CSV, LIBSVM -> schema;
    };
  }

  private Dataset<Row> readBackCsv(SparkSession session, StructType schema, String folder) {
    StructType columns = inFiles(schema);
    return rows(session, folder, CsvFormat.written(columns), CsvFormat.readable(columns));
  }

  /** Refuses texts that would come back as null. */
  private Dataset<Row> withFolderNames(Dataset<Row> rows) {
    if (partitionBy.isEmpty()) {
      return rows;
    }
    List<Column> columns = ClassicDataset.columnsOf(rows);
    StructField[] fields = rows.schema().fields();
    Column[] checked = new Column[fields.length];
    for (int i = 0; i < fields.length; i++) {
      String name = fields[i].name();
      boolean isText = fields[i].dataType().equals(DataTypes.StringType);
      checked[i] =
          isText && partitionBy.contains(name) ? folderName(columns.get(i), name) : columns.get(i);
    }
    return rows.select(checked);
  }

  private static Column folderName(Column column, String name) {
    return functions
        .when(
            column.isin("", ExternalCatalogUtils.DEFAULT_PARTITION_NAME()),
            functions.raise_error(
                functions.lit(
                    "The column '%s' has an empty text, or one that stands for null, which cannot be the name of a folder; name other columns with --partition-by, or none."
                        .formatted(name))))
        .otherwise(column)
        .as(name);
  }
}
