package io.syncbn.spark;

import io.syncbn.spark.files.DataException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/** Where a number of a row besides its features comes from: its label, or its weight. */
sealed interface TargetColumn extends Serializable {

  /**
   * The labels in a column of {@code data}.
   *
   * @param classes the texts that they are, in the order of their indices; empty if they are
   *     numbers
   */
  static TargetColumn label(Dataset<Row> data, String name, List<String> classes) {
    int ordinal = Features.ordinal(data.schema().fields(), name);
    return numbers(data, name)
        .filter(column -> classes.isEmpty())
        .<TargetColumn>map(Numbers::new)
        .orElse(new Texts(name, ordinal, new ArrayList<>(classes)));
  }

  /** The weights in a column of {@code data}. */
  static TargetColumn weight(Dataset<Row> data, String name) {
    int ordinal = Features.ordinal(data.schema().fields(), name);
    return numbers(data, name)
        .<TargetColumn>map(Weights::new)
        .orElse(new Texts(name, ordinal, new ArrayList<>()));
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

  /** A column of the names of classes; without classes, of texts that should be numbers. */
  record Texts(String name, int ordinal, ArrayList<String> classes) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.of(all.get(ordinal).cast(DataTypes.StringType));
    }

    @Override
    public float read(InternalRow row, int place) {
      if (row.isNullAt(place)) {
        throw classes.isEmpty() ? missing(name) : unlabelled(name);
      }
      String text = row.getUTF8String(place).toString();
      if (classes.isEmpty()) {
        throw new DataException(
            "Column '%s' has the value '%s', which is no number.".formatted(name, text));
      }
      int index = classes.indexOf(text);
      if (index < 0) {
        throw new DataException(
            "Column '%s' has the label '%s', which is none of %s.".formatted(name, text, classes));
      }
      return index;
    }
  }

  /** A column of numbers that are not negative. */
  record Weights(FeatureColumn column) implements TargetColumn {
    @Override
    public Optional<Column> select(List<Column> all) {
      return Optional.of(column.in(all));
    }

    @Override
    public float read(InternalRow row, int place) {
      float weight = number(row, place, column);
      if (weight < 0) {
        throw new DataException(
            "Column '%s' has the value %s; the weight of a row is not negative."
                .formatted(column.name(), row.get(place, column.valueType())));
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
    return new DataException("Column '%s' has a row without a label.".formatted(column));
  }
}
