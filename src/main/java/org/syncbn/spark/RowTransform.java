package org.syncbn.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.ClassicDataset;
import scala.Function2;

/**
 * Normalizes whole rows of many columns of numbers: to the same values as {@link FeatureTransform}
 * with an expression for each column, which Spark plans for minutes when there are thousands.
 *
 * <p>Immutable.
 */
final class RowTransform implements Serializable {

  private static final long serialVersionUID = 1L;

  private final StructType from;
  private final StructType to;
  private final NumberNormalizer[] normalizers; // [columns], null where a column stays
  private final MissingValues missing;

  /** Normalizes columns of {@code from}, all of them single numbers. */
  RowTransform(StructType from, Features features, FeatureScaling scaling, MissingValues missing) {
    StructField[] fields = from.fields();
    StructField[] normalized = fields.clone();
    normalizers = new NumberNormalizer[fields.length];
    int feature = 0;
    for (FeatureColumn column : features.columns()) {
      int ordinal = column.ordinal();
      StructField field = fields[ordinal];
      boolean isFloat = column.type() == FeatureType.FLOAT;
      DataType type = isFloat ? DataTypes.FloatType : DataTypes.DoubleType;
      normalized[ordinal] = new StructField(field.name(), type, true, field.metadata());
      normalizers[ordinal] = new NumberNormalizer(column.name(), scaling, feature++, missing);
    }
    this.from = from;
    to = new StructType(normalized);
    this.missing = missing;
  }

  /** The rows of {@code data}, normalized. */
  Dataset<Row> apply(Dataset<Row> data) {
    JavaRDD<InternalRow> rows = ColumnScan.of(data).rows().mapPartitions(this::partition);
    return ClassicDataset.ofRows(data, rows, to);
  }

  private Iterator<InternalRow> partition(Iterator<InternalRow> rows) {
    StructField[] fields = from.fields();
    SpecificInternalRow normalized = new SpecificInternalRow(to);
    Cell[] cells =
        IntStream.range(0, fields.length)
            .mapToObj(i -> cell(fields[i].dataType(), i))
            .toArray(Cell[]::new);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public InternalRow next() {
        InternalRow row = rows.next();
        for (Cell cell : cells) {
          cell.copy(row, normalized);
        }
        return normalized;
      }
    };
  }

  /** Brings one column of a row to the normalized row, whose memory all rows share. */
  private interface Cell {
    void copy(InternalRow row, SpecificInternalRow normalized);
  }

  /** A number of a row, widened as Spark casts it. */
  private interface Reading {
    double of(InternalRow row);
  }

  private Cell cell(DataType type, int ordinal) {
    NumberNormalizer normalizer = normalizers[ordinal];
    if (normalizer == null) {
      Function2<SpecializedGetters, Object, Object> value = InternalRow.getAccessor(type, true);
      return (row, normalized) -> normalized.update(ordinal, value.apply(row, ordinal));
    }
    Reading number = reading(type, ordinal);
    boolean narrow = to.apply(ordinal).dataType().equals(DataTypes.FloatType);
    return (row, normalized) -> {
      boolean isNull = row.isNullAt(ordinal);
      if (isNull && missing == MissingValues.SKIP) {
        normalized.setNullAt(ordinal);
        return;
      }
      double value = normalizer.apply(isNull ? Double.NaN : number.of(row));
      if (narrow) {
        normalized.setFloat(ordinal, (float) value);
      } else {
        normalized.setDouble(ordinal, value);
      }
    };
  }

  private static Reading reading(DataType type, int ordinal) {
    return switch (FeatureType.of(FeatureType.valueType(type)).orElseThrow()) {
      case BYTE -> row -> row.getByte(ordinal);
      case SHORT -> row -> row.getShort(ordinal);
      case INT -> row -> row.getInt(ordinal);
      case LONG -> row -> row.getLong(ordinal);
      case FLOAT -> row -> row.getFloat(ordinal);
      case DOUBLE ->
          type.equals(DataTypes.BooleanType)
              ? row -> row.getBoolean(ordinal) ? 1 : 0
              : row -> row.getDouble(ordinal);
      case DECIMAL -> {
        DecimalType decimal = (DecimalType) type;
        yield row -> row.getDecimal(ordinal, decimal.precision(), decimal.scale()).toDouble();
      }
      case VECTOR, DOUBLE_ARRAY, FLOAT_ARRAY ->
          throw new IllegalStateException(type + " is not a number.");
    };
  }
}
