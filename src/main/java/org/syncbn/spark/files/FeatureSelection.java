package org.syncbn.spark.files;

import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;

/**
 * Which columns of a data set shall be features: those named, or all numeric ones but some. Before
 * the columns are known, a name may be a {@link ColumnPattern}.
 *
 * @param named names of the columns; empty means all that are numeric
 * @param excluded names of the columns that are no features
 */
public record FeatureSelection(List<String> named, List<String> excluded) {

  private static final String ONLY_WHERE_NAMED = "syncbn.feature.only.where.named";

  /** Copies the lists, of which one at most has names. */
  public FeatureSelection {
    if (!named.isEmpty() && !excluded.isEmpty()) {
      throw new IllegalArgumentException("Name the columns or exclude some; not both.");
    }
    named = List.copyOf(named);
    excluded = List.copyOf(excluded);
  }

  /** The columns with these names; there must be one. */
  public static FeatureSelection named(Collection<String> names) {
    if (names.isEmpty()) {
      throw new IllegalArgumentException("Name one column at least.");
    }
    return new FeatureSelection(List.copyOf(names), List.of());
  }

  /** Every column that can hold features. */
  public static FeatureSelection allNumeric() {
    return allNumericExcept(List.of());
  }

  /** Every column that can hold features, but those with these names. */
  public static FeatureSelection allNumericExcept(Collection<String> excluded) {
    return new FeatureSelection(List.of(), List.copyOf(excluded));
  }

  /** A column of numbers that is a feature only where it is named, as a label is. */
  public static StructField onlyWhereNamed(String name, DataType type) {
    Metadata metadata = new MetadataBuilder().putBoolean(ONLY_WHERE_NAMED, true).build();
    return new StructField(name, type, true, metadata);
  }

  /** Whether a column is a feature only where it is named. */
  public static boolean isOnlyWhereNamed(StructField column) {
    return column.metadata().contains(ONLY_WHERE_NAMED);
  }

  /** Whether a column with this name would be a feature if it were numeric. */
  public boolean admits(String column) {
    return named.isEmpty()
        ? excluded.stream().noneMatch(name -> means(name, column))
        : named.stream().anyMatch(name -> means(name, column) || isType(name));
  }

  private static boolean means(String name, String column) {
    return name.equals(column)
        || ColumnPattern.isPattern(name) && new ColumnPattern(name).matches(column);
  }

  /** Which columns have a type is not known before they are read. */
  private static boolean isType(String name) {
    return ColumnPattern.isPattern(name) && new ColumnPattern(name).isType();
  }
}
