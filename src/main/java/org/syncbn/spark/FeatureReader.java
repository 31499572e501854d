package org.syncbn.spark;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.DecimalType;
import org.syncbn.sums.TableSums;

/**
 * Reads the features of Spark's internal rows, value by value, for statistics and for networks. The
 * first columns of a row are the feature columns, in order.
 *
 * <p>Not thread-safe.
 */
final class FeatureReader {

  /** Reads the number at a place of a row or of an array. */
  interface Number {
    double at(SpecializedGetters row, int ordinal);
  }

  private final FeatureColumn[] columns;
  private final FeatureType[] types;
  private final Number[] numbers; // of the columns, or of the elements of their arrays
  private final FeatureSink sink;
  private final Zeros zeros;

  /** What the sink is told of the zeros that sparse vectors do not store. */
  private enum Zeros {
    ADDED,
    LEFT_OUT
  }

  private FeatureReader(List<FeatureColumn> columns, FeatureSink sink, Zeros zeros) {
    this.zeros = zeros;
    this.columns = columns.toArray(FeatureColumn[]::new);
    types = columns.stream().map(FeatureColumn::type).toArray(FeatureType[]::new);
    numbers = columns.stream().map(FeatureReader::number).toArray(Number[]::new);
    this.sink = sink;
  }

  /** The sums of all rows. */
  static TableSums of(Iterator<InternalRow> rows, List<FeatureColumn> columns) {
    TableSums sums = new TableSums(columns.stream().mapToInt(FeatureColumn::width).sum());
    FeatureBuffer buffer = new FeatureBuffer(sums);
    FeatureReader reader = new FeatureReader(columns, buffer, Zeros.ADDED);
    while (rows.hasNext()) {
      reader.add(rows.next());
    }
    buffer.flush();
    return sums;
  }

  /** A reader of rows, or of the blocks of single columns, whose values go to {@code sink}. */
  static FeatureReader into(FeatureSink sink, List<FeatureColumn> columns) {
    return new FeatureReader(columns, sink, Zeros.ADDED);
  }

  /** The same for a sink that holds zeros already: it is not told those of sparse vectors. */
  static FeatureReader intoZeros(FeatureSink sink, List<FeatureColumn> columns) {
    return new FeatureReader(columns, sink, Zeros.LEFT_OUT);
  }

  void add(InternalRow row) {
    int first = 0;
    for (int c = 0; c < columns.length; c++) {
      if (types[c].isBlock()) {
        addBlock(row, c, c, first);
      } else if (row.isNullAt(c)) {
        sink.addNull(first);
      } else {
        sink.add(first, numbers[c].at(row, c));
      }
      first += columns[c].width();
    }
  }

  /** Adds the block of feature column {@code c} that stands at {@code ordinal} of {@code row}. */
  private void addBlock(SpecializedGetters row, int ordinal, int c, int first) {
    if (row.isNullAt(ordinal)) {
      addNullBlock(c, first);
    } else if (types[c] == FeatureType.VECTOR) {
      addVector(row.getStruct(ordinal, VectorFields.COUNT), c, first);
    } else {
      addElements(row.getArray(ordinal), c, first);
    }
  }

  void addNullBlock(int c, int first) {
    for (int i = 0; i < columns[c].width(); i++) {
      sink.addNull(first + i);
    }
  }

  void addVector(InternalRow vector, int c, int first) {
    if (vector.getByte(VectorFields.TYPE) == VectorFields.DENSE) {
      addElements(vector.getArray(VectorFields.VALUES), c, first);
      return;
    }
    columns[c].requireWidth(vector.getInt(VectorFields.SIZE));
    var indices = vector.getArray(VectorFields.INDICES);
    var values = vector.getArray(VectorFields.VALUES);
    if (zeros == Zeros.LEFT_OUT) {
      for (int next = 0; next < indices.numElements(); next++) {
        sink.add(first + indices.getInt(next), values.getDouble(next));
      }
      return;
    }
    int next = 0;
    for (int i = 0; i < columns[c].width(); i++) {
      boolean stored = next < indices.numElements() && indices.getInt(next) == i;
      sink.add(first + i, stored ? values.getDouble(next++) : 0);
    }
  }

  void addElements(org.apache.spark.sql.catalyst.util.ArrayData elements, int c, int first) {
    columns[c].requireWidth(elements.numElements());
    for (int i = 0; i < columns[c].width(); i++) {
      if (elements.isNullAt(i)) {
        sink.addNull(first + i);
      } else {
        sink.add(first + i, numbers[c].at(elements, i));
      }
    }
  }

  /** Reads the numbers of a column, or of the elements of its arrays, where they are not null. */
  static Number number(FeatureColumn column) {
    return switch (column.type()) {
      case BYTE -> SpecializedGetters::getByte;
      case SHORT -> SpecializedGetters::getShort;
      case INT -> SpecializedGetters::getInt;
      case LONG -> SpecializedGetters::getLong;
      case FLOAT, FLOAT_ARRAY -> SpecializedGetters::getFloat;
      case DOUBLE, DOUBLE_ARRAY, VECTOR -> SpecializedGetters::getDouble;
      case DECIMAL -> {
        DecimalType type = (DecimalType) column.dataType();
        yield (row, ordinal) -> row.getDecimal(ordinal, type.precision(), type.scale()).toDouble();
      }
    };
  }
}
