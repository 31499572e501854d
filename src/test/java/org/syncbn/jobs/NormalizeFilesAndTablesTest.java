package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;

/** Folder trees, partition folders and tables of a catalog, from input to output. */
@OwnSpark
class NormalizeFilesAndTablesTest {

  private static CommandRun.Session session;
  private static SparkSession spark;

  @TempDir Path folder;

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
  void createDatabase() {
    spark.sql("CREATE DATABASE tables LOCATION '%s'".formatted(folder.resolve("tables")));
  }

  @AfterEach
  void dropDatabase() {
    spark.sql("DROP DATABASE tables CASCADE");
  }

  /** The values 1, 3 in one folder and 5, 7 in another: mean 4, population variance 5. */
  private Path partitioned() throws IOException {
    write("d/year=2020/p.json", "{\"id\": \"a\", \"x\": 1}\n{\"id\": \"b\", \"x\": 3}\n");
    write("d/year=007/p.json", "{\"id\": \"c\", \"x\": 5}\n{\"id\": \"d\", \"x\": 7}\n");
    return folder.resolve("d");
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void aFolderIsReadWithItsSubfoldersAndTheSummarySaysSo() throws IOException {
    write("d/a.json", "{\"x\": 1}\n{\"x\": 3}\n");
    write("d/2024/b.json", "{\"x\": 5}\n{\"x\": 7}\n");
    write("d/2024/_SUCCESS", "");
    CommandRun run = succeeded(run("normalize", "--input", folder.resolve("d")));
    assertThat(run.out())
        .startsWith("Read 4 rows from 2 files.\nStatistics of 1 features over 4 rows");
    CommandRun twice =
        succeeded(run("normalize", "--input", folder.resolve("d"), folder.resolve("d/a.json")));
    assertThat(twice.out())
        .startsWith("Read 6 rows from 3 files.\n")
        .contains("/d/a.json is named more than once: its rows count that often.\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc", "json", "csv"})
  void partitionFoldersAreColumnsAndComeBackAsFoldersWhenAskedFor(String format)
      throws IOException {
    Path output = folder.resolve("out." + format);
    succeeded(
        run(
            "normalize",
            "--input",
            partitioned(),
            "--output",
            output,
            "--partition-by",
            "year",
            "--verify",
            "--missing",
            "skip"));
    try (Stream<Path> entries = Files.list(output)) {
      assertThat(entries.map(path -> path.getFileName().toString()).filter(n -> n.contains("=")))
          .containsExactlyInAnyOrder("year=2020", "year=007");
    }
    CommandRun again = succeeded(run("normalize", "--input", output, "--missing", "skip"));
    assertThat(again.out()).startsWith("Read 4 rows from ").contains("Statistics of 1 features");
  }

  @Test
  void anyCharacterMayStandInTheNamesOfInputAndOutput() throws IOException {
    Path input = write("in [1]:2 #%/ä:*.json", "{\"x\": 1}\n{\"x\": 3}\n");
    Path output = folder.resolve("out {a,b}:2?/o #1%20.json");
    succeeded(run("normalize", "--input", input, "--output", output, "--verify"));
    CommandRun again =
        succeeded(
            run("normalize", "--input", output, "--statistics", folder.resolve("s [1]:2.json")));
    assertThat(again.out()).startsWith("Read 2 rows from ");
    assertThat(folder.resolve("s [1]:2.json")).exists();
  }

  /** Normalizes {@code x} beside the raw columns, in the folder of one text. */
  private Path withSuffix(String format, String columns) throws IOException {
    Path input = folder.resolve("in.parquet");
    spark
        .sql("select x, 'a/b=ü%' as p, " + columns + " from values (1D), (3D) as v(x)")
        .coalesce(1)
        .write()
        .parquet(input.toUri().toString());
    Path output = folder.resolve("out." + format);
    succeeded(
        run(
            "normalize",
            "--input",
            input,
            "--columns",
            "x",
            "--eps",
            "0",
            "--suffix",
            "_n",
            "--output",
            output,
            "--partition-by",
            "p",
            "--verify"));
    return output.resolve("p=a%2Fb%3Dü%25");
  }

  private static final String PLAIN =
      "7 as i, 1234567890123456789012345678.0123456789BD as dec, date'0001-01-01' as day,"
          + " timestamp_ntz'2024-03-31 02:30:00.000001' as local, float(0.1) as f, 'a\"\\n,' as t,"
          + " '' as e, string(null) as n, true as b";

  private static final String INSTANT = ", timestamp'9999-12-31 23:59:59.999999Z' as at";

  private static final String NESTED =
      ", array(named_struct('d', date'1500-02-28', 'v', 1.50), null) as a,"
          + " map('k.l', array(1.5D, null)) as m";

  @Test
  void csvKeepsRawColumnsBesideNormalizedOnes() throws IOException {
    assertThat(onlyFile(withSuffix("csv", PLAIN + INSTANT)))
        .isEqualTo(
            "x,i,dec,day,local,f,t,e,n,b,at,x_n\n"
                + Stream.of("1.0,%s,-1.0\n", "3.0,%s,1.0\n")
                    .map(
                        row ->
                            row.formatted(
                                "7,1234567890123456789012345678.0123456789,0001-01-01,"
                                    + "2024-03-31T02:30:00.000001,0.1,\"a\"\"\n,\",\"\",,true,"
                                    + "9999-12-31T23:59:59.999999Z"))
                    .collect(Collectors.joining()));
  }

  @Test
  void jsonKeepsRawColumnsBesideNormalizedOnes() throws IOException {
    assertThat(onlyFile(withSuffix("json", PLAIN + INSTANT + NESTED)))
        .isEqualTo(
            Stream.of("{\"x\":1.0,%s,\"x_n\":-1.0}\n", "{\"x\":3.0,%s,\"x_n\":1.0}\n")
                .map(
                    row ->
                        row.formatted(
                            "\"i\":7,\"dec\":1234567890123456789012345678.0123456789,"
                                + "\"day\":\"0001-01-01\",\"local\":\"2024-03-31T02:30:00.000001\","
                                + "\"f\":0.1,\"t\":\"a\\\"\\n,\",\"e\":\"\",\"n\":null,\"b\":true,"
                                + "\"at\":\"9999-12-31T23:59:59.999999Z\","
                                + "\"a\":[{\"d\":\"1500-02-28\",\"v\":1.50},null],"
                                + "\"m\":{\"k.l\":[1.5,null]}"))
                .collect(Collectors.joining()));
  }

  private static String onlyFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return Files.readString(
          files.filter(f -> f.getFileName().toString().startsWith("part-")).findFirst().get());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet", "orc"})
  void columnarFilesKeepRawColumnsBesideNormalizedOnes(String format) throws IOException {
    String instant = format.equals("orc") ? "" : INSTANT; // ORC has times of day
    Path output = withSuffix(format, PLAIN + instant + NESTED + ", X'00ff' as bytes");
    Dataset<Row> raw = spark.read().parquet(folder.resolve("in.parquet").toUri().toString());
    ReadOptions options = ReadOptions.of(FeatureSelection.named(List.of("x")));
    Dataset<Row> again =
        DataReader.read(
                spark, List.of(output.getParent().toString()), options.withTarget(DataFormat.CSV))
            .rows();
    assertThat(again.orderBy("x").select("x_n").collectAsList())
        .extracting(row -> row.getDouble(0))
        .containsExactly(-1.0, 1.0);
    String[] texts =
        Arrays.stream(raw.columns())
            .map(name -> "to_json(struct(" + name + ")) as " + name)
            .toArray(String[]::new);
    assertThat(again.orderBy("x").selectExpr(texts).collectAsList())
        .isEqualTo(raw.orderBy("x").selectExpr(texts).collectAsList());
  }

  @Test
  void partitionByChoosesTheFoldersOfTheOutput() throws IOException {
    Path input = partitioned();
    Path flat = folder.resolve("flat.parquet");
    succeeded(run("normalize", "--input", input, "--output", flat, "--verify"));
    List<Row> rows = spark.read().parquet(flat.toUri().toString()).orderBy("id").collectAsList();
    double deviation = Math.sqrt(5 + 1e-5);
    assertThat(rows)
        .extracting(row -> row.getAs("x"))
        .containsExactly(-3 / deviation, -1 / deviation, 1 / deviation, 3 / deviation);
    assertThat(rows)
        .extracting(row -> row.getAs("year"))
        .containsExactly("2020", "2020", "007", "007");
    Path other = folder.resolve("other.parquet");
    succeeded(
        run(
            "normalize",
            "--input",
            input,
            "--output",
            other,
            "--partition-by",
            "year,id",
            "--verify"));
    assertThat(other.resolve("year=2020/id=a")).isDirectory();
    failed(
        run("normalize", "--input", input, "--output", folder.resolve("no"), "--partition-by", "x"),
        "The column 'x' is computed, so its values cannot be names of folders");
    failed(
        run("normalize", "--input", input, "--output", folder.resolve("no"), "--partition-by", "y"),
        "There is no column 'y' for --partition-by");
    assertThat(folder.resolve("no")).doesNotExist();
  }

  @Test
  void aPartitionColumnThatIsNamedIsNormalizedAndNoFolderAnyMore() throws IOException {
    Path output = folder.resolve("o.parquet");
    CommandRun run =
        succeeded(
            run(
                "normalize",
                "--input",
                partitioned(),
                "--columns",
                "year",
                "--output",
                output,
                "--verify"));
    assertThat(run.out()).contains("  1013.5  "); // (2020 + 7) / 2
    try (Stream<Path> entries = Files.list(output)) {
      assertThat(entries).noneMatch(path -> path.getFileName().toString().contains("="));
    }
  }

  @Test
  void anEmptyTextIsNoFolder() throws IOException {
    Path input = write("e.json", "{\"t\": \"\", \"x\": 1}\n{\"t\": \"a\", \"x\": 2}\n");
    Path output = folder.resolve("out");
    failed(
        run("normalize", "--input", input, "--output", output, "--partition-by", "t"),
        "The column 't' has an empty text");
    assertThat(output).doesNotExist();
  }

  @Test
  void anOutputDoesNotReplaceATableWithALog() throws IOException {
    Path input = write("a.json", "{\"x\": 1}\n");
    write("t/_delta_log/0.json", "{}");
    for (String place : List.of("t", "t/new")) {
      failed(
          run("normalize", "--input", input, "--output", folder.resolve(place), "--overwrite"),
          "/t is a table of Delta");
    }
    failed(run("normalize", "--input", folder.resolve("t")), "--packages io.delta:delta-spark_");
  }

  @Test
  void aTableIsReadWrittenVerifiedAndReplaced() throws IOException {
    spark.sql(
        "CREATE TABLE tables.`from` USING parquet AS SELECT id * 2 + 1D AS x, 'a' AS t FROM"
            + " range(4)");
    CommandRun run =
        succeeded(
            run(
                "normalize",
                "--table",
                "tables.from",
                "--output-table",
                "tables.into",
                "--verify"));
    assertThat(run.out())
        .startsWith("Read 4 rows from the table tables.from.\n")
        .contains("normalized data  tables.into\n", "The catalog is in memory");
    double deviation = Math.sqrt(5 + 1e-5);
    assertThat(spark.table("tables.into").orderBy("x").collectAsList())
        .extracting(row -> row.getDouble(0))
        .containsExactly(-3 / deviation, -1 / deviation, 1 / deviation, 3 / deviation);
    failed(
        run("normalize", "--table", "tables.from", "--output-table", "tables.into"),
        "The table tables.into exists; choose another one, or replace it with --overwrite.");
    succeeded(
        run(
            "normalize",
            "--table",
            "tables.into",
            "--output-table",
            "tables.into",
            "--overwrite",
            "--method",
            "min-max",
            "--verify"));
    SparkSession other = spark.newSession(); // knows nothing of the table that was replaced
    assertThat(other.sql("SELECT min(x), max(x) FROM tables.into").head()).hasToString("[0.0,1.0]");
    assertThat(tables()).containsExactlyInAnyOrder("from", "into");
  }

  @Test
  void aRunThatFailsLeavesNoTable() throws IOException {
    spark.sql(
        "CREATE TABLE tables.gaps USING parquet AS SELECT if(id = 1, null, id + 0D) AS x FROM"
            + " range(4)");
    failed(
        run("normalize", "--table", "tables.gaps", "--output-table", "tables.into"),
        "missing values");
    failed(
        run("normalize", "--table", "tables.none", "--output-table", "tables.into"),
        "There is no table tables.none");
    failed(
        run("normalize", "--table", "tables.gaps", "--output-table", "a b"),
        "'a b' is not a name of a table");
    Path input = write("a.json", "{\"x\": 1}\n");
    failed(run("normalize", "--input", input, "--option", "versionAsOf=0"), "is for tables");
    assertThat(tables()).containsExactly("gaps");
    CommandRun both = run("normalize", "--input", input, "--table", "tables.gaps");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("--input and --table cannot be combined");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --option verzionAsOf=1                     | 'verzionAsOf' is not an option of a table
          --option versionAsOf=1 timestampAsOf=2026  | not both
          --output-table t --output-format csv       | a table is parquet, orc, delta, iceberg
          --output t --output-format delta           | is written with --output-table
          --output t --output-table t                | cannot be combined
          """)
  void optionsThatMeanNothingAreWrongArguments(String options, String sentence) throws IOException {
    Object[] input = {"--input", write("a.json", "{\"x\": 1}\n")};
    String[] words =
        options.strip().replace(" timestampAsOf", " --option timestampAsOf").split(" +");
    CommandRun run = run("normalize", CommandRun.append(input, (Object[]) words));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(sentence);
  }

  @Test
  void aFormatWithoutItsConnectorSaysWhatBringsIt() throws IOException {
    Path input = write("a.json", "{\"x\": 1}\n");
    for (String format : List.of("delta", "iceberg")) {
      String packages = "is not among Spark's jars; add it with --packages ";
      failed(run("normalize", "--input", input, "--format", format), packages);
      failed(
          run("normalize", "--input", input, "--output-table", "t", "--output-format", format),
          packages);
    }
    failed(run("normalize", "--input", input, "--format", "hudi"), "No connector of Hudi is known");
  }

  @Test
  void aTableGetsTextWhereItsTypesHaveNoPlace() throws IOException {
    Path input = write("a.json", "{\"x\": 1, \"o\": {\"b\": 1.5}, \"t\": \"2026\"}\n{\"x\": 2}\n");
    succeeded(
        run(
            "normalize",
            "--input",
            input,
            "--output-table",
            "tables.json",
            "--output-format",
            "parquet"));
    assertThat(spark.table("tables.json").schema().toDDL())
        .isEqualTo("x DOUBLE,o STRUCT<b: DOUBLE>,t STRING");
    String stored = getClass().getResource("/files/pandas.parquet").getPath();
    succeeded(
        run("normalize", "--input", stored, "--columns", "x", "--output-table", "tables.stored"));
    assertThat(spark.sql("SELECT nanos FROM tables.stored").head().get(0))
        .isEqualTo("2024-03-31T02:30:00.123456789");
  }

  private static List<String> tables() {
    return spark.sql("SHOW TABLES IN tables").collectAsList().stream()
        .map(row -> row.getString(1))
        .toList();
  }
}
