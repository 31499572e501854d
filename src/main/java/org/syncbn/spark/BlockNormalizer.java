package org.syncbn.spark;

import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/**
 * Normalizes the blocks of one column, in Spark's own representation: the methods are called from
 * generated code, by name.
 *
 * <p>Immutable.
 */
public final class BlockNormalizer implements Serializable {

  private static final long serialVersionUID = 1L;

  private final FeatureColumn column;
  private final MissingValues missing;
  private final NumberNormalizer[] numbers; // [width]
  private final boolean plain; // whether each feature is (value - center) / divisor
  private final boolean keepsZeros;
  private final double[] centers; // [width]
  private final double[] divisors; // [width]

  /** Normalizes the blocks of {@code column}, whose features begin with the scaling's first-th. */
  BlockNormalizer(FeatureColumn column, FeatureScaling scaling, int first, MissingValues missing) {
    int width = column.width();
    List<String> names = column.featureNames();
    this.column = column;
    this.missing = missing;
    numbers =
        IntStream.range(0, width)
            .mapToObj(i -> new NumberNormalizer(names.get(i), scaling, first + i, missing))
            .toArray(NumberNormalizer[]::new);
    plain = IntStream.range(first, first + width).allMatch(scaling::isPlain);
    keepsZeros = IntStream.range(first, first + width).allMatch(scaling::keepsZero);
    centers = IntStream.range(first, first + width).mapToDouble(scaling::center).toArray();
    divisors = IntStream.range(first, first + width).mapToDouble(scaling::divisor).toArray();
  }

  /** The name of the method for the column's type. */
  String method() {
    return switch (column.type()) {
      case VECTOR -> "vector";
      case DOUBLE_ARRAY -> "doubles";
      case FLOAT_ARRAY -> "floats";
      default -> throw new IllegalStateException(column + " is not a block.");
    };
  }

  /**
   * A vector, dense or sparse, or null: a sparse one if it was and zeros stay, else a dense one.
   */
  public InternalRow vector(InternalRow vector) {
    double[] values;
    if (vector == null) {
      values = ofNullBlock();
    } else if (vector.getByte(VectorFields.TYPE) == VectorFields.DENSE) {
      values = vector.getArray(VectorFields.VALUES).toDoubleArray();
    } else if (keepsZeros) {
      return sparse(vector);
    } else {
      values = new double[vector.getInt(VectorFields.SIZE)];
      int[] indices = vector.getArray(VectorFields.INDICES).toIntArray();
      double[] stored = vector.getArray(VectorFields.VALUES).toDoubleArray();
      for (int i = 0; i < indices.length; i++) {
        values[indices[i]] = stored[i];
      }
    }
    return values == null
        ? null
        : new GenericInternalRow(
            new Object[] {
              VectorFields.DENSE,
              null,
              null,
              UnsafeArrayData.fromPrimitiveArray(vector == null ? values : normalize(values))
            });
  }

  private InternalRow sparse(InternalRow vector) {
    column.requireWidth(vector.getInt(VectorFields.SIZE));
    int[] indices = vector.getArray(VectorFields.INDICES).toIntArray();
    double[] values = vector.getArray(VectorFields.VALUES).toDoubleArray();
    for (int i = 0; i < indices.length; i++) {
      values[i] = numbers[indices[i]].apply(values[i]);
    }
    return new GenericInternalRow(
        new Object[] {
          VectorFields.SPARSE,
          column.width(),
          UnsafeArrayData.fromPrimitiveArray(indices),
          UnsafeArrayData.fromPrimitiveArray(values)
        });
  }

  /** An array of doubles, or null. */
  public ArrayData doubles(ArrayData array) {
    if (array == null) {
      double[] values = ofNullBlock();
      return values == null ? null : UnsafeArrayData.fromPrimitiveArray(values);
    } else if (hasNull(array)) {
      return withNulls(array);
    }
    return UnsafeArrayData.fromPrimitiveArray(normalize(array.toDoubleArray()));
  }

  /** An array of floats, or null. */
  public ArrayData floats(ArrayData array) {
    if (array == null) {
      double[] values = ofNullBlock();
      return values == null ? null : UnsafeArrayData.fromPrimitiveArray(narrowed(values));
    } else if (hasNull(array)) {
      return withNulls(array);
    }
    float[] floats = array.toFloatArray();
    double[] values = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      values[i] = floats[i];
    }
    return UnsafeArrayData.fromPrimitiveArray(narrowed(normalize(values)));
  }

  /** Normalizes in place. */
  private double[] normalize(double[] values) {
    column.requireWidth(values.length);
    if (plain && (missing == MissingValues.SKIP || allFinite(values))) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (values[i] - centers[i]) / divisors[i];
      }
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = numbers[i].apply(values[i]);
      }
    }
    return values;
  }

  private static boolean allFinite(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * 0; // NaN and infinities give NaN
    }
    return sum == 0;
  }

  private ArrayData withNulls(ArrayData array) {
    column.requireWidth(array.numElements());
    boolean narrow = column.type() == FeatureType.FLOAT_ARRAY;
    Object[] values = new Object[array.numElements()];
    for (int i = 0; i < values.length; i++) {
      boolean isNull = array.isNullAt(i);
      if (isNull && missing == MissingValues.SKIP) {
        continue;
      }
      double value = isNull ? Double.NaN : narrow ? array.getFloat(i) : array.getDouble(i);
      double normalized = numbers[i].apply(value);
      if (narrow) {
        values[i] = (float) normalized;
      } else {
        values[i] = normalized;
      }
    }
    return new GenericArrayData(values);
  }

  /** What a block that is null becomes: one of missing values, or null. */
  private double[] ofNullBlock() {
    if (missing == MissingValues.SKIP) {
      return null;
    }
    double[] values = new double[column.width()];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers[i].apply(Double.NaN);
    }
    return values;
  }

  private static boolean hasNull(ArrayData array) {
    for (int i = 0; i < array.numElements(); i++) {
      if (array.isNullAt(i)) {
        return true;
      }
    }
    return false;
  }

  private static float[] narrowed(double[] values) {
    float[] narrowed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrowed[i] = (float) values[i];
    }
    return narrowed;
  }
}
