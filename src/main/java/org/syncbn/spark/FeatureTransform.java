package org.syncbn.spark;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Expressions;

/**
 * Normalizes the features of a data set, as expressions of Spark SQL or, in wide tables, row by
 * row.
 */
public final class FeatureTransform {

  /** Normalized columns from which on it takes Spark longer to plan expressions than to compute. */
  private static final int MOST_EXPRESSIONS = 200;

  private FeatureTransform() {}

  /**
   * Replaces the feature columns by normalized ones, in place: other columns, the order of all
   * columns and the columns' metadata stay. Float columns, and vectors and arrays of double or
   * float, keep their type; other numbers become double, and vectors dense, unless 0 stays 0. A
   * field of a struct is replaced within it; where the struct is null, it stays null. Works on
   * streams.
   *
   * <p>More than 200 features are normalized row by row, without an expression for each, if all of
   * them are columns of numbers and {@code data} needs no exchange of rows.
   *
   * <p>From about 64 columns of numbers on, set {@code spark.sql.codegen.hugeMethodLimit} to 8000:
   * Spark otherwise generates one method so large that the machine interprets it, 20 times slower.
   *
   * <p>Nothing runs yet. Faults of the data (a missing value under {@link MissingValues#ERROR}, a
   * block of another length) appear when the result is used; {@link DataException#of} makes
   * sentences of them.
   *
   * @param scaling of exactly the features of {@code features}
   */
  public static Dataset<Row> normalize(
      Dataset<Row> data, Features features, FeatureScaling scaling, MissingValues missing) {
    if (scaling.size() != features.size()) {
      throw new IllegalArgumentException(
          "A scaling of %d features does not fit %d.".formatted(scaling.size(), features.size()));
    }
    if (features.columns().size() > MOST_EXPRESSIONS
        && features.columns().stream().allMatch(FeatureTransform::isPlainNumber)
        && ColumnScan.isScan(data)) {
      return new RowTransform(data.schema(), features, scaling, missing).apply(data);
    }
    return withExpressions(data, features, scaling, missing);
  }

  private static boolean isPlainNumber(FeatureColumn column) {
    return column.fields().isEmpty() && !column.isBlock();
  }

  /** As {@link #normalize}, with an expression for each column at any number of columns. */
  static Dataset<Row> withExpressions(
      Dataset<Row> data, Features features, FeatureScaling scaling, MissingValues missing) {
    StructField[] fields = data.schema().fields();
    List<Column> attributes = ClassicDataset.columnsOf(data);
    Column[] columns = attributes.toArray(Column[]::new);
    int first = 0;
    for (FeatureColumn column : features.columns()) {
      int ordinal = column.ordinal();
      Column value = column.in(attributes);
      Column normalized =
          column.isBlock()
              ? block(value, new BlockNormalizer(column, scaling, first, missing), column)
              : number(value, column, scaling, first, missing);
      columns[ordinal] = placed(normalized, column, columns[ordinal], fields[ordinal]);
      first += column.width();
    }
    return data.select(columns);
  }

  /** A column with the normalized values of a feature column in their place. */
  static Column placed(Column normalized, FeatureColumn column, Column whole, StructField field) {
    Column replaced =
        column.fields().isEmpty() ? normalized : whole.withField(path(column.fields()), normalized);
    return replaced.as(field.name(), field.metadata());
  }

  private static String path(List<String> fields) {
    return fields.stream().map(Expressions::quoted).collect(Collectors.joining("."));
  }

  /**
   * Plain arithmetic where that is all there is. Conditions are a method call instead, because the
   * machine does not compile generated methods above 8,000 bytes, which a few dozen of them are.
   */
  private static Column number(
      Column column, FeatureColumn feature, FeatureScaling scaling, int i, MissingValues missing) {
    Column value = column.cast(DataTypes.DoubleType);
    Column normalized;
    if (missing == MissingValues.SKIP && scaling.isPlain(i)) {
      normalized = value.minus(scaling.center(i)).divide(scaling.divisor(i));
    } else {
      NumberNormalizer normalizer = new NumberNormalizer(feature.name(), scaling, i, missing);
      boolean skip = missing == MissingValues.SKIP;
      Column known = skip ? value : functions.coalesce(value, functions.lit(Double.NaN));
      normalized = Expressions.call(normalizer, "apply", DataTypes.DoubleType, skip, known);
    }
    return feature.type() == FeatureType.FLOAT ? normalized.cast(DataTypes.FloatType) : normalized;
  }

  private static Column block(Column column, BlockNormalizer normalizer, FeatureColumn feature) {
    return Expressions.call(
        normalizer, normalizer.method(), feature.valueType(), false, stored(column, feature));
  }

  /** The blocks of a column as Spark stores them. */
  static Column stored(Column column, FeatureColumn feature) {
    return feature.type() == FeatureType.VECTOR ? Expressions.stored(column) : column;
  }
}
