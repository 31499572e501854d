package org.syncbn.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.syncbn.api.NetworkTrainer;
import org.syncbn.api.NetworkTraining;
import org.syncbn.cli.Terminal;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;

/**
 * Measures how many rows per second go from Parquet to the shards of a run: open the files, find
 * classes and exact statistics, hash-partition the rows.
 */
final class IngestThroughput {

  private static final int CLASSES = 10;
  private static final int FEWEST_ROWS = 100 * CLASSES; // so that none is among held-out rows alone
  private static final int RUNS = 3; // after one to warm up
  private static final int[] WIDTHS = {8, 32, 256};

  private IngestThroughput() {}

  /**
   * Tables of doubles and a text label, of a few columns and of many.
   *
   * @param values of each table; 0 for none
   */
  static List<Map<String, Object>> measure(SparkSession spark, Terminal terminal, long values) {
    List<Map<String, Object>> results = new ArrayList<>();
    for (int features : values == 0 ? new int[0] : WIDTHS) {
      long rows = Math.max(FEWEST_ROWS, values / features);
      double[] seconds = new double[RUNS];
      RunOptions options = options(table(new BenchmarkTables(spark, terminal, rows, features)));
      for (int run = -1; run < RUNS; run++) {
        long start = System.nanoTime();
        NetworkTraining prepared = NetworkTrainer.of(options).prepare(spark);
        double passed = (System.nanoTime() - start) / 1e9;
        prepared.close();
        if (run >= 0) {
          seconds[run] = passed;
        }
      }
      Arrays.sort(seconds);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("cluster", spark.sparkContext().master());
      result.put("rows", rows);
      result.put("features", features);
      result.put("rowsPerSecond", rows / seconds[RUNS / 2]);
      results.add(result);
    }
    return results;
  }

  private static String table(BenchmarkTables tables) {
    return tables.files(
        "labelled",
        (session, place) ->
            tables
                .made(tables.rows())
                .withColumn(
                    "label",
                    functions.concat(
                        functions.lit("class "),
                        functions.monotonically_increasing_id().mod(CLASSES).cast("string")))
                .write()
                .mode("overwrite")
                .parquet(place));
  }

  private static RunOptions options(String table) {
    return RunFile.parse(
        "network = [{dense=" + CLASSES + "}]",
        List.of("data={format=parquet,path=\"" + table + "\",label=label}", "shards=8"));
  }
}
