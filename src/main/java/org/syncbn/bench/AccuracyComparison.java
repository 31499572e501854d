package org.syncbn.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.feature.StandardScaler;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.cli.Terminal;
import org.syncbn.report.TextTable;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.Moments;
import org.syncbn.tensor.CounterRandom;

/**
 * How far the variances of several tools are from the exact ones, found here with decimals of any
 * length, on distributions that are hard; and whether the bits of mean or variance change with the
 * number of partitions.
 */
final class AccuracyComparison {

  private static final int ROWS = 20_000;
  private static final int[] PARTITIONS = {2, 8, 32};
  private static final CounterRandom RANDOM = CounterRandom.of(271_828);
  private static final MathContext DIGITS = new MathContext(40);

  private static final List<String> DISTRIBUTIONS =
      List.of(
          "N(1e9, 1)",
          "N(1e12, 1e-3)",
          "constant 0.1",
          "lognormal, sigma 5",
          "+-1e16 alternating",
          "N(0, 1) * 1e-300");

  private final List<Map<String, Object>> entries = new ArrayList<>();

  private AccuracyComparison() {}

  private static double value(int distribution, long index) {
    CounterRandom random = RANDOM.fork(distribution);
    return switch (distribution) {
      case 0 -> 1e9 + random.gaussian(index);
      case 1 -> 1e12 + 1e-3 * random.gaussian(index);
      case 2 -> 0.1;
      case 3 -> StrictMath.exp(5 * random.gaussian(index));
      case 4 -> index % 2 == 0 ? 1e16 : -1e16;
      default -> 1e-300 * random.gaussian(index);
    };
  }

  /** Compares all tools. */
  static AccuracyComparison run(SparkSession spark, Terminal terminal) {
    terminal.say("Comparing the exactness of the variances.");
    Map<String, Function<Dataset<Row>, Peers.Found>> tools = new LinkedHashMap<>();
    tools.put("fit", AccuracyComparison::ours);
    tools.put("standardScalerFit", AccuracyComparison::standardScaler);
    tools.put("summarizer", data -> Peers.summarizer(assembled(data), "features"));
    tools.put("sqlAggregate", Peers::sqlAggregate);
    tools.put("handTreeAggregate", Peers::handTreeAggregate);

    BigDecimal[] spreads =
        IntStream.range(0, DISTRIBUTIONS.size())
            .mapToObj(AccuracyComparison::exactSpread)
            .toArray(BigDecimal[]::new);
    AccuracyComparison comparison = new AccuracyComparison();
    tools.forEach(
        (name, tool) -> {
          List<Peers.Found> found =
              Arrays.stream(PARTITIONS).mapToObj(p -> tool.apply(data(spark, p))).toList();
          for (int d = 0; d < DISTRIBUTIONS.size(); d++) {
            comparison.add(name, d, spreads[d], found);
          }
        });
    return comparison;
  }

  private void add(String tool, int distribution, BigDecimal spread, List<Peers.Found> found) {
    Peers.Found first = found.get(0);
    BigDecimal n = BigDecimal.valueOf(ROWS);
    BigDecimal divisor = n.multiply(first.sample() ? n.subtract(BigDecimal.ONE) : n);
    BigDecimal exact = spread.divide(divisor, DIGITS);
    boolean relative = exact.doubleValue() != 0;
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("distribution", DISTRIBUTIONS.get(distribution));
    entry.put("name", tool);
    entry.put("error", error(first.variance()[distribution], exact, relative));
    entry.put("relative", relative);
    entry.put(
        "bitsChange",
        found.stream()
                .map(
                    f ->
                        List.of(
                            Double.doubleToLongBits(f.mean()[distribution]),
                            Double.doubleToLongBits(f.variance()[distribution])))
                .distinct()
                .count()
            > 1);
    entries.add(entry);
  }

  private static double error(double variance, BigDecimal exact, boolean relative) {
    if (!Double.isFinite(variance)) {
      return variance;
    }
    BigDecimal difference = new BigDecimal(variance).subtract(exact).abs();
    return (relative ? difference.divide(exact.abs(), DIGITS) : difference).doubleValue();
  }

  /** The exact {@code n * sum of squares - square of the sum}. */
  private static BigDecimal exactSpread(int distribution) {
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (int i = 0; i < ROWS; i++) {
      BigDecimal x = new BigDecimal(value(distribution, i));
      sum = sum.add(x);
      squares = squares.add(x.multiply(x));
    }
    return squares.multiply(BigDecimal.valueOf(ROWS)).subtract(sum.multiply(sum));
  }

  private static Dataset<Row> data(SparkSession spark, int partitions) {
    StructType schema = new StructType();
    for (int d = 0; d < DISTRIBUTIONS.size(); d++) {
      schema = schema.add("d" + d, DataTypes.DoubleType);
    }
    return spark
        .range(0, ROWS, 1, partitions)
        .map((MapFunction<Long, Row>) AccuracyComparison::row, Encoders.row(schema));
  }

  private static Row row(long index) {
    return RowFactory.create(
        IntStream.range(0, DISTRIBUTIONS.size()).mapToObj(d -> value(d, index)).toArray());
  }

  private static Dataset<Row> assembled(Dataset<Row> data) {
    return new VectorAssembler()
        .setInputCols(data.columns())
        .setOutputCol("features")
        .transform(data)
        .select("features");
  }

  private static Peers.Found ours(Dataset<Row> data) {
    List<Moments> moments =
        FeatureStatistics.fit(data, Features.of(data, FeatureSelection.allNumeric())).moments();
    return new Peers.Found(
        moments.stream().mapToDouble(Moments::mean).toArray(),
        moments.stream().mapToDouble(Moments::populationVariance).toArray(),
        false);
  }

  private static Peers.Found standardScaler(Dataset<Row> data) {
    StandardScalerModel model =
        new StandardScaler().setInputCol("features").setWithMean(true).fit(assembled(data));
    return new Peers.Found(
        model.mean().toArray(),
        Arrays.stream(model.std().toArray()).map(std -> std * std).toArray(),
        true);
  }

  /** For each distribution and tool: name, error, whether it is relative, whether bits change. */
  List<Map<String, Object>> entries() {
    return List.copyOf(entries);
  }

  /** A table of a line for each distribution. */
  String text() {
    List<String> tools = entries.stream().map(e -> (String) e.get("name")).distinct().toList();
    String[] titles = new String[tools.size() + 1];
    titles[0] = "variance of";
    for (int t = 0; t < tools.size(); t++) {
      titles[t + 1] = tools.get(t);
    }
    TextTable table = new TextTable(titles);
    for (String distribution : DISTRIBUTIONS) {
      String[] cells = new String[titles.length];
      cells[0] = distribution;
      for (Map<String, Object> entry : entries) {
        if (entry.get("distribution").equals(distribution)) {
          cells[0] = distribution + ((boolean) entry.get("relative") ? "" : " (absolute)");
          cells[tools.indexOf(entry.get("name")) + 1] =
              TextTable.number((double) entry.get("error"), 2)
                  + ((boolean) entry.get("bitsChange") ? " *" : "  ");
        }
      }
      table.row(cells);
    }
    return "Error of the variance, relative to the exact one (absolute where that rounds to 0);\n"
        + "* the bits of mean or variance change between 2, 8 and 32 partitions:\n\n"
        + table;
  }
}
