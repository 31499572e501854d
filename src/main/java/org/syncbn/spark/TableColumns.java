package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.data.TableEncoding;
import org.syncbn.spark.json.JsonText;

/**
 * The columns of a data set that an encoding reads: those of its numbers, then those of its
 * categories, as doubles or as texts. Immutable.
 *
 * @param numbers the features that are numbers
 * @param categories the columns of categories
 */
record TableColumns(Features numbers, ArrayList<CategoryColumn> categories)
    implements Serializable {

  /**
   * A column of categories.
   *
   * @param name of the column
   * @param ordinal its place
   * @param areNumbers whether it is read as a double, else as a text
   */
  record CategoryColumn(String name, int ordinal, boolean areNumbers) implements Serializable {

    private Column in(List<Column> all, StructField[] fields) {
      return areNumbers
          ? all.get(ordinal).cast(DataTypes.DoubleType)
          : text(JsonText.plain(all.get(ordinal), fields[ordinal]), fields[ordinal].dataType());
    }
  }

  /** A column as text; one of texts is itself, so that its values are read as they are stored. */
  static Column text(Column column, DataType type) {
    return type.equals(DataTypes.StringType) ? column : column.cast(DataTypes.StringType);
  }

  /**
   * Finds the columns.
   *
   * @throws org.syncbn.spark.files.DataException in a sentence, if one is not there or holds no
   *     numbers where it should
   */
  static TableColumns of(Dataset<Row> data, TableEncoding encoding) {
    StructField[] fields = data.schema().fields();
    ArrayList<CategoryColumn> categories = new ArrayList<>();
    for (TableEncoding.Category category : encoding.categories()) {
      int ordinal = Features.ordinal(fields, category.column());
      categories.add(new CategoryColumn(category.column(), ordinal, category.areNumbers()));
    }
    return new TableColumns(Features.ofFeatures(data, encoding.numbers()), categories);
  }

  /**
   * The columns, in their order.
   *
   * @param all the columns of the data set
   * @param fields their descriptions
   */
  List<Column> in(List<Column> all, StructField[] fields) {
    List<Column> selected = new ArrayList<>();
    numbers.columns().forEach(column -> selected.add(column.in(all)));
    categories.forEach(column -> selected.add(column.in(all, fields)));
    return selected;
  }

  /** The columns in one. */
  Column struct(List<Column> all, StructField[] fields) {
    return functions.struct(in(all, fields).toArray(Column[]::new));
  }

  /** How many columns there are. */
  int count() {
    return numbers.columns().size() + categories.size();
  }

  /** The text of a category of a row; null if it is missing. */
  UTF8String text(InternalRow row, int category) {
    int place = numbers.columns().size() + category;
    return row.isNullAt(place) ? null : row.getUTF8String(place).makeValid();
  }

  /** A category of a row, as a text; null if it is missing. */
  String value(InternalRow row, int category) {
    if (categories.get(category).areNumbers()) {
      double number = number(row, category);
      return Double.isNaN(number) ? null : Long.toString((long) number);
    }
    UTF8String text = text(row, category);
    return text == null ? null : text.toString();
  }

  /** The number of a category of a row; NaN if it is missing. */
  double number(InternalRow row, int category) {
    int place = numbers.columns().size() + category;
    return row.isNullAt(place) ? Double.NaN : row.getDouble(place);
  }
}
