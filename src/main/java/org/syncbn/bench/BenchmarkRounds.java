package org.syncbn.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.Versions;
import org.syncbn.report.TextTable;

/** Times pieces of work in interleaved rounds, after one warm-up round. */
final class BenchmarkRounds {

  /** One thing to measure. */
  record Work(String name, String what, Runnable task) {}

  /** The time of one work in that of another. */
  record Ratio(String name, String to) {}

  private BenchmarkRounds() {}

  /** What was measured, and on what. */
  static Map<String, Object> provenance(SparkSession spark, long rows, int features, int runs) {
    Map<String, Object> provenance = Versions.of(spark);
    provenance.put("processors", Runtime.getRuntime().availableProcessors());
    provenance.put("rows", rows);
    provenance.put("features", features);
    provenance.put("runs", runs);
    return provenance;
  }

  /**
   * Times the works, and prints the medians and their ratios.
   *
   * @param title of the table
   * @param unit the work in whose time the others are given
   * @param ratios of works that were measured; others are left out
   * @return name, median of the seconds and ratio to {@code unit} of each work
   */
  static List<Map<String, Object>> times(
      List<Work> works,
      int runs,
      String title,
      String unit,
      List<Ratio> ratios,
      SparkSession spark,
      Terminal terminal) {
    double[][] seconds = new double[works.size()][runs];
    for (int round = -1; round < runs; round++) {
      terminal.say(round < 0 ? "Warming up." : "Round %d of %d.".formatted(round + 1, runs));
      for (int w = 0; w < works.size(); w++) {
        spark.sparkContext().setJobDescription(works.get(w).name());
        long start = System.nanoTime();
        works.get(w).task().run();
        double elapsed = (System.nanoTime() - start) * 1e-9;
        if (round >= 0) {
          seconds[w][round] = elapsed;
        }
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    for (int w = 0; w < works.size(); w++) {
      Arrays.sort(seconds[w]);
      medians.put(works.get(w).name(), (seconds[w][runs / 2] + seconds[w][(runs - 1) / 2]) / 2);
    }
    double scale = medians.get(unit);
    TextTable table = new TextTable("name", "seconds", "x " + unit, "fastest", "slowest");
    List<Map<String, Object>> results = new ArrayList<>();
    for (int w = 0; w < works.size(); w++) {
      String name = works.get(w).name();
      double median = medians.get(name);
      table.row(
          name + ": " + works.get(w).what(),
          "%.3f".formatted(median),
          "%.2f".formatted(median / scale),
          "%.3f".formatted(seconds[w][0]),
          "%.3f".formatted(seconds[w][runs - 1]));
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("name", name);
      result.put("seconds", median);
      result.put(
          "ratioTo" + unit.substring(0, 1).toUpperCase(Locale.ROOT) + unit.substring(1),
          median / scale);
      results.add(result);
    }
    terminal.print(
        "%s, %s, median of %d:%n%n".formatted(title, spark.sparkContext().master(), runs));
    terminal.print(table + "\n" + text(ratios, medians));
    return results;
  }

  /** What the times come to. */
  private static String text(List<Ratio> ratios, Map<String, Double> medians) {
    TextTable table = new TextTable("ratio", "");
    ratios.forEach(
        ratio -> {
          if (medians.containsKey(ratio.name()) && medians.containsKey(ratio.to())) {
            table.row(
                ratio.name() + " / " + ratio.to(),
                "%.2f".formatted(medians.get(ratio.name()) / medians.get(ratio.to())));
          }
        });
    return table + "";
  }

  /** Computes all values of {@code data}, and writes none. */
  static void noop(Dataset<Row> data) {
    data.write().format("noop").mode("overwrite").save();
  }
}
