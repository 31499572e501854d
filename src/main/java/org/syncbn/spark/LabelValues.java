package org.syncbn.spark;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sessions;

/**
 * The distinct values of a label column, each of which is a class: numbers, texts or booleans.
 *
 * <p>If all are numbers they stand in ascending order, else in the order of their texts (by UTF-16
 * code units). A number's name is its shortest decimal form: {@code 2}, {@code -1}, {@code 0.5}.
 *
 * @param column that holds the labels
 * @param names of the values, in this order; at most {@value #MOST} and one
 */
public record LabelValues(String column, List<String> names) {

  /** More values are numbers to predict or names of things, and would flood the driver. */
  public static final int MOST = 10_000;

  /** Copies the list. */
  public LabelValues {
    names = List.copyOf(names);
  }

  /**
   * Finds the values by one distinct aggregation on the executors.
   *
   * @throws DataException if a label is missing, or the column holds neither numbers nor texts
   */
  public static LabelValues of(Dataset<Row> data, String column) {
    StructField[] fields = data.schema().fields();
    int ordinal = Features.ordinal(fields, column);
    Column label = ClassicDataset.columnsOf(data).get(ordinal);
    DataType type = fields[ordinal].dataType();
    if (isText(type)) {
      return of(column, distinct(data, column, label.cast(DataTypes.StringType)));
    }
    FeatureColumn number = new FeatureColumn(column, ordinal, List.of(), type, 1);
    if (number.isBlock()) {
      throw new DataException(
          "Column '%s' is %s; a label is a number or a text."
              .formatted(column, type.simpleString()));
    }
    return of(column, distinct(data, column, label.cast(wide(number.dataType()))));
  }

  /** Whether a label column holds texts that are not all numbers. */
  public static boolean areTexts(Dataset<Row> data, String column) {
    StructField[] fields = data.schema().fields();
    int ordinal = Features.ordinal(fields, column);
    if (!(fields[ordinal].dataType() instanceof StringType)) {
      return false;
    }
    Column label = ClassicDataset.columnsOf(data).get(ordinal);
    return !Sessions.rows(ClassicDataset.of(data.select(label)))
        .filter(row -> !row.isNullAt(0) && DecimalText.number(row.getString(0)).isEmpty())
        .map(row -> true)
        .isEmpty();
  }

  /** Whether labels of this type are read as texts. */
  static boolean isText(DataType type) {
    return type instanceof StringType || type instanceof BooleanType;
  }

  private static DataType wide(DataType type) {
    return type instanceof FloatType ? type : DataTypes.DoubleType;
  }

  private static List<Row> distinct(Dataset<Row> data, String column, Column label) {
    try {
      List<Row> found = data.select(label).distinct().limit(MOST + 1).collectAsList();
      if (found.stream().anyMatch(row -> row.isNullAt(0))) {
        throw TargetColumn.unlabelled(column);
      }
      return found;
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private static LabelValues of(String column, List<Row> values) {
    List<String> names = values.stream().map(row -> name(column, row.get(0))).distinct().toList();
    boolean numbers = names.stream().allMatch(name -> DecimalText.plain(name).isPresent());
    Comparator<String> byText = Comparator.naturalOrder();
    Comparator<String> byNumber =
        Comparator.comparingDouble((String name) -> DecimalText.plain(name).getAsDouble())
            .thenComparing(byText);
    return new LabelValues(column, names.stream().sorted(numbers ? byNumber : byText).toList());
  }

  private static String name(String column, Object value) {
    if (value instanceof String text) {
      return text;
    }
    double number = TargetColumn.number(value);
    if (!Double.isFinite(number)) {
      throw new DataException(
          "Column '%s' has the value %s, which is not a class.".formatted(column, value));
    }
    return new BigDecimal(Double.toString(number + 0.0)).stripTrailingZeros().toPlainString();
  }

  /** How many there are. */
  public int size() {
    return names.size();
  }

  /** Whether there are more than can be classes. */
  public boolean areTooMany() {
    return size() > MOST;
  }

  /** Whether all are numbers from one to another one. */
  public boolean areWithin(double least, double greatest) {
    return names.stream()
        .map(DecimalText::number)
        .allMatch(number -> isWithin(number, least, greatest));
  }

  private static boolean isWithin(OptionalDouble number, double least, double greatest) {
    return number.isPresent() && number.getAsDouble() >= least && number.getAsDouble() <= greatest;
  }

  /** Whether one of them is not a number. */
  public boolean areTexts() {
    return !areWithin(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** Whether all are whole numbers. */
  public boolean areWhole() {
    return names.stream()
        .map(DecimalText::number)
        .allMatch(number -> number.isPresent() && isWhole(number.getAsDouble()));
  }

  private static boolean isWhole(double number) {
    return number == Math.rint(number);
  }
}
