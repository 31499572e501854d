package org.syncbn.spark.json;

import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.text.RowFileFormat;
import org.syncbn.spark.text.TextFile;

/**
 * JSON objects as a file format of Spark: rows are made by the types of columns that are known
 * before, and written as an object to a line (see {@link JsonValue} for the values).
 *
 * <p>Spark makes one of {@link #NAME} to write, and to read what was written.
 */
public final class JsonFormat extends RowFileFormat {

  private static final long serialVersionUID = 1L;

  /** The name of this format for readers and writers of data sets. */
  public static final String NAME = JsonFormat.class.getName();

  private final HashSet<String> whole;
  private final HashMap<String, List<String>> paths;
  private final TextOptions text;

  /** For files with an object on each line. */
  public JsonFormat() {
    this(Set.of(), Map.of(), TextOptions.DEFAULTS);
  }

  /**
   * For some files.
   *
   * @param whole the files that cannot be split
   * @param paths the keys that lead to those columns that are not keys themselves
   * @param text how the texts are to be understood
   */
  JsonFormat(Set<String> whole, Map<String, List<String>> paths, TextOptions text) {
    this.whole = new HashSet<>(whole);
    this.paths = new HashMap<>(paths);
    this.text = text;
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
  protected PartReader reader(StructType columns) {
    return part -> JsonPart.of(part, text).rows(new JsonRow(columns, paths));
  }

  @Override
  protected boolean isSplittable(TextFile file, Path path) {
    return file.isSplittable() && !whole.contains(path.toString());
  }

  @Override
  protected TextFile file(Configuration configuration, Path path) {
    return new TextFile(configuration, path, text);
  }

  @Override
  public OutputWriterFactory prepareWrite(
      SparkSession session,
      Job job,
      scala.collection.immutable.Map<String, String> options,
      StructType columns) {
    JsonValue.requireJson(columns);
    return super.prepareWrite(session, job, options, columns);
  }

  @Override
  protected String extension() {
    return ".json";
  }

  @Override
  protected RowWriter writer(OutputStream out, StructType columns) throws IOException {
    return new JsonLines(columns, out);
  }
}
