package org.syncbn.bench;

import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.stat.Summarizer;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Ways to compute mean and variance on Spark without this project. */
final class Peers {

  private Peers() {}

  /**
   * Moments of each column as a peer finds them.
   *
   * @param mean of each column
   * @param variance of each column
   * @param sample whether the variance has the divisor n - 1, not n
   */
  record Found(double[] mean, double[] variance, boolean sample) {}

  /** {@code Summarizer} of a vector column. */
  static Found summarizer(Dataset<Row> data, String column) {
    Row summary =
        data.select(
                Summarizer.metrics("mean", "variance").summary(functions.col(column)).as("summary"))
            .select("summary.mean", "summary.variance")
            .head();
    return new Found(
        ((Vector) summary.get(0)).toArray(), ((Vector) summary.get(1)).toArray(), true);
  }

  /** {@code avg} and {@code stddev_pop} of every column, in one query. */
  static Found sqlAggregate(Dataset<Row> data) {
    String[] names = data.columns();
    Column[] aggregates =
        Arrays.stream(names)
            .flatMap(name -> Stream.of(functions.avg(name), functions.stddev_pop(name)))
            .toArray(Column[]::new);
    Row row = data.agg(aggregates[0], Arrays.copyOfRange(aggregates, 1, aggregates.length)).head();
    double[] mean = new double[names.length];
    double[] variance = new double[names.length];
    for (int c = 0; c < names.length; c++) {
      mean[c] = row.getDouble(2 * c);
      variance[c] = row.getDouble(2 * c + 1) * row.getDouble(2 * c + 1);
    }
    return new Found(mean, variance, false);
  }

  /** What is often written by hand: sums and sums of squares, {@code E[x^2] - E[x]^2}. */
  static Found handTreeAggregate(Dataset<Row> data) {
    int width = data.columns().length;
    double[] sums =
        data.javaRDD()
            .treeAggregate(
                new double[2 * width + 1], (partial, row) -> add(partial, row), Peers::merge);
    double n = sums[2 * width];
    double[] mean = new double[width];
    double[] variance = new double[width];
    for (int c = 0; c < width; c++) {
      mean[c] = sums[c] / n;
      variance[c] = sums[width + c] / n - mean[c] * mean[c];
    }
    return new Found(mean, variance, false);
  }

  private static double[] add(double[] sums, Row row) {
    int width = sums.length / 2;
    for (int c = 0; c < width; c++) {
      double x = row.getDouble(c);
      sums[c] += x;
      sums[width + c] += x * x;
    }
    sums[2 * width]++;
    return sums;
  }

  private static double[] merge(double[] into, double[] from) {
    for (int i = 0; i < into.length; i++) {
      into[i] += from[i];
    }
    return into;
  }
}
