package org.syncbn.spark.internals;

import org.apache.spark.sql.types.DataType;

/**
 * Types that not every Spark has a class for.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class SparkTypes {

  private SparkTypes() {}

  /** Whether a type is a time of day, which Spark has since 4.1. */
  public static boolean isTime(DataType type) {
    return type.typeName().startsWith("time(");
  }
}
