package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.OwnJvm;
import org.syncbn.SparkInternals;
import org.syncbn.StrictSpark;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.TableFormat;
import org.syncbn.spark.files.TableState;

/**
 * The rows of tables of Delta and Iceberg are those that their connectors know, of one state, to be
 * run with {@code mvn test -Pconnectors}.
 */
@SparkInternals
@OwnJvm
@Tag("connectors")
class ConnectorsTest {

  private static final ReadOptions ALL = ReadOptions.of(FeatureSelection.allNumeric());

  @TempDir private static Path root;
  private static SparkSession spark;

  @TempDir Path folder;

  /** A format, and where its tables are in a catalog and as folders. */
  enum Kind {
    DELTA("spark_catalog.default", "warehouse", "TBLPROPERTIES (delta.enableDeletionVectors=true)"),
    ICEBERG("ice.db", "ice/db", "TBLPROPERTIES ('write.delete.mode'='merge-on-read')");

    private final String namespace;
    private final String place;
    private final String marksDeletedRows;

    Kind(String namespace, String place, String marksDeletedRows) {
      this.namespace = namespace;
      this.place = place;
      this.marksDeletedRows = marksDeletedRows;
    }

    String named(String table) {
      return namespace + "." + table;
    }

    Path folder(String table) {
      return root.resolve(place).resolve(table);
    }

    String option() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The numbers of the states of a table, the first one first. */
    List<String> versions(String table) {
      SparkSession other = spark.newSession(); // knows nothing of earlier looks
      Dataset<Row> versions =
          switch (this) {
            case DELTA ->
                other.sql("DESCRIBE HISTORY " + named(table)).select("version").orderBy("version");
            case ICEBERG ->
                other
                    .table(named(table) + ".snapshots")
                    .orderBy("committed_at")
                    .select("snapshot_id");
          };
      return versions.collectAsList().stream().map(row -> row.get(0).toString()).toList();
    }
  }

  /** Iceberg has no connector that works with Spark 4.2. */
  static Stream<Kind> kinds() {
    boolean hasIceberg = !org.apache.spark.package$.MODULE$.SPARK_VERSION().startsWith("4.2.");
    return hasIceberg ? Stream.of(Kind.values()) : Stream.of(Kind.DELTA);
  }

  @BeforeAll
  static void open() {
    SparkConf conf =
        StrictSpark.local("local[2,4]")
            .set("spark.kryo.registrationRequired", "false") // connectors register nothing
            .set("spark.sql.session.timeZone", "UTC")
            .set("spark.sql.shuffle.partitions", "2")
            .set("spark.databricks.delta.snapshotPartitions", "2")
            .set("spark.sql.warehouse.dir", root.resolve("warehouse").toString())
            .set("spark.sql.catalog.ice", "org.apache.iceberg.spark.SparkCatalog")
            .set("spark.sql.catalog.ice.type", "hadoop")
            .set("spark.sql.catalog.ice.warehouse", root.resolve("ice").toString());
    TableFormat.settings().forEach(conf::set);
    spark = SparkSession.builder().config(conf).getOrCreate();
  }

  @AfterAll
  static void close() {
    spark.stop();
  }

  /** The values 0, 2, 4, 6 in x, of which 8 and 10 are deleted in the files. */
  private static void create(Kind kind, String table) {
    spark.sql(
        "CREATE TABLE %s (x DOUBLE, t STRING) USING %s %s"
            .formatted(kind.named(table), kind.option(), kind.marksDeletedRows));
    spark.sql(
        "INSERT INTO %s SELECT /*+ COALESCE(1) */ id * 2D, concat('r', id) FROM range(6)"
            .formatted(kind.named(table)));
    spark.sql("DELETE FROM %s WHERE x >= 8".formatted(kind.named(table)));
  }

  private static List<String> x(Dataset<Row> rows) {
    return rows.selectExpr("cast(x AS string)").orderBy("x").collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void deletedRowsAreNotRead(Kind kind) throws IOException {
    create(kind, "deleted");
    Object[] folderOfTable = {"--input", kind.folder("deleted")};
    List<Object[]> inputs =
        List.of(
            folderOfTable,
            append(folderOfTable, "--format", kind.option()),
            new Object[] {"--table", kind.named("deleted")});
    for (Object[] input : inputs) {
      Path output = folder.resolve("o.csv");
      CommandRun run =
          succeeded(
              run(
                  "normalize",
                  append(input, "--output", output, "--overwrite", "--verify", "--eps", 0)));
      assertThat(run.out()).startsWith("Read 4 rows from ").contains("  2.2361 "); // sqrt(5)
      double deviation = Math.sqrt(5);
      try (Stream<Path> files = Files.list(output)) {
        List<String> lines = new ArrayList<>();
        for (Path file : files.filter(it -> it.toString().endsWith(".csv")).toList()) {
          lines.addAll(Files.readAllLines(file));
        }
        assertThat(lines.stream().filter(line -> !line.startsWith("x")).sorted())
            .containsExactlyInAnyOrder(
                -3 / deviation + ",r0",
                -1 / deviation + ",r1",
                1 / deviation + ",r2",
                3 / deviation + ",r3");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anEarlierStateIsReadByItsVersion(Kind kind) {
    create(kind, "states");
    List<String> versions = kind.versions("states");
    String full = versions.get(versions.size() - 2);
    for (Object[] input :
        List.of(
            new Object[] {"--input", kind.folder("states")},
            new Object[] {"--table", kind.named("states")})) {
      assertThat(
              succeeded(run("normalize", append(input, "--option", "versionAsOf=" + full))).out())
          .startsWith("Read 6 rows from ")
          .contains("is read as a table of %s, version %s.".formatted(kind.option(), full));
      failed(run("normalize", append(input, "--option", "versionAsOf=77")), "77");
      failed(run("normalize", append(input, "--option", "timestampAsOf=2001-01-01")), "2001-01-01");
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void rowsAreThoseOfOneStateWhoeverWritesMeanwhile(Kind kind) {
    create(kind, "live");
    Dataset<Row> ofFolder =
        DataReader.read(spark, List.of(kind.folder("live").toString()), ALL).rows();
    Dataset<Row> ofTable = DataReader.table(spark, kind.named("live"), TableState.NOW).rows();
    spark.sql("INSERT INTO %s VALUES (99, 'late')".formatted(kind.named("live")));
    assertThat(x(ofFolder.selectExpr("*"))).containsExactly("0.0", "2.0", "4.0", "6.0");
    assertThat(x(ofTable.selectExpr("*"))).containsExactly("0.0", "2.0", "4.0", "6.0");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void columnsAreThoseOfTheTableAndNotOfItsFiles(Kind kind) {
    create(kind, "columns");
    String table = kind.named("columns");
    if (kind == Kind.DELTA) {
      spark.sql(
          "ALTER TABLE %s SET TBLPROPERTIES ('delta.columnMapping.mode'='name', 'delta.minReaderVersion'='2', 'delta.minWriterVersion'='5')"
              .formatted(table));
    }
    spark.sql("ALTER TABLE %s RENAME COLUMN x TO y".formatted(table));
    spark.sql("ALTER TABLE %s ADD COLUMN x DOUBLE".formatted(table));
    spark.sql("INSERT INTO %s VALUES (8, 'new', 5)".formatted(table));
    CommandRun run =
        succeeded(run("normalize", "--input", kind.folder("columns"), "--missing", "skip"));
    assertThat(run.out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains("y 5 0 4 2.8284 0 8", "x 1 4 5 0 5 5");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aTableIsCreatedAndReplacedInOneTransaction(Kind kind) {
    create(kind, "from");
    Object[] command = {
      "--table", kind.named("from"), "--output-table", kind.named("into"), "--verify"
    };
    Object[] asNew = append(command, "--output-format", kind.option());
    succeeded(run("normalize", asNew));
    failed(run("normalize", command), "exists; choose another one");
    int before = kind.versions("into").size();
    succeeded(run("normalize", append(command, "--overwrite", "--method", "min-max")));
    assertThat(spark.newSession().sql("SELECT min(x), max(x) FROM " + kind.named("into")).head())
        .hasToString("[0.0,1.0]");
    assertThat(kind.versions("into")).hasSize(before + 1);
    assertThat(spark.sql("SHOW TABLES IN " + kind.namespace).collectAsList())
        .extracting(row -> row.getString(1))
        .noneMatch(name -> name.matches(".*[0-9a-f]{32}.*"));
  }

  @Test
  void aTableOfSparkIsReplacedBesideTablesOfDelta() {
    spark.sql("CREATE TABLE plain USING parquet AS SELECT id + 0D AS x FROM range(5)");
    succeeded(
        run(
            "normalize",
            "--table",
            "plain",
            "--output-table",
            "plain",
            "--overwrite",
            "--method",
            "min-max"));
    assertThat(spark.newSession().sql("SELECT min(x), max(x) FROM plain").head())
        .hasToString("[0.0,1.0]");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aModelIsTrainedEvaluatedAndPredicts(Kind kind) throws IOException {
    String table = kind.named("trees");
    spark.sql(
        "CREATE TABLE %s USING %s AS SELECT id %% 7 AS a, id %% 3 - 1.0D AS b, if(id %% 3 = 0, 'ash', 'oak') AS kind FROM range(60)"
            .formatted(table, kind.option()));
    List<String> versions = kind.versions("trees");
    spark.sql("INSERT INTO %s VALUES (0, 0, 'yew')".formatted(table)); // no class of the state
    Path model = folder.resolve("model");
    for (String[] data :
        List.of(
            new String[] {kind.option(), kind.folder("trees").toString()},
            new String[] {"table", table})) {
      Path conf =
          Files.writeString(
              folder.resolve("run.conf"),
              """
              network = [{dense = 2}]
              training { epochs = 1, batchSize = 20 }
              data { format = %1$s, path = "%2$s", testPath = "%2$s", label = kind, state { versionAsOf = %3$s }, testState { versionAsOf = %3$s } }
              """
                  .formatted(data[0], data[1], versions.get(0)));
      CommandRun run = run("train", conf, "--model", model, "--overwrite");
      assertThat(run.err()).doesNotContain("error:");
      assertThat(succeeded(run("evaluate", "--model", model)).out()).startsWith("rows 60 ");
    }
    Object[] evaluated = {
      "--model", model, "--table", table, "--option", "versionAsOf=" + versions.get(0)
    };
    assertThat(succeeded(run("evaluate", evaluated)).out()).startsWith("rows 60 ");
    String predicted = kind.named("predicted");
    succeeded(
        run(
            "predict",
            append(evaluated, "--output-table", predicted, "--output-format", kind.option())));
    assertThat(Arrays.asList(spark.table(predicted).columns()))
        .containsExactly("a", "b", "kind", "prediction", "probability", "predictedLabel");
    assertThat(spark.table(predicted).count()).isEqualTo(60);
  }

  @Test
  void aFileThatACleaningHasTakenIsNamed() throws IOException {
    create(Kind.DELTA, "cleaned");
    try (Stream<Path> files = Files.list(Kind.DELTA.folder("cleaned"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".parquet")).toList()) {
        Files.delete(file);
      }
    }
    failed(run("normalize", "--table", Kind.DELTA.named("cleaned")), ".parquet is gone: ");
  }

  @Test
  void aFolderOfATableWithoutCatalogIsNamed() throws IOException {
    Path metadata = Files.createDirectories(folder.resolve("t/metadata"));
    Files.writeString(metadata.resolve("00001-abc.metadata.json"), "{}");
    failed(run("normalize", "--input", folder.resolve("t")), "name the table with --table.");
  }
}
