package org.syncbn.spark.libsvm;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.text.FilePart;
import org.syncbn.spark.text.RowFileFormat;
import org.syncbn.spark.text.TextFile;
import org.syncbn.spark.text.TextLines;

/**
 * LibSVM as a file format of Spark: a label and a sparse vector on each line.
 *
 * <p>Spark makes one of {@link #NAME} to write.
 */
public final class LibsvmFormat extends RowFileFormat {

  private static final long serialVersionUID = 1L;

  /** The name of this format for writers of data sets. */
  public static final String NAME = LibsvmFormat.class.getName();

  static final String LABEL = "label";
  static final String QUERY = "qid";
  static final String FEATURES = "features";

  private static final byte SPARSE = 0; // of Spark's struct of a vector

  private final TextOptions text;
  private final int width;
  private final boolean hasQueries;

  /** For writing. */
  public LibsvmFormat() {
    this(TextOptions.DEFAULTS, 0, false);
  }

  /**
   * For reading.
   *
   * @param width the number of features, at least that of each line
   * @param hasQueries whether each line has a query
   */
  LibsvmFormat(TextOptions text, int width, boolean hasQueries) {
    this.text = text;
    this.width = width;
    this.hasQueries = hasQueries;
  }

  /** The columns; label and query are features only if they are named. */
  StructType columns() {
    StructType columns =
        new StructType().add(FeatureSelection.onlyWhereNamed(LABEL, DataTypes.DoubleType));
    return (hasQueries
            ? columns.add(FeatureSelection.onlyWhereNamed(QUERY, DataTypes.LongType))
            : columns)
        .add(new AttributeGroup(FEATURES, width).toStructField());
  }

  @Override
  protected PartReader reader(StructType columns) {
    List<String> names = List.of(columns.fieldNames());
    int label = names.indexOf(LABEL);
    int query = names.indexOf(QUERY);
    int features = names.indexOf(FEATURES);
    return part -> new Rows(lines(part), label, query, features);
  }

  private TextLines lines(FilePart part) {
    return file(part.configuration(), part.path()).lines(part.start(), part.end());
  }

  /** The rows of a part; places of columns that are not wanted are -1. */
  private final class Rows implements Iterator<InternalRow>, Closeable {

    private final TextLines lines;
    private final LibsvmLine line = new LibsvmLine(width, text.zeroBased());
    private final int label;
    private final int query;
    private final int features;
    private boolean isAhead;

    Rows(TextLines lines, int label, int query, int features) {
      this.lines = lines;
      this.label = label;
      this.query = query;
      this.features = features;
    }

    @Override
    public boolean hasNext() {
      while (!isAhead && lines.next()) {
        isAhead = line.parse(lines);
      }
      return isAhead;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      isAhead = false;
      Object[] row = new Object[1 + Math.max(label, Math.max(query, features))];
      if (label >= 0) {
        row[label] = line.label();
      }
      if (query >= 0) {
        row[query] = line.query().orElseThrow();
      }
      if (features >= 0) {
        Object[] vector = {
          SPARSE,
          width,
          UnsafeArrayData.fromPrimitiveArray(line.indices()),
          UnsafeArrayData.fromPrimitiveArray(line.values())
        };
        row[features] = new GenericInternalRow(vector);
      }
      return new GenericInternalRow(row);
    }

    @Override
    public void close() {
      lines.close();
    }
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
    LibsvmLines.requireLabelAndVector(columns);
    return super.prepareWrite(session, job, options, columns);
  }

  @Override
  protected String extension() {
    return ".libsvm";
  }

  @Override
  protected RowWriter writer(OutputStream out, StructType columns) throws IOException {
    return new LibsvmLines(columns, out);
  }
}
