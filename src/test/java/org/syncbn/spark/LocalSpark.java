package org.syncbn.spark;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.syncbn.StrictSpark;

/** One local session for all tests of a JVM, strict about what it serializes. */
public final class LocalSpark {

  /** What Spark's evaluators of regressions send. */
  private static final String OF_EVALUATORS =
      Arrays.stream(
              ("Count Max Mean Min NormL1 NormL2 NumNonZeros Std Sum Variance ComputeL1 ComputeM2"
                      + " ComputeM2n ComputeMax ComputeMean ComputeMin ComputeNNZ ComputeWeightSum")
                  .split(" "))
          .map("org.apache.spark.ml.stat.SummaryBuilderImpl$%s$"::formatted)
          .collect(Collectors.joining(",", "org.apache.spark.ml.stat.SummarizerBuffer,", ""));

  /** Strict, with two cores. */
  public static final SparkSession SESSION = start();

  private LocalSpark() {}

  private static SparkSession start() {
    return SparkSession.builder()
        .config(StrictSpark.local("local[2,4]"))
        .config("spark.kryo.classesToRegister", OF_EVALUATORS)
        .config("spark.sql.shuffle.partitions", 3)
        .config("spark.default.parallelism", 3)
        .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/warehouse")
        .getOrCreate();
  }
}
