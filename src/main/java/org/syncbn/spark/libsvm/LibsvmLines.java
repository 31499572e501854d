package org.syncbn.spark.libsvm;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.text.RowFileFormat;

/**
 * Writes a label and a vector as a line of LibSVM: indices from 1, values other than 0 as the
 * shortest decimals that read back the same. The first line of each file has its last value even if
 * that is 0, so that the number of features can be read again.
 *
 * <p>Not thread-safe.
 */
final class LibsvmLines implements RowFileFormat.RowWriter {

  private final Writer out;
  private final DataType labelType;
  private final DataType type; // of the vector
  private final int label;
  private final Optional<Integer> query;
  private final int vector;
  private boolean isFirst = true;

  LibsvmLines(StructType columns, OutputStream file) {
    out = new BufferedWriter(new OutputStreamWriter(file, StandardCharsets.US_ASCII));
    StructField[] fields = columns.fields();
    vector = first(fields, field -> isVector(field.dataType())).orElseThrow();
    query = fields.length < 3 ? Optional.empty() : first(fields, LibsvmLines::isQuery);
    label =
        first(
                fields,
                field -> !isVector(field.dataType()) && !(query.isPresent() && isQuery(field)))
            .orElseThrow();
    type = columns.fields()[vector].dataType();
    labelType = columns.fields()[label].dataType();
  }

  private static Optional<Integer> first(StructField[] fields, Predicate<StructField> is) {
    return IntStream.range(0, fields.length).boxed().filter(i -> is.test(fields[i])).findFirst();
  }

  /** Whether a column holds the numbers of queries. */
  static boolean isQuery(StructField column) {
    return column.name().equals(LibsvmFormat.QUERY) && column.dataType().equals(DataTypes.LongType);
  }

  /**
   * Throws if the columns are not a numeric label, a vector or array of numbers, and optionally
   * integers {@code qid}.
   */
  static void requireLabelAndVector(StructType columns) {
    StructField[] fields = columns.fields();
    long vectors = Arrays.stream(fields).filter(field -> isVector(field.dataType())).count();
    long labels =
        Arrays.stream(fields).filter(field -> field.dataType() instanceof NumericType).count();
    long queries = labels == 2 ? Arrays.stream(fields).filter(LibsvmLines::isQuery).count() : 0;
    if (vectors != 1 || labels - queries != 1 || fields.length != 2 + queries) {
      throw new DataException(
          "LibSVM holds a label and a vector, but there are the columns %s; write another format."
              .formatted(columns.simpleString()));
    }
  }

  /** Whether a column of a type can be the vector. */
  static boolean isVector(DataType type) {
    return isSparkVector(type)
        || type instanceof ArrayType array
            && (array.elementType() instanceof DoubleType
                || array.elementType() instanceof FloatType);
  }

  private static boolean isSparkVector(DataType type) {
    return type.equals(SQLDataTypes.VectorType())
        || type instanceof org.apache.spark.mllib.linalg.VectorUDT;
  }

  @Override
  public void write(InternalRow row) throws IOException {
    boolean noQuery = query.isPresent() && row.isNullAt(query.get());
    if (row.isNullAt(label) || row.isNullAt(vector) || noQuery) {
      throw new DataException(
          "A row has no %s, which LibSVM cannot hold; leave such rows out, or write another format."
              .formatted(row.isNullAt(label) ? "label" : noQuery ? "query" : "vector"));
    }
    out.write(label(row));
    if (query.isPresent()) {
      out.write(" qid:" + row.getLong(query.get()));
    }
    if (isSparkVector(type)) {
      writeVector(row.getStruct(vector, 4));
    } else {
      boolean isFloat = ((ArrayType) type).elementType() instanceof FloatType;
      ArrayData elements = row.getArray(vector);
      for (int i = 0; i < elements.numElements(); i++) {
        if (elements.isNullAt(i)) {
          throw new DataException(
              "A vector has a value that is null, which LibSVM cannot hold; write another format.");
        }
        write(
            i,
            isFloat ? elements.getFloat(i) : elements.getDouble(i),
            isFloat ? text(elements.getFloat(i)) : text(elements.getDouble(i)),
            elements.numElements());
      }
    }
    out.write('\n');
    isFirst = false;
  }

  private String label(InternalRow row) {
    Object value = row.get(label, labelType);
    if (value instanceof Double number) {
      return text(number);
    }
    return value instanceof Float number ? text(number) : value.toString();
  }

  /** Spark stores a vector as a struct of its type (0: sparse), size, indices and values. */
  private void writeVector(InternalRow struct) throws IOException {
    ArrayData values = struct.getArray(3);
    boolean isSparse = struct.getByte(0) == 0;
    int size = isSparse ? struct.getInt(1) : values.numElements();
    ArrayData indices = isSparse ? struct.getArray(2) : null;
    for (int i = 0; i < values.numElements(); i++) {
      double value = values.getDouble(i);
      write(isSparse ? indices.getInt(i) : i, value, text(value), size);
    }
    int stored = values.numElements();
    boolean endsEarlier = isSparse && (stored == 0 || indices.getInt(stored - 1) < size - 1);
    if (endsEarlier && size > 0) {
      write(size - 1, 0, "0.0", size);
    }
  }

  private void write(int index, double value, String text, int size) throws IOException {
    boolean isZero = Double.doubleToRawLongBits(value) == 0;
    if (!isZero || isFirst && index == size - 1) {
      out.write(" " + (index + 1) + ":" + text);
    }
  }

  private static String text(double value) {
    return NumberOutput.toString(value, true);
  }

  private static String text(float value) {
    return NumberOutput.toString(value, true);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
