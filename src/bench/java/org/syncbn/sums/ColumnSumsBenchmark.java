package org.syncbn.sums;

import java.util.DoubleSummaryStatistics;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds a value of exact sums, beside sums that round: 2^20 values in batches, as a columnar
 * reader hands them over.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath -Dmdep.includeScope=test
 * java -cp target/test-classes:target/classes:$(cat target/classpath) org.openjdk.jmh.Main ColumnSums
 * }</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ColumnSumsBenchmark.VALUES)
@Warmup(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ColumnSumsBenchmark {

  static final int VALUES = 1 << 20;

  /** What the values are. */
  public enum Data {
    /** N(0, 1). */
    NORMAL,
    /** N(1e9, 1). */
    OFFSET,
    /** e^N(0, 25): more than fifty binary orders of magnitude. */
    WIDE_LOGNORMAL,
    /** 0 .. 999. */
    INTEGERS,
    /** 0.1. */
    CONSTANT,
    /** N(0, 1) rounded to float. */
    FLOATS,
    /** 0, and one in ten 1. */
    SPARSE,
    /** N(0, 1), one in ten NaN. */
    MISSING;

    double next(RandomGenerator random) {
      return switch (this) {
        case NORMAL -> random.nextGaussian();
        case OFFSET -> 1e9 + random.nextGaussian();
        case WIDE_LOGNORMAL -> Math.exp(5 * random.nextGaussian());
        case INTEGERS -> random.nextInt(1000);
        case CONSTANT -> 0.1;
        case FLOATS -> (float) random.nextGaussian();
        case SPARSE -> random.nextInt(10) == 0 ? 1.0 : 0.0;
        case MISSING -> random.nextInt(10) == 0 ? Double.NaN : random.nextGaussian();
      };
    }
  }

  /** The distribution. */
  @Param public Data data;

  /** Values of one batch; Spark's columnar readers hand over 4,096. */
  @Param("4096")
  public int batch;

  private double[] values;

  /** Draws the values. */
  @Setup
  public void draw() {
    SplittableRandom random = new SplittableRandom(20261121);
    values = random.doubles(VALUES).map(unused -> data.next(random)).toArray();
  }

  /** What the project does. */
  @Benchmark
  public Object exactSums() {
    ColumnSums sums = new ColumnSums();
    for (int from = 0; from < VALUES; from += batch) {
      sums.add(values, from, Math.min(VALUES, from + batch));
    }
    return sums;
  }

  /** The same, value by value, as rows bring them. */
  @Benchmark
  public Object exactSumsOneByOne() {
    ColumnSums sums = new ColumnSums();
    for (double value : values) {
      sums.add(value);
    }
    return sums;
  }

  /** The JDK's compensated sum with its extremes: no squares, and it depends on the order. */
  @Benchmark
  public Object summaryStatisticsOfTheJdk() {
    DoubleSummaryStatistics statistics = new DoubleSummaryStatistics();
    for (double value : values) {
      statistics.accept(value);
    }
    return statistics;
  }

  /** The textbook: sum and sum of squares in double, which cancel and depend on the order. */
  @Benchmark
  public double doubleSums() {
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    return sum + squares;
  }

  /** Rows of a vector column, features innermost. */
  @State(Scope.Thread)
  public static class Rows {

    /** Features of a row. */
    @Param({"32", "1000", "10000"})
    public int features;

    private double[] rowMajor;
    private int rows;

    /** Draws the values: 2^20 in all, as many as the columns' benchmarks add. */
    @Setup
    public void draw() {
      rows = VALUES / features;
      rowMajor = new SplittableRandom(1).doubles(VALUES).toArray();
    }
  }

  /** A block of rows of a vector column. */
  @Benchmark
  public Object exactSumsOfRows(Rows block) {
    TableSums sums = new TableSums(block.features);
    sums.addRows(block.rowMajor, block.rows);
    return sums;
  }
}
