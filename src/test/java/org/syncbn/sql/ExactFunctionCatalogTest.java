package org.syncbn.sql;

import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.spark.FeatureStatistics;
import org.syncbn.spark.Features;
import org.syncbn.spark.LocalSpark;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;

class ExactFunctionCatalogTest {

  private static final String FIVE =
      "exact.exact_avg(%1$s), exact.exact_var_pop(%1$s), exact.exact_var_samp(%1$s),"
          + " exact.exact_stddev_pop(%1$s), exact.exact_stddev_samp(%1$s)";

  private static final SparkSession SPARK = LocalSpark.SESSION.newSession();

  @BeforeAll
  static void register() {
    SPARK.conf().set("spark.sql.catalog.exact", ExactFunctionCatalog.class.getName());
    SPARK.conf().set("spark.sql.shuffle.partitions", 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "float",
        "double",
        "decimal(9,2)",
        "decimal(38,2)"
      })
  void everyFunctionTakesEveryNumericType(String type) {
    Row row = one("SELECT %s FROM VALUES (1), (2), (NULL), (6) AS t(v)", cast(FIVE, type));
    assertThat(row.getDouble(0)).isEqualTo(3);
    assertThat(row.getDouble(1)).isEqualTo(14 / 3.0);
    assertThat(row.getDouble(2)).isEqualTo(7);
    assertThat(row.getDouble(3)).isEqualTo(Math.sqrt(14 / 3.0), within(Math.ulp(2.0)));
    assertThat(row.getDouble(4)).isEqualTo(Math.sqrt(7));
    ColumnSums expected = new ColumnSums();
    List.of(1, 2, 6).forEach(expected::add);
    expected.addNulls(1);
    Row state =
        one(
            "SELECT exact.exact_merge(s), exact.exact_sums(n) FROM"
                + " (SELECT %s AS s, 1 AS n FROM VALUES (1), (2), (NULL), (6) AS t(v))",
            cast("exact.exact_sums(%s)", type));
    assertThat(state.<byte[]>getAs(0)).isEqualTo(expected.toBytes());
  }

  private static String cast(String functions, String type) {
    return functions.formatted("CAST(v AS %s)".formatted(type));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void wideNumbersAreTheNearestDoublesAsInStatistics(boolean ansi) {
    SPARK.conf().set("spark.sql.ansi.enabled", ansi);
    try {
      Dataset<Row> data =
          SPARK.sql(
              "SELECT * FROM VALUES (9007199254740993L, 0.1BD, 0.1F),"
                  + " (-9223372036854775807L, 12345678901234567890.1BD, 3.4e38F),"
                  + " (NULL, NULL, NULL) AS t(l, d, f)");
      assertStatesEqualStatistics(data);
    } finally {
      SPARK.conf().unset("spark.sql.ansi.enabled");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void bitsAreThoseOfTheStatisticsFileForAnyPartitions(int partitions) {
    Random random = new Random(11);
    Dataset<Row> data =
        SPARK
            .createDataset(
                IntStream.range(0, 3000).mapToObj(i -> value(random, i)).toList(),
                Encoders.DOUBLE())
            .selectExpr("value AS x", "if(value > 0, CAST(value AS FLOAT), NULL) AS y")
            .repartition(partitions);
    assertStatesEqualStatistics(data);
  }

  /** Of many scales, with what no number is. */
  private static double value(Random random, int i) {
    return i % 100 == 99
        ? List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY).get(i / 100 % 3)
        : random.nextGaussian() * Math.scalb(1.0, random.nextInt(-300, 300)) + 1e9;
  }

  private static void assertStatesEqualStatistics(Dataset<Row> data) {
    Features features = Features.of(data, FeatureSelection.allNumeric());
    var statistics = FeatureStatistics.fit(data, features);
    for (int c = 0; c < data.columns().length; c++) {
      byte[] state =
          data.select(call_function("exact.exact_sums", col(data.columns()[c]))).head().getAs(0);
      assertThat(state).isEqualTo(statistics.column(c).toBytes());
    }
  }

  @Test
  void groupsBeyondTheHashMapFallBackToSortingWithTheSameBits() {
    String query =
        "SELECT id %% 1000 AS k, exact.exact_sums(sqrt(id)) AS s, exact.exact_avg(sqrt(id)) AS a"
            + " FROM range(0, 20000, 1, 4) GROUP BY 1 ORDER BY 1";
    List<Row> rows = SPARK.sql(query.formatted()).collectAsList();
    assertThat(rows).hasSize(1000);
    for (int k = 0; k < 1000; k++) {
      ColumnSums expected = new ColumnSums();
      for (int id = k; id < 20000; id += 1000) {
        expected.add(StrictMath.sqrt(id));
      }
      assertThat(rows.get(k).<byte[]>getAs("s")).isEqualTo(expected.toBytes());
      assertThat(rows.get(k).getDouble(2)).isEqualTo(expected.moments().mean());
    }
  }

  @Test
  void aggregationIsPartialBeforeTheShuffle() {
    Dataset<Row> plan =
        SPARK.sql("SELECT id % 3, exact.exact_avg(id) FROM range(0, 9, 1, 2) GROUP BY 1");
    assertThat(plan.queryExecution().executedPlan().toString())
        .contains("partial_v2aggregator")
        .contains("ObjectHashAggregate");
  }

  /** Rows of one group, and what Spark's functions give for them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CAST(NULL AS DOUBLE)",
        "2.5D",
        "DOUBLE('NaN')",
        "DOUBLE('Infinity')",
        "1D, DOUBLE('NaN')",
        "1D, DOUBLE('Infinity')",
        "1D, DOUBLE('-Infinity')",
        "DOUBLE('-Infinity'), DOUBLE('Infinity')",
        "DOUBLE('Infinity'), DOUBLE('Infinity')",
        "1D, NULL, 4D, NULL"
      })
  void nullsNaNAndInfinitiesAreAsInSparksFunctions(String values) {
    String from = " FROM (SELECT explode(array(%s)) AS v)".formatted(values);
    String ours = FIVE.formatted("v");
    Row row = one("SELECT " + ours + from);
    assertThat(row).isEqualTo(one("SELECT " + ours.replace("exact.exact_", "") + from));
  }

  @Test
  void ofNoRowsTheResultIsNullAndTheStateThatOfNothing() {
    String from = " FROM range(0)";
    Row row = one("SELECT " + FIVE.formatted("id") + from);
    assertThat(IntStream.range(0, 5).allMatch(row::isNullAt)).isTrue();
    Row states =
        one(
            "SELECT exact.exact_sums(id), exact.exact_merge(CAST(CAST(id AS STRING) AS BINARY))"
                + from);
    assertThat(states.<byte[]>getAs(0)).isEqualTo(new ColumnSums().toBytes());
    assertThat(states.<byte[]>getAs(1)).isEqualTo(new ColumnSums().toBytes());
    assertThat(one("SELECT exact.exact_avg(NULL), exact.exact_merge(NULL) IS NULL"))
        .extracting(r -> r.get(0), r -> r.get(1))
        .containsExactly(null, false);
  }

  @Test
  void statesMergeAndAnswerLikeTheirValues() {
    String daily =
        " FROM (SELECT id % 5 AS day, exact.exact_sums(sqrt(id)) AS s FROM range(1000) GROUP BY 1"
            + " UNION ALL SELECT 6, NULL)";
    String whole = " FROM range(1000)";
    assertThat(one("SELECT " + FIVE.formatted("s") + daily))
        .isEqualTo(one("SELECT " + FIVE.formatted("sqrt(id)") + whole));
    assertThat(one("SELECT exact.exact_merge(s)" + daily).<byte[]>getAs(0))
        .isEqualTo(one("SELECT exact.exact_sums(sqrt(id))" + whole).<byte[]>getAs(0));
  }

  @Test
  void weightedStatesGiveWeightedMoments() {
    ColumnSums sums = ColumnSums.weighted();
    sums.add(1, 3);
    sums.add(5, 1);
    Moments moments = sums.moments();
    Row row =
        SPARK
            .createDataset(List.of(sums.toBytes()), Encoders.BINARY())
            .selectExpr(FIVE.formatted("value").split(", "))
            .head();
    assertThat(row.getDouble(0)).isEqualTo(2);
    assertThat(row.getDouble(2)).isEqualTo(moments.sampleVariance());
    assertThat(row.getDouble(4)).isEqualTo(Math.sqrt(4));
  }

  @Test
  void rollupAndHavingWork() {
    assertThat(
            SPARK
                .sql(
                    "SELECT id % 2, exact.exact_avg(id) FROM range(4) GROUP BY ROLLUP (id % 2)"
                        + " HAVING exact.exact_avg(id) > 1 ORDER BY 1")
                .collectAsList())
        .extracting(row -> row.get(0), row -> row.get(1))
        .containsExactly(tuple(null, 1.5), tuple(1L, 2.0));
  }

  @Test
  void filtersDistinctAndWindowsWork() {
    Row row =
        one(
            "SELECT exact.exact_avg(v) FILTER (WHERE v > 1), exact.exact_avg(DISTINCT v)"
                + " FROM VALUES (1), (1), (4), (10) AS t(v)");
    assertThat(row.getDouble(0)).isEqualTo(7);
    assertThat(row.getDouble(1)).isEqualTo(5);
    List<Row> sliding =
        SPARK
            .sql(
                "SELECT exact.exact_avg(id) OVER (ORDER BY id ROWS 1 PRECEDING),"
                    + " exact.exact_sums(id) OVER (ORDER BY id) FROM range(3)")
            .collectAsList();
    assertThat(sliding).extracting(r -> r.get(0)).containsExactly(0.0, 0.5, 1.5);
    ColumnSums running = new ColumnSums();
    for (int id = 0; id < 3; id++) {
      running.add(id);
      assertThat(sliding.get(id).<byte[]>getAs(1)).isEqualTo(running.toBytes());
    }
  }

  @Test
  void streamingAggregationGivesTheBitsOfABatch(@TempDir Path folder) throws Exception {
    String input = folder.resolve("in").toString();
    String checkpoint = folder.resolve("checkpoint").toString();
    Files.createDirectories(folder.resolve("in"));
    String[] aggregates = {
      "exact.exact_sums(x) AS s", "exact.exact_stddev_samp(x) AS d",
    };
    for (int batch = 0; batch < 2; batch++) {
      SPARK
          .range(batch * 50, batch * 50 + 50)
          .selectExpr("id % 2 AS k", "CAST(sqrt(id) AS DOUBLE) AS x")
          .write()
          .mode("append")
          .parquet(input);
      List<Row> streamed = new ArrayList<>();
      VoidFunction2<Dataset<Row>, Long> collect =
          (rows, id) -> {
            streamed.clear();
            streamed.addAll(rows.selectExpr("k", "hex(s)", "d").sort("k").collectAsList());
          };
      SPARK
          .readStream()
          .schema("k BIGINT, x DOUBLE")
          .parquet(input)
          .groupBy("k")
          .agg(functions.expr(aggregates[0]), functions.expr(aggregates[1]))
          .writeStream()
          .foreachBatch(collect)
          .outputMode("complete")
          .option("checkpointLocation", checkpoint)
          .trigger(Trigger.AvailableNow())
          .start()
          .awaitTermination();
      List<Row> whole =
          SPARK
              .read()
              .parquet(input)
              .groupBy("k")
              .agg(functions.expr(aggregates[0]), functions.expr(aggregates[1]))
              .selectExpr("k", "hex(s)", "d")
              .sort("k")
              .collectAsList();
      assertThat(streamed).hasSize(2).isEqualTo(whole);
    }
  }

  @Test
  void catalogShowsItsFunctionsAndIgnoresTheCaseOfNames() {
    assertThat(new ExactFunctionCatalog().functionExists(ident("Exact_Avg"))).isTrue();
    assertThat(one("SELECT exact.EXACT_AVG(4)").getDouble(0)).isEqualTo(4);
    assertThat(
            SPARK.sql("SHOW USER FUNCTIONS IN exact").collectAsList().stream()
                .map(row -> row.getString(0)))
        .hasSize(7)
        .anyMatch(name -> name.contains("exact_merge"));
  }

  private static Identifier ident(String name) {
    return Identifier.of(new String[0], name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exact_avg('1') | exact_avg takes numbers, not string; cast it, as in CAST(x AS DOUBLE).",
        "exact_avg(true) | exact_avg takes numbers, not boolean; cast it, as in CAST(x AS INT).",
        "exact_var_pop(current_date()) | exact_var_pop takes numbers, not date; name a numeric"
            + " column.",
        "exact_avg(1, 2) | exact_avg takes one argument, but was given 2; call it once for each"
            + " column.",
        "exact_sums() | exact_sums takes one argument, but was given 0; call it once for each"
            + " column.",
        "exact_sums(X'00') | exact_sums takes numbers; merge states with exact_merge.",
        "exact_merge(1) | exact_merge takes states of exact_sums; sum up numbers with exact_sums.",
        "exact_merge('a') | exact_merge takes states of exact_sums, which are of type binary, not"
            + " string.",
        "exact_median(1) | exact_median",
        "more.exact_avg(1) | more"
      })
  void wrongArgumentsAreRejectedInASentence(String call, String message) {
    assertThatThrownBy(() -> SPARK.sql("SELECT exact." + call))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining(message);
  }

  @Test
  void binaryThatIsNoStateIsRejectedInASentence() {
    assertThatThrownBy(() -> one("SELECT exact.exact_merge(X'630102')"))
        .hasMessageContaining(
            "exact_merge was given a binary that is not a state. These bytes are not the sums of a"
                + " column, or they are damaged: restore them or compute the sums again.");
  }

  private static Row one(String query, Object... arguments) {
    return SPARK.sql(arguments.length == 0 ? query : query.formatted(arguments)).head();
  }
}
