package org.syncbn.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.csv.CsvText;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.json.JsonText;

/**
 * What other columns than features say of a row: how much it counts, and which group it belongs to.
 *
 * @param weight the column of the weights, if rows have some: a number, or its text
 * @param by the columns that make the groups, which hold texts, whole numbers, booleans or dates;
 *     empty where rows are not grouped
 */
public record RowRoles(Optional<String> weight, List<String> by) {

  /** Rows that count once each and are not grouped. */
  public static final RowRoles NONE = new RowRoles(Optional.empty(), List.of());

  /** Copies the list. */
  public RowRoles {
    by = List.copyOf(by);
  }

  /** The same groups, of rows that count once each. */
  public RowRoles withoutWeight() {
    return new RowRoles(Optional.empty(), by);
  }

  /** The names of all these columns. */
  public List<String> columns() {
    return Stream.concat(weight.stream(), by.stream()).toList();
  }

  /**
   * The columns of {@code data} in a form that tasks read: the columns of the features first, then
   * a text for each column of {@link #by}, then, if there is one, the weight as a double and as
   * text.
   *
   * @throws DataException if a column is not there or of another type
   */
  Column[] select(Dataset<Row> data, List<FeatureColumn> features) {
    List<Column> all = ClassicDataset.columnsOf(data);
    List<Column> selected = new ArrayList<>();
    features.forEach(feature -> selected.add(feature.in(all)));
    selected.addAll(groupTexts(data));
    weight.ifPresent(
        name -> {
          StructField[] fields = data.schema().fields();
          int ordinal = Features.ordinal(fields, name);
          DataType type = fields[ordinal].dataType();
          if (!(type instanceof NumericType || type instanceof StringType)) {
            throw new DataException(
                "Column '%s' is %s; weights are numbers.".formatted(name, type.simpleString()));
          }
          StructField field = fields[ordinal];
          Column column = CsvText.plain(JsonText.plain(all.get(ordinal), field), field);
          selected.add(column.try_cast(DataTypes.DoubleType));
          selected.add(column.cast(DataTypes.StringType));
        });
    return selected.toArray(Column[]::new);
  }

  /** A text for each column of {@link #by}. */
  List<Column> groupTexts(Dataset<Row> data) {
    List<Column> all = ClassicDataset.columnsOf(data);
    StructField[] fields = data.schema().fields();
    return by.stream()
        .map(
            name -> {
              int ordinal = Features.ordinal(fields, name);
              DataType type = fields[ordinal].dataType();
              if (!makesGroups(type)) {
                throw new DataException(
                    "Column '%s' is %s; group by strings, integers, booleans or dates."
                        .formatted(name, type.simpleString()));
              }
              return JsonText.plain(all.get(ordinal), fields[ordinal]).cast(DataTypes.StringType);
            })
        .toList();
  }

  private static boolean makesGroups(DataType type) {
    return type instanceof StringType
        || type instanceof ByteType
        || type instanceof ShortType
        || type instanceof IntegerType
        || type instanceof LongType
        || type instanceof BooleanType
        || type instanceof DateType;
  }
}
