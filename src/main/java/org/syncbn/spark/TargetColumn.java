package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.DataException;

/** Where a number of a row besides its features comes from: its label, or its weight. */
sealed interface TargetColumn extends Serializable {

  /**
   * The labels in a column of {@code data}.
   *
   * @param classes the texts that they are, in the order of their indices; empty if they are
   *     numbers
   */
  static TargetColumn label(Dataset<Row> data, String name, List<String> classes) {
    return classes.isEmpty()
        ? number(data, name)
        : new Texts(name, Features.ordinal(data.schema().fields(), name), new ArrayList<>(classes));
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

  private static Optional<Column> text(List<Column> all, int ordinal) {
    return Optional.of(all.get(ordinal).cast(DataTypes.StringType));
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
  float read(InternalRow row, int place);

  /** Rows do not have such a number. */
  record Absent() implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.empty();
    }

    @Override
    public float read(InternalRow row, int place) {
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
    public float read(InternalRow row, int place) {
      return number(row, place, column);
    }
  }

  /** A column of the names of classes. */
  record Texts(String name, int ordinal, ArrayList<String> classes) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return text(all, ordinal);
    }

    @Override
    public float read(InternalRow row, int place) {
      if (row.isNullAt(place)) {
        throw unlabelled(name);
      }
      String text = row.getUTF8String(place).toString();
      int index = classes.indexOf(text);
      return index >= 0 ? index : indexOfNumber(text);
    }

    /** Files of other formats write the same number in other ways: {@code 1} and {@code 1.0}. */
    private int indexOfNumber(String text) {
      OptionalDouble number = DecimalText.plain(text);
      int[] equal =
          IntStream.range(0, classes.size())
              .filter(i -> number.isPresent() && number.equals(DecimalText.plain(classes.get(i))))
              .toArray();
      if (equal.length != 1) {
        throw new DataException(
            "Column '%s' has the label '%s', which is none of %s.".formatted(name, text, classes));
      }
      return equal[0];
    }
  }

  /** A column of texts that are numbers, as JSON in quotes. */
  record TextsOfNumbers(String name, int ordinal) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return text(all, ordinal);
    }

    @Override
    public float read(InternalRow row, int place) {
      if (row.isNullAt(place)) {
        throw missing(name);
      }
      String text = row.getUTF8String(place).toString();
      OptionalDouble number = DecimalText.number(text);
      if (number.isEmpty()) {
        throw new DataException(
            "Column '%s' has the value '%s', which is not a number.".formatted(name, text));
      }
      return finite(number.getAsDouble(), name);
    }
  }

  /** A column of numbers that are not negative. */
  record Weights(String name, TargetColumn numbers) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return numbers.select(all);
    }

    @Override
    public float read(InternalRow row, int place) {
      float weight = numbers.read(row, place);
      if (weight < 0) {
        throw new DataException(
            "Column '%s' has the value %s; the weight of a row is not negative."
                .formatted(name, DecimalText.of(weight)));
      }
      return weight;
    }
  }

  private static float number(InternalRow row, int place, FeatureColumn column) {
    if (row.isNullAt(place)) {
      throw missing(column.name());
    }
    return finite(FeatureReader.number(column).at(row, place), column.name());
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
