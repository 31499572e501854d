package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.jobs.CommandRun.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;

/** What each option of {@code normalize} does to data whose statistics are known. */
@OwnSpark
class NormalizeJobTest {

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
    // mean 4, population variance 5; one missing; constant; a name with dots
    csv =
        Files.writeString(
            folder.resolve("data.csv"),
            "id,x,gap,same,a.b\n"
                + "u,1,,8,1e9\n"
                + "v,3,2,8,1000000001\n"
                + "w,5,4,8,1000000002\n"
                + "z,7,6,8,1000000003\n");
    output = folder.resolve("out");
    statistics = folder.resolve("statistics.json");
  }

  @Test
  void fitsWritesVerifiesAndKeepsTheStatistics() throws IOException {
    CommandRun run =
        run(
            "normalize",
            "--input",
            csv,
            "--missing",
            "skip",
            "--output",
            output,
            "--statistics",
            statistics,
            "--verify");
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("Statistics of 4 features over 4 rows:")
        .contains("Constant, so 0 everywhere: same.")
        .contains("normalized data  " + output)
        .doesNotContain("WRONG");
    Dataset<Row> written = spark.read().parquet(output.toString());
    assertThat(written.columns()).containsExactly("id", "x", "gap", "same", "a.b");
    double deviation = Math.sqrt(5 + 1e-5);
    assertThat(column(written, "x"))
        .containsExactly(-3 / deviation, -1 / deviation, 1 / deviation, 3 / deviation);
    assertThat(column(written, "same")).containsExactly(0.0, 0.0, 0.0, 0.0);
    double gapDeviation = Math.sqrt(8 / 3.0 + 1e-5);
    assertThat(column(written, "gap"))
        .containsExactly(null, -2 / gapDeviation, 0.0, 2 / gapDeviation);
    JsonNode gap = json(statistics).get("features").get(1);
    assertThat(gap.get("name").asText()).isEqualTo("gap");
    assertThat(gap.get("count").asLong()).isEqualTo(3);
    assertThat(gap.get("missing").asLong()).isEqualTo(1);
    assertThat(gap.get("mean").asDouble()).isEqualTo(4);
    assertThat(gap.get("populationVariance").asDouble()).isEqualTo(8 / 3.0);
    assertThat(gap.get("sampleVariance").asDouble()).isEqualTo(4);
    assertThat(gap.get("min").asDouble()).isEqualTo(2);
    assertThat(gap.get("max").asDouble()).isEqualTo(6);
  }

  @Test
  void missingValuesBecomeWhatTheMeanBecomes() {
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--missing",
            "mean",
            "--output",
            output,
            "--verify",
            "--eps",
            "0"));
    double deviation = Math.sqrt(8 / 3.0);
    assertThat(column(spark.read().parquet(output.toString()), "gap"))
        .containsExactly(0.0, -2 / deviation, 0.0, 2 / deviation);
  }

  @Test
  void minMaxReachesBothEndsAndAConstantTheLowerOne() {
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--method",
            "min-max",
            "--range",
            "-1,1",
            "--missing",
            "mean",
            "--output",
            output,
            "--verify"));
    Dataset<Row> written = spark.read().parquet(output.toString());
    assertThat(column(written, "x")).startsWith(-1.0).endsWith(1.0);
    assertThat(column(written, "gap")).containsExactly(0.0, -1.0, 0.0, 1.0);
    assertThat(column(written, "same")).containsOnly(-1.0);
  }

  @Test
  void columnsAreNamedLiterallyDotsIncludedAndMayBeRepeated() throws IOException {
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--columns",
            "a.b,same",
            "--columns",
            "x",
            "--output",
            output,
            "--statistics",
            statistics,
            "--verify"));
    assertThat(json(statistics).get("features").findValuesAsText("name"))
        .containsExactly("x", "same", "a.b");
    assertThat(column(spark.read().parquet(output.toString()), "gap"))
        .as("not named, so as it was")
        .containsExactly(null, 2L, 4L, 6L);
  }

  @Test
  void aNameWithACommaIsAColumnIfThereIsOne() throws IOException {
    Path commas = Files.writeString(folder.resolve("c.csv"), "\"a,b\",a\n1,2\n3,4\n");
    assertDone(run("normalize", "--input", commas, "--columns", "a,b", "--statistics", statistics));
    assertThat(json(statistics).get("features").findValuesAsText("name")).containsExactly("a,b");
  }

  @Test
  void excludedColumnsStayAsTheyAre() throws IOException {
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--exclude",
            "gap",
            "--exclude",
            "a.b,id",
            "--statistics",
            statistics));
    assertThat(json(statistics).get("features").findValuesAsText("name"))
        .containsExactly("x", "same");
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc", "csv", "json"})
  void everyOutputFormatHoldsWhatItShould(String format) {
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--missing",
            "skip",
            "--output",
            output,
            "--output-format",
            format,
            "--verify"));
    assertDone(
        run(
            "normalize",
            "--input",
            output,
            "--format",
            format,
            "--columns",
            "x",
            "--statistics",
            statistics));
    assertThat(mean("x")).isCloseTo(0, within(1e-15));
  }

  @Test
  void severalInputsAreOneDataSet() throws IOException {
    assertDone(
        run("normalize", "--input", csv, csv, "--columns", "x,same", "--statistics", statistics));
    assertThat(json(statistics).get("features").get(0).get("count").asLong()).isEqualTo(8);
    assertThat(mean("x")).isEqualTo(4);
  }

  @Test
  void yesterdaysFileAndTodaysDataAreOneRunOverBoth() throws IOException {
    Path today =
        Files.writeString(folder.resolve("today.csv"), "id,x,gap,same,a.b\ny,0.1,9,8,-1e-300\n");
    Path yesterday = folder.resolve("yesterday.json");
    Path both = folder.resolve("both.json");
    assertDone(run("normalize", "--input", csv, "--missing", "skip", "--statistics", yesterday));
    assertDone(run("normalize", "--input", csv, today, "--missing", "skip", "--statistics", both));
    assertDone(
        run(
            "normalize",
            "--input",
            today,
            "--merge",
            yesterday,
            "--statistics",
            statistics,
            "--output",
            output,
            "--verify"));
    assertThat(statistics).hasSameTextualContentAs(both);

    Path todays = folder.resolve("todays.json");
    assertDone(run("normalize", "--input", today, "--statistics", todays));
    assertDone(run("normalize", "--merge", todays, yesterday, "--statistics", statistics));
    assertThat(statistics).as("without input").hasSameTextualContentAs(both);
    assertDone(run("normalize", "--merge", statistics, "--statistics", statistics));
    assertThat(statistics).as("onto itself").hasSameTextualContentAs(both);
  }

  @Test
  void savedStatisticsApplyToColumnsInAnyOrder() throws IOException {
    assertDone(
        run("normalize", "--input", csv, "--columns", "x,same,a.b", "--statistics", statistics));
    Path turned = Files.writeString(folder.resolve("turned.csv"), "a.b,x,id\n1000000001,7,v\n");
    Path all = Files.writeString(folder.resolve("all.csv"), "a.b,same,x\n1000000001,8,7\n");
    assertDone(run("normalize", "--input", all, "--apply", statistics, "--output", output));
    Dataset<Row> written = spark.read().parquet(output.toString());
    assertThat(written.columns()).containsExactly("a.b", "same", "x");
    assertThat(column(written, "x")).containsExactly(3 / Math.sqrt(5 + 1e-5));
    CommandRun run =
        run(
            "normalize",
            "--input",
            turned,
            "--apply",
            statistics,
            "--output",
            folder.resolve("no"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("There is no column 'same'");
  }

  @Test
  void csvTextsLeaveAsTheyCame() throws IOException {
    String text = "x,t\n1,\" x \"\n2,\"say \"\"hi\"\", you\"\n3,\"a \"\"b\"\" c\"\n";
    Path quoted = Files.writeString(folder.resolve("quoted.csv"), text);
    assertDone(
        run(
            "normalize",
            "--input",
            quoted,
            "--output",
            output,
            "--output-format",
            "csv",
            "--verify"));
    Dataset<Row> written =
        spark.read().option("header", true).option("escape", "\"").csv(output.toString());
    assertThat(written.select("t").collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly(" x ", "say \"hi\", you", "a \"b\" c");
  }

  @Test
  void mergedStatisticsMayNameTheSameFeaturesInAnotherOrder() throws IOException {
    Path turned = Files.writeString(folder.resolve("turned.csv"), "a.b,same,x\n1000000004,8,9\n");
    Path yesterday = folder.resolve("yesterday.json");
    assertDone(run("normalize", "--input", turned, "--statistics", yesterday));
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--exclude",
            "gap",
            "--merge",
            yesterday,
            "--statistics",
            statistics));
    assertThat(json(statistics).get("features").findValuesAsText("name"))
        .containsExactly("x", "same", "a.b");
    assertThat(mean("x")).isEqualTo(5);
    assertThat(mean("a.b")).isEqualTo(1_000_000_002);
  }

  @Test
  void savedStatisticsNormalizeOtherData() throws IOException {
    assertDone(run("normalize", "--input", csv, "--columns", "x,a.b", "--statistics", statistics));
    Path other = Files.writeString(folder.resolve("other.csv"), "a.b,city,x\n1000000001,Ulm,4\n");
    CommandRun run =
        run("normalize", "--input", other, "--apply", statistics, "--output", output, "--verify");
    assertDone(run);
    Row row = spark.read().parquet(output.toString()).head();
    assertThat(row.schema().fieldNames()).containsExactly("a.b", "city", "x");
    assertThat(row.getDouble(2)).isZero();
    assertThat(row.getDouble(0)).isEqualTo(-0.5 / Math.sqrt(1.25 + 1e-5));
  }

  @Test
  void appliedStatisticsRejectMissingValuesWithColumnAndCount() throws IOException {
    assertDone(run("normalize", "--input", csv, "--columns", "x", "--statistics", statistics));
    Path gaps = Files.writeString(folder.resolve("gaps.csv"), "x,y\n1,1\n,1\nNaN,1\nInf,1\n");
    CommandRun run = run("normalize", "--input", gaps, "--apply", statistics, "--output", output);
    assertThat(run.err())
        .startsWith("error: There are missing values (null, NaN or infinite) in x (3);")
        .hasLineCount(1);
    assertThat(run.exitCode()).isOne();
    assertThat(output).doesNotExist();
    assertDone(
        run(
            "normalize",
            "--input",
            gaps,
            "--apply",
            statistics,
            "--missing",
            "mean",
            "--output",
            output,
            "--verify"));
    assertThat(column(spark.read().parquet(output.toString()), "x")).endsWith(0.0, 0.0, 0.0);
  }

  @Test
  void appliedMinMaxKeepsValuesBeyondTheStatisticsInTheRange() throws IOException {
    assertDone(run("normalize", "--input", csv, "--columns", "x", "--statistics", statistics));
    Path other = Files.writeString(folder.resolve("other.csv"), "x\n-5\n4\n70\n");
    assertDone(
        run(
            "normalize",
            "--input",
            other,
            "--apply",
            statistics,
            "--method",
            "min-max",
            "--output",
            output,
            "--verify"));
    assertThat(column(spark.read().parquet(output.toString()), "x")).containsExactly(0.0, 0.5, 1.0);
  }

  @Test
  void anOutputMayReplaceItsOwnInput() {
    spark.range(5).selectExpr("id * 1.0D as x").write().parquet(output.toString());
    assertDone(
        run(
            "normalize",
            "--input",
            output,
            "--format",
            "parquet",
            "--output",
            output,
            "--overwrite",
            "--verify"));
    assertThat(column(spark.read().parquet(output.toString()), "x"))
        .contains(0.0, 2 / Math.sqrt(2 + 1e-5));
    assertThat(folder)
        .isDirectoryNotContaining(path -> path.getFileName().toString().startsWith("."));
  }

  @Test
  void floatsStayFloatsBlocksStayBlocksAndWholeNumbersBecomeDoubles() {
    Dataset<Row> rows =
        spark
            .range(0, 100, 1, 3)
            .select(
                functions.expr("cast(id * 0.1 as float)").as("f"),
                functions.expr("cast(id as int)").as("i"),
                functions.expr("cast(id * 3 as decimal(9,2))").as("d"),
                functions.expr("array(id * 1.5D, id * id * 1.0D)").as("doubles"),
                functions.expr("array(cast(id as float), cast(7 as float))").as("floats"));
    Dataset<Row> assembled =
        new VectorAssembler()
            .setInputCols(new String[] {"f", "i"})
            .setOutputCol("v")
            .transform(rows);
    String input = folder.resolve("typed.parquet").toString();
    assembled.write().parquet(input);
    CommandRun run =
        run(
            "normalize",
            "--input",
            input,
            "--output",
            output,
            "--statistics",
            statistics,
            "--verify");
    assertDone(run);
    assertThat(run.out()).contains("Statistics of 9 features", "v[1]", "floats[1]");
    Dataset<Row> written = spark.read().parquet(output.toString());
    assertThat(Stream.of(written.schema().fields()).map(StructField::dataType))
        .containsExactly(
            DataTypes.FloatType,
            DataTypes.DoubleType,
            DataTypes.DoubleType,
            DataTypes.createArrayType(DataTypes.DoubleType),
            DataTypes.createArrayType(DataTypes.FloatType),
            org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
    Row first = written.orderBy("i").head();
    assertThat(((Vector) first.get(5)).apply(1)).isEqualTo(first.getDouble(1));
    assertDone(
        run(
            "normalize",
            "--input",
            input,
            "--apply",
            statistics,
            "--method",
            "min-max",
            "--range",
            "0.1,0.7",
            "--output",
            output,
            "--overwrite",
            "--verify"));
  }

  @Test
  void libsvmFilesHaveALabelAndAVector() throws IOException {
    Path libsvm = Files.writeString(folder.resolve("d.libsvm"), "1 1:2 3:4\n0 1:6\n");
    assertDone(
        run(
            "normalize",
            "--input",
            libsvm,
            "--exclude",
            "label",
            "--output",
            output,
            "--verify",
            "--statistics",
            statistics));
    assertThat(mean("features[0]")).isEqualTo(4);
    assertThat(mean("features[2]")).isEqualTo(2);
  }

  @Test
  void theReportHoldsResultProvenanceAndSeconds() throws IOException {
    Path report = folder.resolve("report.json");
    assertDone(
        run(
            "normalize",
            "--input",
            csv,
            "--missing",
            "skip",
            "--output",
            output,
            "--verify",
            "--report",
            report,
            "--conf",
            "spark.sql.shuffle.partitions=3"));
    JsonNode json = json(report);
    assertThat(json.get("job").asText()).isEqualTo("normalize");
    JsonNode x = json.get("features").get(0);
    assertThat(x.get("mean").asDouble()).isEqualTo(4);
    assertThat(x.get("normalized").get("populationVariance").asDouble())
        .isCloseTo(
            5 / (5 + 1e-5), within(x.get("normalized").get("populationVarianceBound").asDouble()));
    assertThat(json.get("features").get(2).get("constant").asBoolean()).isTrue();
    assertThat(json.get("provenance").get("missing").asText()).isEqualTo("skip");
    assertThat(json.get("provenance").get("spark").asText()).isEqualTo(spark.version());
    assertThat(json.get("seconds").fieldNames())
        .toIterable()
        .contains("read", "fit", "write", "verify");
  }

  @Test
  void helpAndVersionGoToStandardOutput() {
    CommandRun help = CommandRun.of("normalize", "--help");
    assertThat(help.out()).contains("--missing", "Examples:", "exit code");
    assertThat(help.exitCode()).isZero();
    assertThat(CommandRun.of("--version").out()).contains("spark " + spark.version());
  }

  private static void assertDone(CommandRun run) {
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).doesNotContain("WRONG");
  }

  private static List<Object> column(Dataset<Row> data, String name) {
    return data.collectAsList().stream().map(row -> row.get(row.fieldIndex(name))).toList();
  }

  private double mean(String feature) {
    for (JsonNode node : json(statistics).get("features")) {
      if (node.get("name").asText().equals(feature)) {
        return node.get("mean").asDouble();
      }
    }
    throw new IllegalArgumentException("no feature " + feature);
  }

  private static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
