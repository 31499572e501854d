package org.syncbn.spark;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.syncbn.StrictSpark;

/** One local session for all tests of a JVM, strict about what it serializes. */
public final class LocalSpark {

  /** What Spark's evaluators of regressions send. */
  private static final List<String> OF_EVALUATORS =
      List.of(
          "org.apache.spark.ml.stat.SummarizerBuffer",
          "org.apache.spark.ml.stat.SummaryBuilderImpl$ComputeL1$",
          "org.apache.spark.ml.stat.SummaryBuilderImpl$ComputeM2$",
          "org.apache.spark.ml.stat.SummaryBuilderImpl$ComputeM2n$",
          "org.apache.spark.ml.stat.SummaryBuilderImpl$ComputeMean$",
          "org.apache.spark.ml.stat.SummaryBuilderImpl$ComputeWeightSum$");

  /** Strict, with two cores. */
  public static final SparkSession SESSION = start();

  private LocalSpark() {}

  private static SparkSession start() {
    return SparkSession.builder()
        .config(StrictSpark.local("local[2,4]"))
        .config("spark.kryo.classesToRegister", String.join(",", OF_EVALUATORS))
        .config("spark.sql.shuffle.partitions", 3)
        .config("spark.default.parallelism", 3)
        .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/warehouse")
        .getOrCreate();
  }
}
