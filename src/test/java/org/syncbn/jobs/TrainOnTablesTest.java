package org.syncbn.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.tensor.CounterRandom;

/** The rows of tables train one model, whatever files and engines they go through. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class TrainOnTablesTest {

  private static final int ROWS = 400;
  private static final StructType TABLE =
      new StructType()
          .add("a", DataTypes.DoubleType)
          .add("b", DataTypes.DoubleType)
          .add("c", DataTypes.DoubleType)
          .add("n", DataTypes.IntegerType)
          .add("kind", DataTypes.StringType);

  private static final Map<List<String>, String> REFERENCES = new HashMap<>();

  @TempDir private static Path tables;
  private static CommandRun.Session session;

  @TempDir private Path folder;

  @BeforeAll
  static void writeTables() throws IOException {
    session = CommandRun.session();
    SparkSession spark = session.spark();
    Dataset<Row> rows = spark.createDataFrame(rows(0, ROWS), TABLE).coalesce(1);
    rows.write().parquet(path("parquet"));
    rows.write().option("header", true).csv(path("csv"));
    rows.repartition(5).orderBy(rand(7)).coalesce(2).write().parquet(path("shuffled"));
    rows.repartition(83).write().parquet(path("split"));
    rows.write().orc(path("orc"));
    rows.write().json(path("json"));
    Dataset<Row> test = spark.createDataFrame(rows(ROWS, 90), TABLE).coalesce(1);
    test.write().orc(path("test-orc"));
    test.write().json(path("test-json"));
    test.write().parquet(path("test-parquet"));
    test.write().option("header", true).csv(path("test-csv"));
    assertThat(parts("split")).isGreaterThan(80);
  }

  @AfterAll
  static void stop() {
    session.close();
  }

  private static List<Row> rows(int from, int count) {
    CounterRandom random = CounterRandom.of(8);
    return IntStream.range(from, from + count)
        .mapToObj(
            i -> {
              int kind = i % 3;
              return RowFactory.create(
                  1e6 + kind + random.gaussian(3L * i),
                  kind - random.gaussian(3L * i + 1),
                  random.gaussian(3L * i + 2),
                  i % 7,
                  List.of("ash", "oak", "yew").get(kind));
            })
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "shuffled, gang",
    "split, gang",
    "split, tree",
    "csv, in-process",
    "orc, gang",
    "json, tree",
    "table, gang"
  })
  void theFilesAndTheEngineDoNotMatter(String table, String engine) throws IOException {
    CommandRun run = train(table, "--engine", engine, "--set", "data.validation={fraction=0.2}");
    assertThat(run.err()).doesNotContain("error:");
    assertThat(run.out().lines().map(line -> line.split(" ")[0]))
        .startsWith("train", "validation", "test");
    assertThat(model()).isEqualTo(reference("data.validation={fraction=0.2}"));
  }

  /** What rows in one file and threads of one JVM come to. */
  private String reference(String... settings) throws IOException {
    String known = REFERENCES.get(List.of(settings));
    if (known == null) {
      known = trainedReference(settings);
      REFERENCES.put(List.of(settings), known);
    }
    return known;
  }

  private String trainedReference(String... settings) throws IOException {
    Object[] options = Stream.of(settings).flatMap(it -> Stream.of("--set", it)).toArray();
    assertThat(train("parquet", append(options, "--engine", "in-process", "--threads", 1)).err())
        .doesNotContain("error:");
    return model();
  }

  @Test
  void aTestSetThatIsWatchedIsDealtBesideTheTrainingRows() throws IOException {
    String watched = "data.validation=test";
    CommandRun run = train("split", "--set", watched, "--tasks", 1);
    assertThat(run.err()).doesNotContain("error:");
    List<String> lines = run.out().lines().toList();
    assertThat(lines.get(1).substring("validation".length()).strip())
        .isEqualTo(lines.get(2).substring("test".length()).strip());
    assertThat(model()).isEqualTo(reference(watched)).isEqualTo(reference());
    assertThat(run("evaluate", "--model", folder.resolve("model")).out())
        .contains(lines.get(2).substring("test".length()).strip());
  }

  @Test
  void statisticsAreAppliedOnTheWayIn() throws IOException {
    Path statistics = folder.resolve("statistics.json");
    assertThat(
            run(
                    "normalize",
                    "--input",
                    path("parquet"),
                    "--exclude",
                    "kind",
                    "--statistics",
                    statistics)
                .exitCode())
        .isZero();
    String setting = "data.statistics=" + statistics;
    assertThat(train("csv", "--set", setting).err()).doesNotContain("error:");
    assertThat(model()).isEqualTo(reference(setting)).isNotEqualTo(reference());
  }

  @Test
  void csvIsReadAsTheRunFileSaysAndByItsModelToo() throws IOException {
    Path training = semicolons("training.csv", rows(0, ROWS));
    Path test = semicolons("test.csv", rows(ROWS, 90));
    String text = "data.text={delimiter=\";\",decimalComma=true,skipLines=1,comment=\"#\"}";
    CommandRun run =
        run("train", append(options(training.toString(), test.toString()), "--set", text));
    assertThat(run.err()).doesNotContain("error:");
    String rows =
        "rows 90  " + run.out().lines().toList().get(1).substring("test".length()).strip();
    String trained = model();
    Path model = folder.resolve("model");
    assertThat(run("evaluate", "--model", model).out().strip()).isEqualTo(rows);
    assertThat(run("evaluate", "--model", model, "--input", test).out().strip()).isEqualTo(rows);
    String[] plain = {"--delimiter", ",", "--no-decimal-comma", "--skip-lines", "0"};
    assertThat(
            run(
                    "evaluate",
                    append(
                        new Object[] {"--model", model, "--input", path("test-csv")},
                        (Object[]) plain))
                .out()
                .strip())
        .isEqualTo(rows);
    for (String other : List.of("test-parquet", "test-json")) { // to which the rules do not belong
      assertThat(run("evaluate", "--model", model, "--input", path(other)).out().strip())
          .isEqualTo(rows);
    }
    Path predicted = folder.resolve("predicted.parquet");
    assertThat(run("predict", "--model", model, "--input", test, "--output", predicted).out())
        .startsWith("90 rows predicted");
    failed(run("evaluate", "--model", model, "--input", test, "--delimiter", ","), "test.csv");
    assertThat(run("evaluate", "--model", model, "--delimiter", ";;").err())
        .contains("--delimiter ';;' is not one character, tab or blanks");
    assertThat(trained).isEqualTo(reference());
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "json"})
  void labelsAndWeightsWithFractionsAreNumbersInEveryFormat(String table) throws IOException {
    Object[] huber = {
      "--set",
      "data.label=b",
      "--set",
      "data.features=[c,n]",
      "--set",
      "data.weight=a",
      "--set",
      "network=[{dense=1}]",
      "--set",
      "loss=huber"
    };
    assertThat(train("parquet", huber).err()).doesNotContain("error:");
    String expected = model();
    assertThat(train(table, huber).err()).doesNotContain("error:");
    assertThat(model()).isEqualTo(expected);
    Path model = folder.resolve("model");
    String evaluated = run("evaluate", "--model", model, "--input", path("test-parquet")).out();
    assertThat(evaluated).startsWith("rows 90");
    assertThat(run("evaluate", "--model", model, "--input", path("test-csv")).out())
        .isEqualTo(evaluated);
    // No index of a text, but the number itself:
    failed(
        train(table, append(huber, "--set", "loss=binaryCrossEntropy")),
        "binaryCrossEntropy takes two classes or numbers from 0 to 1, but the labels are 400"
            + " classes");
  }

  @Test
  void oneNumberIsOneClassHoweverItIsWritten() throws IOException {
    String rows = "\n1,2,%1$s\n2,3,%2$s\n3,1,%1$s\n4,5,%2$s\n";
    Path whole = Files.writeString(folder.resolve("0.csv"), "a,b,y" + rows.formatted("0", "1"));
    Path fraction =
        Files.writeString(folder.resolve("1.csv"), "a,b,y" + rows.formatted("0.0", "1.0"));
    for (Path training : List.of(whole, fraction)) {
      String run = "data={format=csv,path=\"" + training + "\",label=y,features=[a,b],test=none}";
      assertThat(
              run(
                      "train",
                      "--set",
                      "network=[{dense=2}]",
                      "--set",
                      run,
                      "--set",
                      "training={epochs=1,batchSize=4}",
                      "--overwrite",
                      "--model",
                      folder.resolve("model"))
                  .err())
          .doesNotContain("error:");
      assertThat(run("evaluate", "--model", folder.resolve("model"), "--input", whole).out())
          .startsWith("rows 4")
          .isEqualTo(
              run("evaluate", "--model", folder.resolve("model"), "--input", fraction).out());
    }
  }

  /** CSV as it is written where numbers have a comma, below a line that says where it is from. */
  private Path semicolons(String name, List<Row> rows) throws IOException {
    Stream<String> lines = rows.stream().map(row -> row.mkString(";").replace('.', ','));
    return Files.write(
        folder.resolve(name),
        Stream.concat(Stream.of("Exported;by hand", "a;b;c;n;kind", "# trees"), lines).toList());
  }

  @Test
  void labelsThatDoNotFitAreOneSentence() throws IOException {
    Object[] numbers = {"--set", "data.label=n", "--set", "data.features=[a,b]"};
    failed(
        train("parquet", append(numbers, "--set", "network=[{dense=5}]")),
        "the network has 5 outputs, but the labels are 7 classes: 0, 1, 2, 3, 4, 5, 6; give its"
            + " last layer 7 units");
    failed(
        train("parquet", append(numbers, "--set", "network=[{dense=9}]")),
        "the network has 9 outputs, but the labels are 7 classes: 0, 1, 2, 3, 4, 5, 6");
    failed(
        train("parquet", "--set", "network=[{dense=4}]", "--set", "data.classes=[yew,oak,ash,elm]"),
        "the network has 4 outputs, but no training row is of class elm");
    failed(
        train("parquet", "--set", "network=[{dense=2}]", "--set", "data.classes=[ash,oak]"),
        "Column 'kind' has the label 'yew', which is none of [ash, oak].");
    failed(train("parquet", "--set", "data.weight=b"), "row weights must be at least 0");
    failed(train("parquet", "--set", "data.weight=kind"), "which is not a number.");
    failed(
        train("parquet", "--set", "network=[{dense=2}]"),
        "the network has 2 outputs, but the labels are 3 classes: ash, oak, yew; give its last"
            + " layer 3 units");
    Object[] one = {"--set", "network=[{dense=1}]"};
    failed(
        train("parquet", append(one, "--set", "loss=huber")),
        "the loss is for numbers, but the labels are 3 classes: ash, oak, yew; softmaxCrossEntropy"
            + " is for classes");
    failed(
        train("parquet", append(append(one, numbers), "--set", "loss=binaryCrossEntropy")),
        "binaryCrossEntropy takes two classes or numbers from 0 to 1, but the labels are 7"
            + " classes");
    Files.writeString(folder.resolve("none.csv"), "a,b,c,n,kind\n");
    failed(
        run("train", options(folder.resolve("none.csv").toString(), path("test-csv"))),
        "There are no rows in " + folder.resolve("none.csv"));
    failed(
        run("train", append(options(path("parquet"), path("none")), "--engine", "gang")),
        "There is no file or folder " + path("none"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gang", "in-process"})
  void aRunDoesNotGoOnWithRowsOfOtherValues(String engine) throws IOException {
    Path table = folder.resolve("rows.csv");
    Object[] run =
        append(
            options(table.toString(), path("test-csv")),
            "--engine",
            engine,
            "--checkpoint",
            folder.resolve("state"),
            "--set",
            "network=[{dense=2}]",
            "--set",
            "data.classes=[ash,oak]",
            "--set",
            "data.testPath=" + table,
            "--set",
            "training.batchSize=4");
    String rows = "a,b,c,n,kind\n1,2,3,4,ash\n1,2,3,5,oak\n1,2,3,6,ash\n1,2,3,7,oak\n";
    Files.writeString(table, rows);
    assertThat(run("train", run).err()).doesNotContain("error:");
    Files.writeString(table, rows.replace("7,oak", "8,oak"));
    failed(run("train", append(run, "--resume")), "step-0000000002 belongs to other data: its ");
    Files.writeString(table, rows);
    assertThat(run("train", append(run, "--resume")).err()).contains("resuming after step 2");
  }

  @Test
  void nothingOfTheRowsGoesThroughTheDriver() throws IOException {
    Dataset<Row> many = session.spark().range(0, 60_000, 1, 4).withColumn("x", rand(3));
    String large = folder.resolve("large").toString();
    many.select(col("x"), col("id").cast("double").as("y"), col("id").mod(2).as("kind"))
        .write()
        .parquet(large);
    session.close(); // a session of its own, whose tasks may answer little
    try {
      Object[] options = {
        "--set",
        "data={format=parquet,label=kind,path=\"%s\",testPath=\"%s\"}".formatted(large, large),
        "--set",
        "network=[{dense=4},batchNorm,relu,{dense=2}]",
        "--set",
        "training={epochs=1,batchSize=5000,metrics=[accuracy]}", // rocAuc sends scores
        "--set",
        "shards=2",
        "--overwrite",
        "--model",
        folder.resolve("model"),
        "--master",
        "local[2,4]",
        "--conf",
        "spark.driver.maxResultSize=200k"
      };
      for (String engine : List.of("gang", "tree")) {
        assertThat(run("train", append(options, "--engine", engine)).err())
            .doesNotContain("error:");
      }
      assertThat(run("train", append(options, "--engine", "in-process")).err())
          .contains("error: ", "maxResultSize");
    } finally {
      session = CommandRun.session();
    }
  }

  private CommandRun train(String table, Object... more) {
    if (table.equals("table")) {
      SparkSession spark = session.spark();
      spark.read().parquet(path("parquet")).createOrReplaceGlobalTempView("trees");
      spark.read().parquet(path("test-parquet")).createOrReplaceGlobalTempView("more_trees");
      return run(
          "train", append(options(table, "global_temp.trees", "global_temp.more_trees"), more));
    }
    boolean isFormat = List.of("csv", "orc", "json").contains(table);
    String test = path("test-" + (isFormat ? table : "parquet"));
    return run("train", append(options(path(table), test), more));
  }

  private Object[] options(String table, String test) {
    String format =
        Stream.of("csv", "orc", "json").filter(table::endsWith).findFirst().orElse("parquet");
    return options(format, table, test);
  }

  private Object[] options(String format, String table, String test) {
    Path conf = folder.resolve("run.conf");
    try {
      Files.writeString(
          conf,
          """
          network = [{dense = 16}, batchNorm, relu, {dropout = 0.1}, {dense = 3}]
          data { format = %s, label = kind, path = "%s", testPath = "%s" }
          training { epochs = 2, batchSize = 64 }
          """
              .formatted(format, table, test));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return new Object[] {conf, "--model", folder.resolve("model"), "--overwrite"};
  }

  private String model() throws IOException {
    return CommandRun.sha256(folder.resolve("model/model.safetensors"));
  }

  private static String path(String table) {
    return tables.resolve(table).toString();
  }

  private static long parts(String table) throws IOException {
    try (Stream<Path> files = Files.list(tables.resolve(table))) {
      return files.filter(file -> file.toString().endsWith(".parquet")).count();
    }
  }
}
