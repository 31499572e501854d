package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.failed;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.succeeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.model.SavedModel;
import org.syncbn.tensor.CounterRandom;

/** {@code jobs/train} on tables as people have them. */
class TrainOnAnyTableTest {

  private static final int ROWS = 300;

  private static CommandRun.Session session;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    session = CommandRun.session();
  }

  @AfterAll
  static void stop() {
    session.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "softmaxCrossEntropy; 4; 4,2,-1,30; -1,2,4,30",
        "softmaxCrossEntropy; 2; no,yes; no,yes",
        "softmaxCrossEntropy; 3; 1.5,0.5,2.5; 0.5,1.5,2.5",
        "binaryCrossEntropy; 1; 4,2; 2,4",
        "binaryCrossEntropy; 1; -1,1; -1,1",
        "binaryCrossEntropy; 1; yes,no; no,yes"
      })
  void labelsOfAnyValuesAreClasses(String loss, int outputs, String values, String classes)
      throws IOException {
    String[] labels = values.split(",");
    Path table = table("a,y", i -> number(i) + "," + labels[i % labels.length]);
    CommandRun trained =
        succeeded(train(table, "network=[{dense=%d}]".formatted(outputs), "loss=" + loss));
    String listed = classes.replace(",", ", ");
    assertThat(trained.out().lines().filter(line -> line.startsWith("classes")))
        .singleElement()
        .asString()
        .endsWith("%d: %s".formatted(labels.length, listed));
    Path predicted = folder.resolve("predicted.csv");
    succeeded(run("predict", "--model", model(), "--input", table, "--output", predicted));
    assertThat(session.spark().read().option("header", true).csv(predicted.toString()))
        .satisfies(
            rows ->
                assertThat(rows.select("predictedLabel").distinct().collectAsList())
                    .allMatch(row -> List.of(labels).contains(row.getString(0))));
    succeeded(run("evaluate", "--model", model(), "--input", table));
  }

  @Test
  void aDryRunChecksLabelsAgainstTheNetwork() throws IOException {
    Path table = table("a,y", i -> number(i) + "," + (1 + i % 7));
    failed(
        run("train", append(options(table, "network=[{dense=3}]"), "--dry-run")),
        "the network has 3 outputs, but the labels are 7 classes: 1, 2, 3, 4, 5, 6, 7; give its"
            + " last layer 7 units");
    CommandRun looked =
        succeeded(run("train", append(options(table, "network=[{dense=7}]"), "--dry-run")));
    assertThat(looked.out()).contains("Classes: 7: 1, 2, 3, 4, 5, 6, 7");
  }

  @Test
  void featuresOfDifferentScalesAreNamedWhereNothingNormalizesThem() throws IOException {
    Path table = table("age,kilometres,y", i -> (20 + i % 50) + ".5," + 999.5 * i + "," + i % 2);
    String sentence =
        "warning: the network reads features as they are, and they differ in scale: 'kilometres' is"
            + " around ";
    String[] raw = {"network=[{dense=2}]", "data.standardize=false"};
    assertThat(train(table, raw).err()).contains(sentence);
    raw[0] = "network=[batchNorm,{dense=2}]";
    assertThat(succeeded(train(table, raw)).err()).doesNotContain(sentence);
    assertThat(succeeded(train(table, "network=[{dense=2}]")).err()).doesNotContain(sentence);
  }

  @Test
  void aTableAndALabelAreEnough() throws IOException {
    Path table =
        table(
            "id,size,shop,stars,income",
            i ->
                "%d,%s,%s,%d,%s"
                    .formatted(
                        i + 1000,
                        i % 50 == 0 ? "" : number(i),
                        i % 3 == 0 ? "north" : "south",
                        i % 4,
                        number(i) + i % 3 > 1 ? ">50K" : "<=50K"));
    Path config = folder.resolve("inferred.conf");
    Object[] arguments = {
      "--input",
      table,
      "--label",
      "income",
      "--model",
      model(),
      "--engine",
      "in-process",
      "--set",
      "training.epochs=3"
    };
    CommandRun looked = succeeded(run("train", append(arguments, "--explain")));
    assertThat(looked.out())
        .contains(
            "loss = softmaxCrossEntropy",
            "Column 'id' is left out: its values are all distinct",
            "Held out for tests: about 20 % of these rows",
            "Classes: 2: <=50K, >50K",
            "Nothing was written.")
        .containsPattern("shop +string +2 categories")
        .containsPattern("stars +bigint +4 categories")
        .containsPattern("id +bigint +not used");
    CommandRun trained = succeeded(run("train", append(arguments, "--write-config", config)));
    assertThat(trained.err()).contains("Column 'id' is left out");
    assertThat(trained.out().lines().map(line -> line.split(" ")[0]))
        .startsWith("train", "validation", "test", "classes");
    String test =
        trained.out().lines().filter(line -> line.startsWith("test")).findFirst().orElseThrow();
    String figures = test.substring("test".length()).strip();
    assertThat(succeeded(run("evaluate", "--model", model())).out()).contains(figures);
    Path moved = Files.copy(table, folder.resolve("moved.csv"));
    assertThat(succeeded(run("evaluate", "--model", model(), "--input", moved, "--test")).out())
        .contains(figures);
    String weights = CommandRun.sha256(model().resolve("model.safetensors"));
    succeeded(
        run(
            "train",
            config,
            "--model",
            model(),
            "--overwrite",
            "--engine",
            "in-process",
            "--set",
            "training.epochs=3"));
    assertThat(CommandRun.sha256(model().resolve("model.safetensors"))).isEqualTo(weights);
  }

  @Test
  void aNumberThatIsLinearInFewRowsGetsALinearModelAndAnotherAPerceptron() throws IOException {
    IntFunction<String> features = i -> "%s,%s,".formatted(number(i), number(i + ROWS));
    String reason = "# Linear: products of the features";
    Path table =
        table(
            "a,b,y",
            i -> features.apply(i) + (number(i) - 2 * number(i + ROWS) + number(i + 2 * ROWS)));
    Object[] arguments = {
      "--input", table, "--label", "y", "--model", model(), "--engine", "in-process"
    };
    assertThat(succeeded(run("train", append(arguments, "--explain"))).out())
        .contains(reason, "network = [\n  { dense { units = 1 } }\n]")
        .doesNotContain("preciseStatistics");
    succeeded(run("train", arguments));
    table("a,b,y", i -> features.apply(i) + number(i) * number(i + ROWS));
    assertThat(succeeded(run("train", append(arguments, "--dry-run", "--overwrite"))).out())
        .contains("batchNorm, relu", "preciseStatistics = true")
        .doesNotContain(reason);
  }

  @Test
  void whatOnlyTestRowsHaveIsNoCategory() throws IOException {
    Path table =
        table("x,shop,y", i -> number(i) + "," + (i < 5 ? "rare" : "s" + i % 2) + "," + i % 2);
    Object[] options = options(table, "network=[{dense=2}]");
    assertThat(succeeded(run("train", append(options, "--dry-run"))).out())
        .as("held out are some of the 5 rows")
        .containsPattern("shop +string +2 categories and others");
    assertThat(
            succeeded(run("train", append(options, "--dry-run", "--set", "data.test=none"))).out())
        .containsPattern("shop +string +3 categories");
    succeeded(run("train", options));
    succeeded(run("evaluate", "--model", model()));
  }

  @Test
  void severalInputsAreOneTable() throws IOException {
    Path whole = table("x, y", i -> number(i) + "," + (number(i) > 0 ? "up" : "down"));
    List<String> lines = Files.readAllLines(whole);
    Path first = Files.write(folder.resolve("first.csv"), lines.subList(0, 100));
    Path second = Files.writeString(folder.resolve("second.csv"), "y,x\n");
    for (String line : lines.subList(100, lines.size())) {
      String[] fields = line.split(",");
      Files.writeString(second, fields[1] + "," + fields[0] + "\n", StandardOpenOption.APPEND);
    }
    Object[] options = {
      "--label", "y", "--engine", "in-process", "--set", "training.epochs=2", "--overwrite"
    };
    Path one = folder.resolve("of one file");
    succeeded(run("train", append(options, "--model", one, "--input", whole)));
    Path two = folder.resolve("of two files");
    succeeded(run("train", append(options, "--model", two, "--input", second, "--input", first)));
    assertThat(two.resolve(SavedModel.WEIGHTS))
        .hasSameBinaryContentAs(one.resolve(SavedModel.WEIGHTS));
    assertThat(succeeded(run("evaluate", "--model", two)).out())
        .isEqualTo(succeeded(run("evaluate", "--model", one)).out());
    Path config = folder.resolve("inferred.conf");
    Object[] written =
        append(options, "--input", first, "--input", second, "--write-config", config);
    succeeded(run("train", append(written, "--model", model())));
    succeeded(run("train", config, "--model", model(), "--overwrite", "--engine", "in-process"));
    CommandRun catalog = run("train", config, "--set", "data.format=table", "--overwrite");
    assertThat(catalog.exitCode()).isEqualTo(2);
    assertThat(catalog.err())
        .contains(
            "path names 2 places; only files of a table may have several (%s, %s)"
                .formatted(first, second));
  }

  @Test
  void aNumberIsPredictedInItsOwnUnits() throws IOException {
    Path table =
        table(
            "x,z,price",
            i -> "%s,%s,%s".formatted(number(i), number(i + ROWS), 2e5 + 1e4 * number(i)));
    succeeded(
        run(
            "train",
            "--input",
            table,
            "--label",
            "price",
            "--model",
            model(),
            "--engine",
            "in-process",
            "--set",
            "training.epochs=40"));
    Path predicted = folder.resolve("predicted.parquet");
    succeeded(
        run("predict", "--model", model(), "--input", table, "--test", "--output", predicted));
    double[] sums = new double[2];
    var rows = session.spark().read().parquet(predicted.toString()).collectAsList();
    rows.forEach(
        row -> {
          double error = row.<Double>getAs("prediction") - Double.parseDouble(row.getAs("price"));
          sums[0] += error * error;
        });
    double rmse = Math.sqrt(sums[0] / rows.size());
    assertThat(rows).hasSizeBetween(30, 90);
    assertThat(rmse).isLessThan(5e3);
    assertThat(succeeded(run("evaluate", "--model", model())).out())
        .contains(String.format(Locale.ROOT, "rmse %.0f", rmse).substring(0, 8));
  }

  /**
   * The form of the census table: no two numbers of the same size, texts behind blanks (which they
   * keep), {@code ?} for what is missing, and labels with signs. The label depends on each kind of
   * column, so that a network that lost one would be right in fewer rows.
   */
  @Test
  void aTableOfNumbersAndTextsWithGapsIsLearnedFromItsPlaceAndItsLabel() throws IOException {
    int rows = 2_000;
    String[] works = {"Private", "State-gov", "Self-emp", "?"};
    String[] countries = {"United-States", "Mexico", "?"};
    CounterRandom random = CounterRandom.of(7);
    StringBuilder text = new StringBuilder("age,workclass,fnlwgt,gain,country,income\n");
    for (int i = 0; i < rows; i++) {
      double age = 40 + 12 * random.fork("age").gaussian(i);
      int work = (int) (4 * random.fork("work").uniform(i));
      double gain = random.fork("gain").uniform(i) < 0.1 ? 99_999 : 0;
      int country = (int) (3 * random.fork("country").uniform(i));
      boolean isRich = (age - 40) / 12 + (work == 1 ? 1.5 : -0.5) + (gain > 0 ? 2 : 0) > 0.4;
      text.append(
          "%s, %s, %d, %s, %s, %s\n"
              .formatted(
                  i % 40 == 7 ? "?" : String.format(Locale.ROOT, "%.0f", age),
                  works[work],
                  12_285 + (int) (1.4e6 * random.fork("weight").uniform(i)),
                  String.format(Locale.ROOT, "%.0f", gain),
                  countries[country],
                  isRich ? ">50K" : "<=50K"));
    }
    Path table = Files.writeString(folder.resolve("adult.csv"), text);
    CommandRun trained =
        succeeded(
            run(
                "train",
                "--input",
                table,
                "--label",
                "income",
                "--model",
                model(),
                "--engine",
                "in-process"));
    assertThat(trained.out()).containsPattern("classes +2:  <=50K,  >50K\n");
    assertThat(metric("accuracy")).isGreaterThan(0.93);
    assertThat(metric("rocAuc")).isGreaterThan(0.97);
    assertThat(predictions(table))
        .allMatch(row -> List.of(" <=50K", " >50K").contains(row.<String>getAs("predictedLabel")));
  }

  @Test
  void aColumnOfManyTextsIsLearnedByAnEmbedding() throws IOException {
    int cities = 80;
    CounterRandom random = CounterRandom.of(5);
    StringBuilder text = new StringBuilder("order,city,size,returned\n");
    for (int i = 0; i < 3_000; i++) {
      int city = (int) (cities * random.fork("city").uniform(i));
      boolean returns = random.fork("returns").uniform(city) < 0.5;
      boolean isOrdinary = random.fork("noise").uniform(i) < 0.95;
      text.append(
          "o%d,c%d,%s,%s\n"
              .formatted(i % 2_000, city, number(i), returns == isOrdinary ? "y" : "n"));
    }
    Path table = Files.writeString(folder.resolve("orders.csv"), text);
    Path config = folder.resolve("inferred.conf");
    Object[] arguments = {
      "--input", table, "--label", "returned", "--model", model(), "--engine", "in-process"
    };
    CommandRun explained = succeeded(run("train", append(arguments, "--explain")));
    assertThat(explained.out())
        .contains(
            "Column 'order' is left out: more than half of its values are distinct",
            "Column 'city' is embedded: 19 numbers are learned for each of its 80 categories and"
                + " for all other values.",
            "categories.mostEmbedded = 10000")
        .containsPattern("city +string +embedding of 80 categories and others, 19 units each");
    CommandRun trained = succeeded(run("train", append(arguments, "--write-config", config)));
    assertThat(trained.err()).contains("Column 'city' is embedded");
    assertThat(metric("accuracy")).as("of at most 0.95").isGreaterThan(0.9);
    assertThat(predictions(table)).hasSizeBetween(500, 700);
    Path unseen = folder.resolve("unseen.csv");
    Files.writeString(unseen, "order,city,size\no1,never met,0\no2,c1,0\no3,,0\n");
    Path predicted = folder.resolve("unseen.parquet");
    succeeded(run("predict", "--model", model(), "--input", unseen, "--output", predicted));
    assertThat(
            session.spark().read().parquet(predicted.toString()).orderBy("order").collectAsList())
        .extracting(row -> row.<Vector>getAs("probability").apply(1))
        .satisfies(
            of -> {
              assertThat(of.get(0)).as("neither").isBetween(0.2, 0.8).isEqualTo(of.get(2));
              assertThat(Math.abs(of.get(1) - 0.5)).isGreaterThan(0.3);
            });
    String weights = CommandRun.sha256(model().resolve(SavedModel.WEIGHTS));
    succeeded(run("train", config, "--model", model(), "--overwrite", "--engine", "in-process"));
    assertThat(CommandRun.sha256(model().resolve(SavedModel.WEIGHTS))).isEqualTo(weights);
  }

  @Test
  void sparseRowsArePredictedIntoCsvAsTextsOfAllTheirNumbers() throws IOException {
    Path table = folder.resolve("sparse.libsvm");
    Files.writeString(
        table,
        IntStream.range(0, ROWS)
            .mapToObj(i -> i % 2 == 0 ? "1 1:0.5 3:%d".formatted(i) : "-1 2:%d".formatted(i))
            .collect(Collectors.joining("\n", "", "\n")));
    Path file = folder.resolve("sparse.conf");
    Files.writeString(
        file,
        """
        network = [{ dense = 2 }]
        data { format = libsvm, path = "%s" }
        training { epochs = 1 }
        """
            .formatted(table));
    succeeded(run("train", file, "--model", model(), "--engine", "in-process"));
    Path predicted = folder.resolve("predicted.csv");
    succeeded(run("predict", "--model", model(), "--input", table, "--output", predicted));
    List<Row> rows =
        session.spark().read().option("header", true).csv(predicted.toString()).collectAsList();
    assertThat(rows).hasSize(ROWS);
    assertThat(rows.stream().map(row -> row.<String>getAs("features")))
        .contains("[0.5,0.0,2.0]", "[0.0,1.0,0.0]")
        .allMatch(text -> text.split(",").length == 3);
    assertThat(rows)
        .allMatch(row -> List.of("-1", "1").contains(row.<String>getAs("predictedLabel")));
  }

  @Test
  void severalNumbersArePredictedInTheirOwnUnits() throws IOException {
    Path table =
        table(
            "x,z,price,weight",
            i ->
                "%s,%s,%s,%s"
                    .formatted(number(i), number(-i), 1e6 + 1e3 * number(i), 0.01 * number(-i)));
    CommandRun trained =
        succeeded(
            run(
                "train",
                "--input",
                table,
                "--label",
                "price",
                "--label",
                "weight",
                "--model",
                model(),
                "--engine",
                "in-process"));
    assertThat(trained.out()).containsPattern("predicts +2: price, weight");
    List<Row> rows = predictions(table);
    double squares = 0;
    double ofWeights = 0;
    for (Row row : rows) {
      double price = Double.parseDouble(row.getAs("price"));
      double weight = Double.parseDouble(row.getAs("weight"));
      squares += Math.pow(row.<Double>getAs("prediction_price") - price, 2);
      ofWeights += Math.pow(row.<Double>getAs("prediction_weight") - weight, 2);
    }
    assertThat(Math.sqrt(squares / rows.size())).isLessThan(500);
    assertThat(Math.sqrt(ofWeights / rows.size())).isLessThan(0.005);
    assertThat(metric("rmse"))
        .isCloseTo(Math.sqrt((squares + ofWeights) / rows.size() / 2), withinPercentage(0.1));
  }

  @Test
  void severalColumnsOf0And1AreLabelsOfOneNetwork() throws IOException {
    Path table =
        table(
            "x,z,isRight,isHigh",
            i ->
                "%s,%s,%d,%d"
                    .formatted(
                        number(i), number(-i), number(i) > 0 ? 1 : 0, number(-i) > 1 ? 1 : 0));
    succeeded(
        run(
            "train",
            "--input",
            table,
            "--label",
            "isRight",
            "--label",
            "isHigh",
            "--model",
            model(),
            "--engine",
            "in-process"));
    List<Row> rows = predictions(table);
    int right = 0;
    for (Row row : rows) {
      for (String label : List.of("isRight", "isHigh")) {
        double prediction = row.getAs("prediction_" + label);
        assertThat(prediction).isEqualTo(row.<Double>getAs("probability_" + label) > 0.5 ? 1 : 0);
        right += prediction == row.<Number>getAs(label).doubleValue() ? 1 : 0;
      }
    }
    assertThat(metric("accuracy"))
        .isGreaterThan(0.9)
        .isCloseTo(right / (2.0 * rows.size()), within(1e-12));
  }

  @Test
  void columnsThatCannotBePredictedTogetherAreOneSentence() throws IOException {
    Path table = table("a,y,z", i -> "%s,%d,%s".formatted(number(i), i % 2, "red"));
    failed(
        run("train", "--input", table, "--label", "y", "--label", "z", "--model", model()),
        "Column 'z' has the value 'red', which is not a number; of several columns to predict all"
            + " are numbers, or all are 0 and 1.");
    failed(
        train(table, "network=[{dense=2}]", "data.label=[y,a]"),
        "data.label names 2 columns, each of which is a target of its own: use binaryCrossEntropy");
    failed(
        train(table, "network=[{dense=3}]", "data.label=[y,a]", "loss=meanSquaredError"),
        "the network has 3 outputs, but data.label names 2 columns; give its last layer 2 units");
    assertThat(train(table, "network=[{dense=2}]", "data.label=[y,y]").err())
        .contains("a column to predict is named twice: [y, y]");
  }

  private List<Row> predictions(Path table) {
    Path predicted = folder.resolve("predicted.parquet");
    succeeded(
        run("predict", "--model", model(), "--input", table, "--test", "--output", predicted));
    return session.spark().read().parquet(predicted.toString()).collectAsList();
  }

  private double metric(String name) throws IOException {
    Path report = folder.resolve("evaluation.json");
    succeeded(run("evaluate", "--model", model(), "--report", report));
    return ModelFixture.json(report).get("metrics").get(name).asDouble();
  }

  @ParameterizedTest
  @CsvSource({"mean, 300", "indicator, 300", "skip, 270"})
  void missingValuesAreTreatedAlikeEverywhere(String rule, int rows) throws IOException {
    Path table =
        table("a,b,y", i -> "%s,%s,%d".formatted(i % 10 == 3 ? "" : number(i), number(-i), i % 2));
    String[] settings = {"network=[{dense=2}]", "data.test=none", "data.missing=" + rule};
    failed(train(table, "network=[{dense=2}]"), "Column 'a' has a missing value");
    CommandRun trained = succeeded(train(table, settings));
    String figures = trained.out().lines().findFirst().orElseThrow().substring(5).strip();
    assertThat(succeeded(run("evaluate", "--model", model(), "--input", table)).out().strip())
        .isEqualTo("rows %d  %s".formatted(rows, figures));
    Path predicted = folder.resolve("predicted.csv");
    assertThat(
            succeeded(run("predict", "--model", model(), "--input", table, "--output", predicted))
                .out())
        .startsWith(rows + " rows predicted");
  }

  private Path table(String header, IntFunction<String> row) throws IOException {
    Path table = folder.resolve("table.csv");
    return Files.writeString(
        table,
        header
            + "\n"
            + IntStream.range(0, ROWS).mapToObj(row).collect(Collectors.joining("\n"))
            + "\n");
  }

  private static double number(int row) {
    return CounterRandom.of(4).gaussian(row);
  }

  private Path model() {
    return folder.resolve("model");
  }

  private CommandRun train(Path table, String... settings) throws IOException {
    return run("train", options(table, settings));
  }

  private Object[] options(Path table, String... settings) throws IOException {
    Path file = folder.resolve("run.conf");
    Files.writeString(
        file,
        """
        data { format = csv, label = y, path = "%s" }
        training { epochs = 1, batchSize = 64 }
        """
            .formatted(table));
    Object[] options = {file, "--model", model(), "--overwrite", "--engine", "in-process"};
    for (String setting : settings) {
      options = append(options, "--set", setting);
    }
    return options;
  }
}
