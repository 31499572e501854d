package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;

/** Weights, groups, methods, the way back, and the choice of columns, through the command line. */
@OwnSpark
class NormalizeMethodsTest {

  private static CommandRun.Session session;
  private static SparkSession spark;

  @TempDir Path folder;
  private Path csv;
  private Path output;
  private Path statistics;

  @BeforeAll
  static void open() {
    session = CommandRun.session();
    spark = session.spark();
  }

  @AfterAll
  static void close() {
    session.close();
  }

  @BeforeEach
  void data() throws IOException {
    csv =
        Files.writeString(
            folder.resolve("data.csv"),
            """
            shop,temp_in,temp_out,same,w
            north,1,10,8,3
            north,5,30,8,1
            south,100,-2,8,0.5
            south,300,2,8,1.5
            """);
    output = folder.resolve("out");
    statistics = folder.resolve("statistics.json");
  }

  private CommandRun normalize(Object... options) {
    return succeeded(onCsv(options));
  }

  private CommandRun onCsv(Object... options) {
    return run("normalize", CommandRun.append(new Object[] {"--input", csv}, options));
  }

  /** A column of the output, in the order of the input. */
  private List<Object> written(String column) {
    Dataset<Row> rows = spark.read().parquet(output.toString());
    int ordinal = Arrays.asList(rows.columns()).indexOf(column);
    return rows.collectAsList().stream().map(row -> row.get(ordinal)).toList();
  }

  private JsonNode feature(int index) throws IOException {
    return new ObjectMapper().readTree(statistics.toFile()).get("features").get(index);
  }

  @Test
  void weightsCountRowsSoManyTimes() throws IOException {
    CommandRun run =
        normalize("--weight", "w", "--statistics", statistics, "--output", output, "--verify");
    double mean = (3 * 1 + 5 + 0.5 * 100 + 1.5 * 300) / 6;
    assertThat(feature(0).get("mean").asDouble()).isEqualTo(mean);
    assertThat(feature(0).get("weight").asDouble()).isEqualTo(6);
    assertThat(feature(0).get("count").asLong()).isEqualTo(4);
    assertThat(run.out()).contains("Statistics of 3 features").doesNotContain("WRONG");
    assertThat(spark.read().parquet(output.toString()).columns())
        .containsExactly("shop", "temp_in", "temp_out", "same", "w");
    assertThat(written("w").stream().map(w -> Double.parseDouble(w.toString())))
        .containsExactly(3.0, 1.0, 0.5, 1.5);
  }

  @Test
  void weightsAreWrittenAsTheOtherNumbersOfTheFileAndLeaveAsTheyCame() throws IOException {
    csv = folder.resolve("commas.csv");
    String rows = "x;w;code\n1,5;0,50;1.000\n2,5;1.000;2.000\n";
    Object[] options = {
      "--decimal-comma",
      "--thousands",
      ".",
      "--exclude",
      "code",
      "--weight",
      "w",
      "--statistics",
      statistics
    };
    Files.writeString(csv, rows + "4,5;2;3.000\n");
    normalize(CommandRun.append(options, "--output", output));
    assertThat(feature(0).get("weight").asDouble()).isEqualTo(0.5 + 1000 + 2);
    assertThat(feature(0).get("mean").asDouble())
        .isEqualTo((0.5 * 1.5 + 1000 * 2.5 + 2 * 4.5) / (0.5 + 1000 + 2));
    assertThat(written("w")).containsExactly("0,50", "1.000", "2");
    assertThat(written("code")).containsExactly("1.000", "2.000", "3.000");

    Files.writeString(csv, rows + "4,5;n/a;3.000\n");
    failed(onCsv(options), "Column 'w' holds 'n/a', which is not a number; weights are numbers.");
    failed(
        onCsv(CommandRun.append(options, "--null", "n/a")),
        "Column 'w' holds no weight in some row (null)");
  }

  @Test
  void weightedStatisticsMergeWithTheirLikeAlone() throws IOException {
    normalize("--weight", "w", "--statistics", statistics);
    Path both = folder.resolve("both.json");
    normalize("--weight", "w", "--merge", statistics, "--statistics", both);
    assertThat(new ObjectMapper().readTree(both.toFile()).at("/features/0/weight").asDouble())
        .isEqualTo(12);
    failed(
        onCsv("--exclude", "w", "--merge", statistics),
        "statistics.json cannot be merged with the input: one has weights and the other has none");
  }

  @Test
  void everyGroupIsNormalizedByItself() throws IOException {
    CommandRun run =
        normalize(
            "--by",
            "shop",
            "--columns",
            "temp_*",
            "--method",
            "min-max",
            "--statistics",
            statistics,
            "--output",
            output,
            "--verify");
    assertThat(written("temp_in")).containsExactly(0.0, 1.0, 0.0, 1.0);
    assertThat(written("temp_out")).containsExactly(0.0, 1.0, 0.0, 1.0);
    assertThat(run.out())
        .contains("Of 2 groups of shop, the first:", "temp_in (north)", "temp_out (south)")
        .doesNotContain("WRONG");
    JsonNode file = new ObjectMapper().readTree(statistics.toFile());
    assertThat(file.at("/by/0").asText()).isEqualTo("shop");
    assertThat(file.at("/groups/1/features/0/mean").asDouble()).isEqualTo(200);
  }

  @Test
  void groupsAreMergedAppliedAndTakenBack() throws IOException {
    normalize("--by", "shop", "--weight", "w", "--columns", "temp_in", "--statistics", statistics);
    Path west = Files.writeString(folder.resolve("w.csv"), "shop,temp_in,w\nwest,7,1\nwest,9,1\n");
    Path all = folder.resolve("all.json");
    succeeded(
        run(
            "normalize",
            "--input",
            west,
            "--by",
            "shop",
            "--weight",
            "w",
            "--merge",
            statistics,
            "--statistics",
            all));
    csv = Files.writeString(folder.resolve("new.csv"), "shop,temp_in\nwest,9\neast,50\nwest,7\n");
    failed(
        onCsv("--apply", all, "--output", output),
        "There are no statistics of the group 'east' of shop");
    normalize(
        "--apply", all, "--unseen", "skip", "--method", "min-max", "--output", output, "--verify");
    assertThat(written("temp_in")).containsExactly(1.0, 50.0, 0.0);
    normalize(
        "--apply",
        all,
        "--unseen",
        "global",
        "--method",
        "min-max",
        "--output",
        output,
        "--overwrite",
        "--verify");
    assertThat(written("temp_in")).containsExactly(1.0, (50.0 - 1) / 299, 0.0);
    Path back = folder.resolve("back");
    succeeded(
        run(
            "normalize",
            "--input",
            output,
            "--apply",
            all,
            "--unseen",
            "global",
            "--method",
            "min-max",
            "--inverse",
            "--output",
            back,
            "--verify"));
    output = back;
    assertThat(written("temp_in").stream().mapToDouble(x -> (Double) x).toArray())
        .containsExactly(new double[] {9, 50, 7}, within(1e-13));
  }

  @Test
  void theOtherMethodsDoAsTheirFormulasSay() {
    normalize("--method", "max-abs", "--columns", "temp_out", "--output", output, "--verify");
    assertThat(written("temp_out")).containsExactly(10.0 / 30, 1.0, -2.0 / 30, 2.0 / 30);
    normalize(
        "--method",
        "unit-variance",
        "--columns",
        "temp_in,same",
        "--output",
        output,
        "--overwrite",
        "--verify");
    // Mean 101.5 of 1, 5, 100 and 300, mean square (1 + 25 + 10000 + 90000) / 4.
    double deviation = Math.sqrt(100_026 / 4.0 - 101.5 * 101.5);
    assertThat(written("temp_in").stream().mapToDouble(x -> (Double) x).toArray())
        .containsExactly(
            new double[] {1 / deviation, 5 / deviation, 100 / deviation, 300 / deviation},
            within(1e-12));
    assertThat(written("same")).containsOnly(0.0);
  }

  @Test
  void robustSubtractsTheMedianAndKeepsItsQuartiles() throws IOException {
    normalize(
        "--method",
        "robust",
        "--columns",
        "temp_in",
        "--statistics",
        statistics,
        "--output",
        output,
        "--verify");
    // As numpy.percentile([1, 5, 100, 300], [25, 50, 75]).
    double lower = 1 + 0.75 * 4;
    double median = (5 + 100) / 2.0;
    double upper = 100 + 0.25 * 200;
    assertThat(feature(0).get("lowerQuartile").asDouble()).isEqualTo(lower);
    assertThat(feature(0).get("median").asDouble()).isEqualTo(median);
    assertThat(feature(0).get("upperQuartile").asDouble()).isEqualTo(upper);
    double range = upper - lower;
    assertThat(written("temp_in"))
        .containsExactly(
            (1 - median) / range,
            (5 - median) / range,
            (100 - median) / range,
            (300 - median) / range);
    normalize(
        "--apply", statistics, "--method", "robust", "--output", output, "--overwrite", "--verify");
    normalize("--columns", "temp_in", "--statistics", statistics);
    failed(
        onCsv("--apply", statistics, "--method", "robust", "--output", folder.resolve("other")),
        "The statistics hold no quartiles");
    normalize(
        "--method",
        "robust",
        "--by",
        "shop",
        "--columns",
        "temp_in",
        "--output",
        output,
        "--overwrite",
        "--verify");
    // The range of quartiles of two values is half their difference.
    assertThat(written("temp_in")).containsExactly(-1.0, 1.0, -1.0, 1.0);
  }

  /** Later runs do as the statistics were found for, unless something else is said. */
  @Test
  void savedStatisticsTellMethodRangeAndConstants() throws IOException {
    normalize(
        "--columns",
        "temp_in,same",
        "--method",
        "min-max",
        "--range=-1,1",
        "--constant",
        "keep",
        "--statistics",
        statistics);
    assertThat(Files.readString(statistics))
        .contains(
            "\"normalization\":"
                + " {\"method\":\"min-max\",\"range\":[-1.0,1.0],\"constant\":\"keep\"}");
    CommandRun run = normalize("--apply", statistics, "--output", output, "--verify");
    assertThat(run.out()).contains("Normalized by --method min-max, as the statistics were found");
    assertThat(written("same")).containsOnly(8.0);
    assertThat(written("temp_in")).startsWith(-1.0).endsWith(1.0);
    normalize("--apply", statistics, "--method", "max-abs", "--output", output, "--overwrite");
    assertThat(written("temp_in")).endsWith(1.0).contains(100.0 / 300);
    failed(
        onCsv("--apply", statistics, "--eps", "0", "--output", folder.resolve("eps")),
        "--eps belongs to --method batch-norm and unit-variance, and " + statistics);
    Path other = folder.resolve("other.json");
    normalize("--columns", "temp_in,same", "--statistics", other);
    assertThat(Files.readString(other)).doesNotContain("normalization");
    failed(
        run("normalize", "--merge", statistics, other, "--statistics", folder.resolve("all.json")),
        "were found for different ways to normalize; choose with --method");
  }

  @Test
  void aColumnWithoutAValueInAGroupStaysMissingThere() throws IOException {
    csv = Files.writeString(folder.resolve("g.csv"), "shop,x,y\na,1,\na,3,\nb,5,7\nb,9,9\n");
    normalize(
        "--by",
        "shop",
        "--missing",
        "skip",
        "--method",
        "min-max",
        "--statistics",
        statistics,
        "--output",
        output,
        "--verify");
    assertThat(written("x")).containsExactly(0.0, 1.0, 0.0, 1.0);
    assertThat(written("y")).containsExactly(null, null, 0.0, 1.0);
    failed(
        onCsv("--by", "shop", "--missing", "mean", "--output", folder.resolve("mean")),
        "All values of 'y (a)' are missing, so there is no mean to write; use --missing skip");
    csv = Files.writeString(folder.resolve("new.csv"), "shop,x,y\na,2,8\n");
    failed(
        onCsv("--apply", statistics, "--output", folder.resolve("n")),
        "The statistics have no value of 'y (a)', but the data have; use --unseen skip");
    normalize("--apply", statistics, "--unseen", "skip", "--output", output, "--overwrite");
    assertThat(written("y")).containsExactly(8.0);
    normalize(
        "--apply", statistics, "--unseen", "global", "--output", output, "--overwrite", "--verify");
    assertThat(written("y")).containsExactly(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-norm", "min-max", "max-abs", "unit-variance"})
  void theWayBackRestoresTheValues(String method) {
    normalize(
        "--columns",
        "temp_in,same",
        "--method",
        method,
        "--statistics",
        statistics,
        "--output",
        output);
    Path back = folder.resolve("back");
    succeeded(
        run(
            "normalize",
            "--input",
            output,
            "--apply",
            statistics,
            "--inverse",
            "--output",
            back,
            "--verify"));
    output = back;
    assertThat(written("same")).containsOnly(8.0);
    assertThat(written("temp_in").stream().mapToDouble(x -> (Double) x).toArray())
        .containsExactly(new double[] {1, 5, 100, 300}, within(5 * 0x1p-53 * 300 + 0x1p-53 * 300));
  }

  @Test
  void constantColumnsFollowThePolicy() {
    normalize("--constant", "keep", "--method", "min-max", "--output", output, "--verify");
    assertThat(written("same")).containsOnly(8.0);
    failed(
        onCsv("--constant", "error", "--output", folder.resolve("no")),
        "There is no spread in 'same'; exclude such columns");
  }

  @Test
  void aSuffixKeepsTheRawColumnsAndFloatsAreWrittenWhenAsked() {
    normalize(
        "--columns",
        "temp_in",
        "--method",
        "min-max",
        "--suffix",
        "_normalized",
        "--output-type",
        "float",
        "--output",
        output,
        "--verify");
    Dataset<Row> rows = spark.read().parquet(output.toString());
    assertThat(rows.columns())
        .containsExactly("shop", "temp_in", "temp_out", "same", "w", "temp_in_normalized");
    assertThat(rows.schema().apply("temp_in_normalized").dataType()).isEqualTo(DataTypes.FloatType);
    assertThat(written("temp_in_normalized"))
        .containsExactly(0f, (float) (4 / 299.0), (float) (99 / 299.0), 1f);
    assertThat(written("temp_in").stream().map(x -> Double.parseDouble(x.toString())))
        .containsExactly(1.0, 5.0, 100.0, 300.0);
    failed(
        run(
            "normalize",
            "--input",
            output,
            "--columns",
            "temp_in",
            "--suffix",
            "_normalized",
            "--output",
            folder.resolve("again")),
        "has a column 'temp_in_normalized' already");
  }

  @Test
  void columnsAreChosenByPatternAndByType() throws IOException {
    Path typed = folder.resolve("typed.parquet");
    spark
        .range(4)
        .selectExpr("id", "id * 1.5D as `a*`", "id * 2.5D as ab", "float(id) as f", "'t' as at")
        .write()
        .parquet(typed.toString());
    csv = typed;
    assertThat(normalize("--columns", "a*").out()).contains("Statistics of 1 features", "\na* ");
    assertThat(normalize("--columns", "a?,type:integer").out())
        .contains("Statistics of 3 features", "\nid ", "\na* ", "\nab ");
    assertThat(normalize("--exclude", "type:double").out())
        .contains("Statistics of 2 features", "\nid ", "\nf ");
    failed(onCsv("--columns", "x*"), "'x*' matches no column");
    failed(
        onCsv("--columns", "type:text"),
        "'type:text' names no type of columns; there are array, decimal, double");
    failed(onCsv("--columns", "id", "--weight", "id"), "Column 'id' is a weight or makes groups");
  }

  @Test
  void aSampleIsShownAndNothingWritten() throws IOException {
    CommandRun run = normalize("--sample", "2", "--method", "min-max", "--columns", "temp_in");
    assertThat(run.out()).contains("over 2 rows", "Normalized:", "north");
    assertThat(folder).isDirectoryContaining(path -> path.equals(csv));
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }
}
