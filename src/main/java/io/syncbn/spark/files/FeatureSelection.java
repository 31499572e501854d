package io.syncbn.spark.files;

import java.util.Collection;
import java.util.List;

/**
 * Which columns of a data set shall be features: those named, or all numeric ones but some.
 *
 * @param named names of the columns; empty means all that are numeric
 * @param excluded names of the columns that are no features
 */
public record FeatureSelection(List<String> named, List<String> excluded) {

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

  /** Whether a column with this name would be a feature if it were numeric. */
  public boolean admits(String column) {
    return named.isEmpty() ? !excluded.contains(column) : named.contains(column);
  }
}
