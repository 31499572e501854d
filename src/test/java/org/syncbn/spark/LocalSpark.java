package org.syncbn.spark;

import org.apache.spark.sql.SparkSession;
import org.syncbn.StrictSpark;

/** One local session for all tests of a JVM, strict about what it serializes. */
public final class LocalSpark {

  /** Strict, with two cores. */
  public static final SparkSession SESSION = start();

  private LocalSpark() {}

  private static SparkSession start() {
    return SparkSession.builder()
        .config(StrictSpark.local("local[2,4]"))
        .config("spark.sql.shuffle.partitions", 3)
        .config("spark.default.parallelism", 3)
        .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/warehouse")
        .getOrCreate();
  }
}
