package org.syncbn.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.internals.Expressions;
import org.syncbn.sums.Group;

/** Normalizes the features of each row with the statistics of its own group. */
public final class GroupTransform {

  private GroupTransform() {}

  /**
   * As {@link FeatureTransform#normalize}, but by groups.
   *
   * @param by the columns that make the groups; empty for the one group {@link Group#ALL}
   * @param scalings of exactly the features of {@code features}
   */
  public static Dataset<Row> normalize(
      Dataset<Row> data,
      Features features,
      List<String> by,
      GroupScalings scalings,
      MissingValues missing) {
    if (by.isEmpty()) {
      return FeatureTransform.normalize(
          data, features, scalings.ofGroups().get(Group.ALL), missing);
    }
    StructField[] fields = data.schema().fields();
    List<Column> withIndex = new ArrayList<>(ClassicDataset.columnsOf(data));
    Column texts =
        functions.array(new RowRoles(Optional.empty(), by).groupTexts(data).toArray(Column[]::new));
    withIndex.add(
        call(new GroupIndex(by, scalings), "of", DataTypes.IntegerType, texts).as("group"));
    Dataset<Row> indexed = data.select(withIndex.toArray(Column[]::new));
    List<Column> attributes = ClassicDataset.columnsOf(indexed);
    Column group = attributes.get(fields.length);
    List<Column> columns = new ArrayList<>(attributes.subList(0, fields.length));
    int first = 0;
    for (FeatureColumn feature : features.columns()) {
      int ordinal = feature.ordinal();
      GroupNormalizer normalizer = new GroupNormalizer(feature, scalings, first, missing);
      Column value = feature.in(attributes);
      Column normalized =
          feature.isBlock()
              ? block(value, feature, normalizer, group)
              : number(value, feature, normalizer, group, scalings, missing);
      columns.set(
          ordinal,
          FeatureTransform.placed(normalized, feature, columns.get(ordinal), fields[ordinal]));
      first += feature.width();
    }
    return indexed.select(columns.toArray(Column[]::new));
  }

  private static Column number(
      Column column,
      FeatureColumn feature,
      GroupNormalizer normalizer,
      Column group,
      GroupScalings scalings,
      MissingValues missing) {
    Column value = column.cast(DataTypes.DoubleType);
    Column known = functions.coalesce(value, functions.lit(Double.NaN));
    Column normalized = call(normalizer, normalizer.method(), DataTypes.DoubleType, known, group);
    Column stays =
        missing == MissingValues.SKIP
            ? value.isNull()
            : value
                .isNull()
                .and(group.equalTo(scalings.ofGroups().size()))
                .and(functions.lit(scalings.unseen() == UnseenGroups.SKIP));
    Column all =
        functions.when(stays, functions.lit(null).cast(DataTypes.DoubleType)).otherwise(normalized);
    return feature.type() == FeatureType.FLOAT ? all.cast(DataTypes.FloatType) : all;
  }

  private static Column block(
      Column column, FeatureColumn feature, GroupNormalizer normalizer, Column group) {
    return call(
        normalizer,
        normalizer.method(),
        feature.valueType(),
        FeatureTransform.stored(column, feature),
        group);
  }

  private static Column call(Object target, String method, DataType type, Column... arguments) {
    boolean propagateNull = false;
    return Expressions.call(target, method, type, propagateNull, arguments);
  }
}
