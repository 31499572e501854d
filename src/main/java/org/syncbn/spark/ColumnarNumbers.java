package org.syncbn.spark;

import java.math.BigDecimal;
import java.util.BitSet;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Reads the numbers of a column of Spark's columnar batches as doubles. */
final class ColumnarNumbers {

  private ColumnarNumbers() {}

  /**
   * Copies the numbers of some rows.
   *
   * @param from the first row
   * @param rows how many
   * @param to receives them from 0 on; what it receives for a null means nothing
   * @param nulls receives which of them are null, counted from 0; must be empty
   */
  static void copy(
      ColumnVector vector, int from, int rows, FeatureColumn column, double[] to, BitSet nulls) {
    if (vector.hasNull()) {
      for (int r = 0; r < rows; r++) {
        if (vector.isNullAt(from + r)) {
          nulls.set(r);
        }
      }
    }
    boolean all = nulls.isEmpty();
    switch (column.type()) {
      case BYTE -> {
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = vector.getByte(from + r);
          }
        }
      }
      case SHORT -> {
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = vector.getShort(from + r);
          }
        }
      }
      case INT -> {
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = vector.getInt(from + r);
          }
        }
      }
      case LONG -> {
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = vector.getLong(from + r);
          }
        }
      }
      case FLOAT -> {
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = vector.getFloat(from + r);
          }
        }
      }
      case DOUBLE -> {
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = vector.getDouble(from + r);
          }
        }
      }
      case DECIMAL -> {
        DecimalType type = (DecimalType) column.dataType();
        double one = Math.pow(10, type.scale());
        for (int r = 0; r < rows; r++) {
          if (all || !nulls.get(r)) {
            to[r] = decimal(vector, from + r, type, one);
          }
        }
      }
      case VECTOR, DOUBLE_ARRAY, FLOAT_ARRAY ->
          throw new IllegalStateException(column + " is a block.");
    }
  }

  /**
   * The double nearest to a decimal, without an object where the decimal is short.
   *
   * @param one the unscaled value of 1
   */
  private static double decimal(ColumnVector vector, int row, DecimalType type, double one) {
    if (vector instanceof WritableColumnVector && type.precision() <= Decimal.MAX_LONG_DIGITS()) {
      long unscaled =
          type.precision() <= Decimal.MAX_INT_DIGITS() ? vector.getInt(row) : vector.getLong(row);
      // Both operands of the division are exact, so that it rounds once.
      return Math.abs(unscaled) <= 1L << 53
          ? unscaled / one
          : BigDecimal.valueOf(unscaled, type.scale()).doubleValue();
    }
    return vector.getDecimal(row, type.precision(), type.scale()).toDouble();
  }
}
