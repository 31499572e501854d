package io.syncbn.spark.json;

import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.CodecStreams;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * JSON objects as a file format of Spark: rows are made by the types of columns that are known
 * before, and written as an object to a line (see {@link JsonValue} for the values).
 *
 * <p>Spark makes one of {@link #NAME} to write, and to read what was written.
 */
public final class JsonFormat extends JsonSource {

  private static final long serialVersionUID = 1L;

  /** The name of this format for readers and writers of data sets. */
  public static final String NAME = JsonFormat.class.getName();

  private final HashSet<String> whole;
  private final HashMap<String, List<String>> paths;

  /** For files with an object on each line. */
  public JsonFormat() {
    this(Set.of(), Map.of());
  }

  /**
   * For some files.
   *
   * @param whole the files that cannot be split
   * @param paths the keys that lead to those columns that are not keys themselves
   */
  JsonFormat(Set<String> whole, Map<String, List<String>> paths) {
    this.whole = new HashSet<>(whole);
    this.paths = new HashMap<>(paths);
  }

  /**
   * The columns with which files that were written are read: vectors are arrays of numbers in JSON.
   *
   * @param written the columns that were written
   */
  public static StructType readBack(StructType written) {
    StructType columns = new StructType();
    for (StructField column : written.fields()) {
      columns =
          columns.add(
              JsonValue.isVector(column.dataType())
                  ? new StructField(
                      column.name(),
                      DataTypes.createArrayType(DataTypes.DoubleType),
                      true,
                      column.metadata())
                  : column);
    }
    return columns;
  }

  @Override
  Set<String> whole() {
    return whole;
  }

  @Override
  Iterator<InternalRow> rows(JsonPart part, StructType schema, Configuration conf)
      throws IOException {
    return part.read(conf, new JsonRow(schema, paths)::of);
  }

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession session,
      Job job,
      scala.collection.immutable.Map<String, String> options,
      StructType schema) {
    JsonValue.requireJson(schema);
    return new Writers();
  }

  private static final class Writers extends OutputWriterFactory {

    private static final long serialVersionUID = 1L;

    @Override
    public String getFileExtension(TaskAttemptContext context) {
      return ".json" + CodecStreams.getCompressionExtension(context);
    }

    @Override
    public OutputWriter newInstance(String path, StructType schema, TaskAttemptContext context) {
      OutputStream file = CodecStreams.createOutputStream(context, new Path(path));
      JsonLines lines = new JsonLines(schema, file);
      return new OutputWriter() {
        @Override
        public void write(InternalRow row) {
          lines.write(row);
        }

        @Override
        public void close() {
          lines.close();
        }

        @Override
        public String path() {
          return path;
        }
      };
    }
  }
}
