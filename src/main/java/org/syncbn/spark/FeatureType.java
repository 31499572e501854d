package org.syncbn.spark;

import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;

/** The types of Spark SQL that hold features: seven kinds of number and three of block. */
enum FeatureType {
  BYTE,
  SHORT,
  INT,
  LONG,
  FLOAT,
  DOUBLE,
  DECIMAL,
  /** A vector of {@code ml.linalg} or {@code mllib.linalg}, dense or sparse. */
  VECTOR,
  DOUBLE_ARRAY,
  FLOAT_ARRAY;

  /**
   * The type of the numbers in a column that was named: booleans are 1 and 0, and arrays of whole
   * numbers and of decimals are arrays of doubles. Any other type is itself.
   */
  static DataType valueType(DataType type) {
    if (type instanceof BooleanType) {
      return DataTypes.DoubleType;
    }
    return type instanceof ArrayType array
            && array.elementType() instanceof NumericType
            && of(type).isEmpty()
        ? DataTypes.createArrayType(DataTypes.DoubleType, array.containsNull())
        : type;
  }

  /** The feature type of a column of {@code type}, or nothing if such a column holds no feature. */
  static Optional<FeatureType> of(DataType type) {
    return Optional.ofNullable(orNull(type));
  }

  private static FeatureType orNull(DataType type) {
    if (type instanceof DoubleType) {
      return DOUBLE;
    } else if (type instanceof FloatType) {
      return FLOAT;
    } else if (type instanceof LongType) {
      return LONG;
    } else if (type instanceof IntegerType) {
      return INT;
    } else if (type instanceof ShortType) {
      return SHORT;
    } else if (type instanceof ByteType) {
      return BYTE;
    } else if (type instanceof DecimalType) {
      return DECIMAL;
    } else if (type instanceof org.apache.spark.ml.linalg.VectorUDT
        || type instanceof org.apache.spark.mllib.linalg.VectorUDT) {
      return VECTOR;
    } else if (type instanceof ArrayType array && array.elementType() instanceof DoubleType) {
      return DOUBLE_ARRAY;
    } else if (type instanceof ArrayType array && array.elementType() instanceof FloatType) {
      return FLOAT_ARRAY;
    }
    return null;
  }

  /** Whether one value of the column is a block of features. */
  boolean isBlock() {
    return this == VECTOR || this == DOUBLE_ARRAY || this == FLOAT_ARRAY;
  }
}
