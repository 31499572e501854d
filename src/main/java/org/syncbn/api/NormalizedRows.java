package org.syncbn.api;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupScalings;
import org.syncbn.spark.GroupTransform;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;

/**
 * Normalized rows, computed lazily: they replace the raw columns, or are appended to them.
 *
 * @param rows normalized
 * @param features the normalized columns
 */
public record NormalizedRows(Dataset<Row> rows, Features features) {

  /** In which numbers normalized values are kept. */
  public enum NumberType {
    /** 53 bits. */
    DOUBLE,
    /** 24 bits. */
    FLOAT
  }

  /**
   * Normalizes the features of {@code rows}.
   *
   * @param by the columns that make groups
   * @param suffix of the names of normalized columns beside raw ones; empty to replace those
   * @param type of numbers and of the elements of arrays; float columns stay float anyway
   */
  static NormalizedRows of(
      Dataset<Row> rows,
      Features features,
      List<String> by,
      GroupScalings scalings,
      MissingValues missing,
      String suffix,
      NumberType type) {
    Dataset<Row> raw = rows;
    Features targets = features;
    if (!suffix.isEmpty()) {
      List<Column> columns = new ArrayList<>(ClassicDataset.columnsOf(rows));
      targets = features.copies(columns.size(), suffix);
      List<String> taken = List.of(rows.columns());
      for (FeatureColumn column : targets.columns()) {
        if (taken.contains(column.name())) {
          throw new DataException(
              "The input has a column '%s' already; choose another suffix."
                  .formatted(column.name()));
        }
      }
      for (FeatureColumn column : features.columns()) {
        columns.add(column.in(columns).as(column.name() + suffix));
      }
      raw = rows.select(columns.toArray(Column[]::new));
    }
    Dataset<Row> normalized = GroupTransform.normalize(raw, targets, by, scalings, missing);
    Dataset<Row> typed = type == NumberType.FLOAT ? inFloats(normalized, targets) : normalized;
    return new NormalizedRows(typed, Features.ofFeatures(typed, targets.names()));
  }

  private static Dataset<Row> inFloats(Dataset<Row> rows, Features features) {
    Column[] columns = ClassicDataset.columnsOf(rows).toArray(Column[]::new);
    for (FeatureColumn column : features.columns()) {
      int ordinal = column.ordinal();
      DataType from = rows.schema().fields()[ordinal].dataType();
      if (from.equals(DataTypes.DoubleType)) {
        columns[ordinal] = columns[ordinal].cast(DataTypes.FloatType).as(column.name());
      } else if (from instanceof ArrayType array) {
        columns[ordinal] =
            columns[ordinal]
                .cast(DataTypes.createArrayType(DataTypes.FloatType, array.containsNull()))
                .as(column.name());
      }
    }
    return rows.select(columns);
  }
}
