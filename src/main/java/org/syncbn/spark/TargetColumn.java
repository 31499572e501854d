package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.spark.files.DataException;

/** Where a number of a row besides its features comes from: its label, or its weight. */
sealed interface TargetColumn extends Serializable {

  /**
   * The labels in a column of {@code data}.
   *
   * @param classes names of the values that they have, in the order of their indices; empty if they
   *     are numbers to predict
   */
  static TargetColumn label(Dataset<Row> data, String name, List<String> classes) {
    if (classes.isEmpty()) {
      return number(data, name);
    }
    StructField[] fields = data.schema().fields();
    int ordinal = Features.ordinal(fields, name);
    Classes known = Classes.of(name, classes);
    return LabelValues.isText(fields[ordinal].dataType())
        ? new TextClasses(known, fields[ordinal].dataType(), ordinal)
        : numbers(data, name)
            .<TargetColumn>map(column -> new NumberClasses(known, column))
            .orElseGet(() -> new TextClasses(known, fields[ordinal].dataType(), ordinal));
  }

  /** The weights in a column of {@code data}. */
  static TargetColumn weight(Dataset<Row> data, String name) {
    return new Weights(name, number(data, name));
  }

  private static TargetColumn number(Dataset<Row> data, String name) {
    return numbers(data, name)
        .<TargetColumn>map(Numbers::new)
        .orElseGet(() -> new TextsOfNumbers(name, Features.ordinal(data.schema().fields(), name)));
  }

  private static Optional<FeatureColumn> numbers(Dataset<Row> data, String name) {
    StructField[] fields = data.schema().fields();
    int ordinal = Features.ordinal(fields, name);
    return FeatureType.of(FeatureType.valueType(fields[ordinal].dataType()))
        .filter(type -> !type.isBlock())
        .map(type -> new FeatureColumn(name, ordinal, List.of(), fields[ordinal].dataType(), 1));
  }

  /** What is to be read, of all columns of the table. */
  Optional<Column> select(List<Column> all);

  /** The number of a row in which {@link #select} stands at {@code place}. */
  double read(InternalRow row, int place);

  /** Rows do not have such a number. */
  record Absent() implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.empty();
    }

    @Override
    public double read(InternalRow row, int place) {
      throw new IllegalStateException("there is no such column");
    }
  }

  /** A column of numbers. */
  record Numbers(FeatureColumn column) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.of(column.in(all));
    }

    @Override
    public double read(InternalRow row, int place) {
      return number(row, place, column);
    }
  }

  /**
   * The classes of labels.
   *
   * @param column of the labels
   * @param names of the classes
   * @param index of each
   */
  record Classes(String column, ArrayList<String> names, ValueIndex index) implements Serializable {

    static Classes of(String column, List<String> names) {
      return new Classes(column, new ArrayList<>(names), new ValueIndex(names));
    }

    private int require(int place, Object label) {
      if (place < 0) {
        throw new DataException(
            "Column '%s' has the label '%s', which is none of [%s]."
                .formatted(column, label, Sentences.first(names, "classes")));
      }
      return place;
    }
  }

  /** A column of classes that are texts, or whose numbers are written as texts. */
  record TextClasses(Classes classes, DataType type, int ordinal) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.of(TableColumns.text(all.get(ordinal), type));
    }

    @Override
    public double read(InternalRow row, int place) {
      if (row.isNullAt(place)) {
        throw unlabelled(classes.column());
      }
      UTF8String label = row.getUTF8String(place).makeValid();
      return classes.require(classes.index().of(label), label);
    }
  }

  /** A column of classes that are numbers. */
  record NumberClasses(Classes classes, FeatureColumn column) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.of(column.in(all));
    }

    @Override
    public double read(InternalRow row, int place) {
      if (row.isNullAt(place)) {
        throw unlabelled(column.name());
      }
      double value = FeatureReader.number(column).at(row, place);
      double number = column.type() == FeatureType.FLOAT ? number((float) value) : value;
      return classes.require(classes.index().of(number), number);
    }
  }

  /** A column of texts that are numbers, as JSON in quotes. */
  record TextsOfNumbers(String name, int ordinal) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.of(all.get(ordinal).cast(DataTypes.StringType));
    }

    @Override
    public double read(InternalRow row, int place) {
      if (row.isNullAt(place)) {
        throw missing(name);
      }
      String text = row.getUTF8String(place).toString();
      OptionalDouble number = DecimalText.number(text);
      if (number.isEmpty()) {
        throw new DataException(
            "Column '%s' has the value '%s', which is not a number.".formatted(name, text));
      }
      finite(number.getAsDouble(), name);
      return number.getAsDouble();
    }
  }

  /** A column of numbers that are not negative. */
  record Weights(String name, TargetColumn numbers) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return numbers.select(all);
    }

    @Override
    public double read(InternalRow row, int place) {
      double weight = numbers.read(row, place);
      if (weight < 0) {
        throw new DataException(
            "Column '%s' has the value %s; row weights must be at least 0."
                .formatted(name, DecimalText.of((float) weight)));
      }
      return weight;
    }
  }

  private static double number(InternalRow row, int place, FeatureColumn column) {
    if (row.isNullAt(place)) {
      throw missing(column.name());
    }
    double number = FeatureReader.number(column).at(row, place);
    finite(number, column.name());
    return number;
  }

  /** A number as it is written in decimals: of a float the double of its shortest form. */
  static double number(Object value) {
    return value instanceof Float number
        ? Double.parseDouble(Float.toString(number))
        : ((Number) value).doubleValue();
  }

  /** The value for a network, which computes with finite numbers. */
  static float finite(double value, String column) {
    float number = (float) value;
    if (!Float.isFinite(number)) {
      throw new DataException(
          "Column '%s' has the value %s; a network needs finite numbers: leave such rows out or replace them."
              .formatted(column, value));
    }
    return number;
  }

  /** A null where a network needs a number. */
  static DataException missing(String column) {
    return new DataException(
        "Column '%s' has a missing value; a network needs all: leave such rows out or replace them."
            .formatted(column));
  }

  /** A null where a class should be. */
  static DataException unlabelled(String column) {
    return new DataException(
        "Column '%s' has a row without a label; leave such rows out.".formatted(column));
  }
}
