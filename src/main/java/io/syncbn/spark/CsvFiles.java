package io.syncbn.spark;

import java.util.Collection;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads CSV files with a header. */
final class CsvFiles {

  private CsvFiles() {}

  static Dataset<Row> read(SparkSession session, String[] paths, Collection<String> numbers) {
    return session.read().option("header", true).option("inferSchema", true).csv(paths);
  }
}
