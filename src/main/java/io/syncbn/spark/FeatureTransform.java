package io.syncbn.spark;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnwrapUDT;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructField;
import scala.jdk.javaapi.CollectionConverters;

/** Normalizes the features of a data set, as expressions of Spark SQL. */
public final class FeatureTransform {

  private FeatureTransform() {}

  /**
   * Replaces the feature columns by normalized ones, in place: other columns, the order of all
   * columns and the columns' metadata stay. Float columns and blocks keep their type, other numbers
   * become double; vectors become dense. Works on streams.
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
    StructField[] fields = data.schema().fields();
    List<Column> attributes = Features.columnsOf(data);
    Column[] columns = attributes.toArray(Column[]::new);
    int first = 0;
    for (FeatureColumn column : features.columns()) {
      int ordinal = column.ordinal();
      Column normalized =
          column.isBlock()
              ? block(
                  columns[ordinal], new BlockNormalizer(column, scaling, first, missing), column)
              : number(columns[ordinal], column, scaling, first, missing);
      columns[ordinal] = normalized.as(column.name(), fields[ordinal].metadata());
      first += column.width();
    }
    return data.select(columns);
  }

  private static Column number(
      Column column, FeatureColumn feature, FeatureScaling scaling, int i, MissingValues missing) {
    boolean isFloat = feature.type() == FeatureType.FLOAT;
    Column value = column.cast(DataTypes.DoubleType);
    Column normalized = scaling.expression(i, value);
    if (missing != MissingValues.SKIP || !scaling.keepsMissing(i)) {
      // Null makes the condition null, and SQL holds NaN greater than any number.
      Column finite = functions.abs(value).leq(Double.MAX_VALUE);
      Column otherwise =
          switch (missing) {
            case ERROR -> functions.raise_error(functions.lit(missing(feature.name())));
            case SKIP -> value;
            case MEAN -> functions.lit(scaling.normalizedMean(i));
          };
      normalized = functions.when(finite, normalized).otherwise(otherwise);
    }
    return isFloat ? normalized.cast(DataTypes.FloatType) : normalized;
  }

  private static Column block(Column column, BlockNormalizer normalizer, FeatureColumn feature) {
    Expression target = Literal.create(normalizer, new ObjectType(BlockNormalizer.class));
    Expression value = ExpressionUtils.expression(column);
    Expression stored = feature.type() == FeatureType.VECTOR ? new UnwrapUDT(value) : value;
    boolean propagateNull = false;
    return ExpressionUtils.column(
        new Invoke(
            target,
            normalizer.method(),
            feature.dataType(),
            CollectionConverters.asScala(List.of(stored)).toSeq(),
            CollectionConverters.asScala(List.<AbstractDataType>of()).toSeq(),
            propagateNull,
            true,
            true));
  }

  static String missing(String feature) {
    return "'%s' has a missing value (null, NaN or infinite); skip such values or replace them by the mean."
        .formatted(feature);
  }
}
