package org.syncbn.spark;

import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.AnsiIntervalType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DatetimeType;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;

/**
 * One column of a data set, or one field of a column that is a struct, that holds features: a
 * number, or a block of them (a vector of Spark's machine learning or an array of numbers). A
 * boolean is the number 1 or 0.
 *
 * @param name the column's name, literally; the path {@code column.field} of a field
 * @param ordinal the column's place among the data set's columns, from 0
 * @param fields the names that lead from the column to the field; empty for the column itself
 * @param dataType the type of the column or field
 * @param width the number of features in it: 1 for a number, the length of a block
 */
public record FeatureColumn(
    String name, int ordinal, List<String> fields, DataType dataType, int width)
    implements Serializable {

  /** Checks that the type can hold features and that there is at least one. */
  public FeatureColumn {
    fields = List.copyOf(fields);
    FeatureType type =
        FeatureType.of(FeatureType.valueType(dataType)).orElseThrow(() -> noNumber(name, dataType));
    if (width < 1 || !type.isBlock() && width != 1) {
      throw new DataException("Column '%s' cannot hold %d features.".formatted(name, width));
    }
  }

  private static DataException noNumber(String name, DataType type) {
    String remedy =
        type instanceof DatetimeType || type instanceof AnsiIntervalType
            ? "store it as a number, such as the seconds since a day, to normalize it"
            : type instanceof StructType struct && !struct.isEmpty()
                ? "name its fields, such as %s.%s".formatted(name, struct.fieldNames()[0])
                : "name numeric columns, booleans, vectors or arrays of numbers";
    return new DataException(
        "Column '%s' is %s, not a number; %s.".formatted(name, type.simpleString(), remedy));
  }

  /** The name of the column that holds a feature of this name, if it is one of a block's. */
  public static String ofBlockFeature(String feature) {
    return feature.replaceFirst("\\[\\d+]$", "");
  }

  FeatureType type() {
    return FeatureType.of(valueType()).orElseThrow();
  }

  /** The type that the values are summed in and, but for integers and decimals, written in. */
  DataType valueType() {
    return FeatureType.valueType(dataType);
  }

  /**
   * The type of the normalized values: floats, vectors and blocks stay, other numbers are double.
   */
  public DataType normalizedType() {
    return isBlock() || type() == FeatureType.FLOAT ? valueType() : DataTypes.DoubleType;
  }

  /**
   * The values, as {@link #valueType}.
   *
   * @param columns of the data set
   */
  public Column in(List<Column> columns) {
    Column column = columns.get(ordinal);
    for (String field : fields) {
      column = column.getField(field);
    }
    return valueType().equals(dataType) ? column : column.cast(valueType());
  }

  void requireWidth(int found) {
    if (found != width) {
      throw new DataException(
          "Column '%s' holds blocks of %d and of %d features; all must have the same length."
              .formatted(name, width, found));
    }
  }

  /** Whether each value is a block of features, rather than one number. */
  public boolean isBlock() {
    return type().isBlock();
  }

  /** The names of the features: that of the column, or {@code name[0]}, {@code name[1]}, .... */
  public List<String> featureNames() {
    return isBlock()
        ? IntStream.range(0, width).mapToObj(i -> name + "[" + i + "]").toList()
        : List.of(name);
  }
}
