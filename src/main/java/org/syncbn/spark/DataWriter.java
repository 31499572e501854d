package org.syncbn.spark;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.orc.OrcFileFormat;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.syncbn.spark.columnar.ColumnarSession;
import org.syncbn.spark.columnar.OrcNames;
import org.syncbn.spark.columnar.OrcTimes;
import org.syncbn.spark.columnar.ParquetFormat;
import org.syncbn.spark.columnar.StoredType;
import org.syncbn.spark.csv.CsvFormat;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FileSystems;
import org.syncbn.spark.files.InputFiles;
import org.syncbn.spark.files.PartitionFolders;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.spark.json.JsonFormat;
import org.syncbn.spark.json.JsonText;
import org.syncbn.spark.libsvm.LibsvmFormat;
import org.syncbn.spark.libsvm.LibsvmReader;

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

  /**
   * Writes all rows; what the folder holds is replaced. Where there are none, no folder {@code
   * key=value} is made, and the file has all columns.
   */
  public void write(Dataset<Row> rows, String folder) {
    if (format == DataFormat.CSV) {
      CsvFormat.requireWritable(rows.schema());
    } else if (format == DataFormat.ORC) {
      OrcNames.requireWritable(without(rows.schema(), partitionBy));
    }
    withFolderNames(withPlainFolders(format == DataFormat.ORC ? OrcTimes.ofOrc(rows) : rows))
        .write()
        .format(source())
        .partitionBy(partitionBy.toArray(String[]::new))
        .mode(SaveMode.Overwrite)
        .save(folder);
    if (!partitionBy.isEmpty() && !hasFolders(rows.sparkSession(), folder)) {
      new DataWriter(format, List.of()).write(rows.limit(0), folder);
    }
  }

  private static boolean hasFolders(SparkSession session, String folder) {
    Path path = new Path(folder);
    try {
      return Arrays.stream(FileSystems.of(path, Sessions.hadoop(session)).listStatus(path))
          .anyMatch(FileStatus::isDirectory);
    } catch (IOException e) {
      throw DataException.of(e);
    }
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
    try {
      if (format == DataFormat.LIBSVM) {
        return LibsvmReader.readBack(session, schema, folder);
      }
      // A folder's name is no pattern here.
      InputFiles files = InputFiles.find(Sessions.hadoop(session), List.of(folder));
      StructType columns = without(schema, files.partitionColumns());
      return format == DataFormat.CSV
          ? files.rows(session, CsvFormat.written(columns), CsvFormat.readable(columns), Map.of())
          : files.rows(ColumnarSession.of(session), reader(), stored(columns), Map.of());
    } catch (IOException failure) {
      throw DataException.of(failure);
    }
  }

  private FileFormat reader() {
    return switch (format) {
      case JSON -> new JsonFormat();
      case ORC -> new OrcFileFormat();
      case PARQUET, CSV, LIBSVM -> new ParquetFormat();
    };
  }

  private static StructType without(StructType schema, List<String> ofFolders) {
    StructType columns = new StructType();
    for (StructField field : schema.fields()) {
      columns = ofFolders.contains(field.name()) ? columns : columns.add(field);
    }
    return columns;
  }

  private StructType stored(StructType schema) {
    return switch (format) {
      case JSON -> JsonFormat.readBack(schema);
      case ORC -> OrcTimes.ofOrc(schema);
      case PARQUET, CSV, LIBSVM -> schema;
    };
  }

  /** Throws if a value cannot be the name of a folder, or would read back as something else. */
  private Dataset<Row> withFolderNames(Dataset<Row> rows) {
    if (partitionBy.isEmpty()) {
      return rows;
    }
    List<Column> columns = ClassicDataset.columnsOf(rows);
    StructField[] fields = rows.schema().fields();
    Column[] checked = columns.toArray(Column[]::new);
    for (int i = 0; i < checked.length; i++) {
      String name = fields[i].name();
      if (partitionBy.contains(name)) {
        requireFolderType(fields[i]);
        if (fields[i].dataType() instanceof StringType) {
          checked[i] =
              functions
                  .udf(new FolderValue(name), DataTypes.StringType)
                  .apply(columns.get(i))
                  .as(name);
        }
      }
    }
    return rows.select(checked);
  }

  private static void requireFolderType(StructField field) {
    DataType type = field.dataType();
    boolean isNumberOrTime =
        type instanceof NumericType
            || type instanceof BooleanType
            || type instanceof DateType
            || type instanceof TimestampType
            || type instanceof TimestampNTZType;
    if (!(type instanceof StringType || isNumberOrTime && !StoredType.isKept(field))) {
      throw new DataException(
          "The column '%s' is %s, whose values cannot be names of folders; name other columns with --partition-by, or none."
              .formatted(
                  field.name(),
                  StoredType.of(field).map(StoredType::toString).orElse(type.simpleString())));
    }
  }

  /** Passes texts on that can be values of folders. */
  private record FolderValue(String column) implements UDF1<String, String> {
    @Override
    public String call(String text) {
      return text == null ? null : PartitionFolders.requireValue(column, text);
    }
  }
}
