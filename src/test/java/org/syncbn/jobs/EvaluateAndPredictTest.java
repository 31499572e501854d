package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.jobs.CommandRun.append;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.ModelFixture.evaluate;
import static org.syncbn.jobs.ModelFixture.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.api.FittedNetwork;
import org.syncbn.model.SavedModel;
import org.syncbn.spark.SmallDisk;
import org.syncbn.spark.files.DataException;

/** A saved model at work on tables, as a person asks for it. */
@Timeout(180)
@OwnSpark
class EvaluateAndPredictTest {

  @TempDir static Path data;
  static CommandRun.Session session;
  static SparkSession spark;
  static Path model;
  static JsonNode metrics;

  @TempDir Path folder;

  @BeforeAll
  static void trainModel() throws IOException {
    session = CommandRun.session();
    spark = session.spark();
    Dataset<Row> table = ModelFixture.table(spark);
    table.coalesce(1).write().parquet(path("one"));
    table
        .repartitionByRange(3, functions.col("id"))
        .sortWithinPartitions("id")
        .write()
        .parquet(path("three"));
    model = data.resolve("model");
    metrics =
        ModelFixture.train(
            data.resolve("one"),
            model,
            "training.metrics=[accuracy,rocAuc,{prAuc=weighted},{f1=perClass},confusionMatrix]");
  }

  @AfterAll
  static void stop() {
    session.close();
  }

  private static String path(String name) {
    return data.resolve(name).toString();
  }

  private Dataset<Row> written(String name) {
    return spark.read().parquet(folder.resolve(name).toString());
  }

  @Test
  void anEvaluationHasTheBitsOfTheRunWhateverTheFilesAndPartitions() throws IOException {
    Dataset<Row> table = ModelFixture.table(spark);
    table.orderBy(functions.rand(3)).repartition(7).write().parquet(path("seven"));
    table
        .select("id", "height", "kind", "`a.width`")
        .withColumn("a.width", functions.col("`a.width`").cast("double"))
        .repartition(2)
        .write()
        .option("header", true)
        .csv(path("csv"));
    assertThat(metrics.path("accuracy").asDouble()).isBetween(0.4, 1.0);
    assertThat(evaluate(folder, "--model", model)).isEqualTo(metrics);
    assertThat(evaluate(folder, "--model", model, "--input", path("seven"))).isEqualTo(metrics);
    assertThat(evaluate(folder, "--model", "file:" + model, "--input", path("csv")))
        .isEqualTo(metrics);
    table.select("`a.width`", "kind", "height", "id").write().parquet(path("reordered"));
    assertThat(evaluate(folder, "--model", model, "--input", path("reordered"))).isEqualTo(metrics);
    String third = path("three") + "/part-0000";
    assertThat(
            evaluate(folder, "--model", model, "--input", third + "2*", third + "0*", third + "1*"))
        .isEqualTo(metrics);
  }

  @Test
  void theConfusionMatrixIsPrintedWithTheNamesOfTheClasses() throws IOException {
    Path report = folder.resolve("report.json");
    CommandRun run = succeeded(run("evaluate", "--model", model, "--report", report));
    assertThat(metrics.properties())
        .extracting(Map.Entry::getKey)
        .containsExactly(
            "loss",
            "accuracy",
            "rocAuc",
            "prAucWeighted",
            "f1PerClass.0",
            "f1PerClass.1",
            "f1PerClass.2");
    JsonNode matrix = ModelFixture.json(report).get("confusionMatrix");
    double right = 0;
    double all = 0;
    for (int label = 0; label < 3; label++) {
      for (int predicted = 0; predicted < 3; predicted++) {
        double weight = matrix.get(label).get(predicted).asDouble();
        right += label == predicted ? weight : 0;
        all += weight;
      }
      assertThat(run.out())
          .containsPattern(
              "%s +%d +%d +%d\n"
                  .formatted(
                      ModelFixture.KINDS.get(label),
                      matrix.get(label).get(0).asInt(),
                      matrix.get(label).get(1).asInt(),
                      matrix.get(label).get(2).asInt()));
    }
    assertThat(all).isEqualTo(ModelFixture.ROWS);
    assertThat(right / all).isEqualTo(metrics.get("accuracy").asDouble());
  }

  @Test
  void anyMetricIsMeasuredOfASavedModel() throws IOException {
    JsonNode measured =
        evaluate(folder, "--model", model, "--metrics", "{topK=3}, f1, {f1=perClass}, rocAuc");
    assertThat(measured.properties())
        .extracting(Map.Entry::getKey)
        .containsExactly(
            "loss", "top3Accuracy", "f1", "f1PerClass.0", "f1PerClass.1", "f1PerClass.2", "rocAuc");
    assertThat(measured.get("top3Accuracy").asDouble()).isEqualTo(1); // of three classes
    double mean =
        (measured.get("f1PerClass.0").asDouble()
                + measured.get("f1PerClass.1").asDouble()
                + measured.get("f1PerClass.2").asDouble())
            / 3;
    assertThat(measured.get("f1").asDouble()).isEqualTo(mean);
    for (String same : List.of("loss", "rocAuc", "f1PerClass.1")) {
      assertThat(measured.get(same)).isEqualTo(metrics.get(same));
    }
    failed(run("evaluate", "--model", model, "--metrics", "rmse"), "the metric rmse");
    CommandRun unknown = run("evaluate", "--model", model, "--metrics", "acuracy");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("--metrics: ").contains("did you mean 'accuracy'?");
  }

  @Test
  void areasUnderCurvesHaveTheSameBitsOnEveryEngine() throws IOException {
    JsonNode first = null;
    for (String engine : List.of("in-process", "tree", "gang")) {
      Path trained = folder.resolve(engine);
      ModelFixture.trainOn(
          engine,
          data.resolve("one"),
          trained,
          "data.validation={fraction=0.3}",
          "training.metrics=[rocAuc,f1]");
      JsonNode history = ModelFixture.json(trained.resolve("model.json")).get("history");
      JsonNode validation = history.get(2).get("validation");
      assertThat(validation.path("rocAuc").asDouble()).isBetween(0.5, 1.0);
      assertThat(history.get(2).get("train").has("rocAuc")).isFalse();
      first = first == null ? validation : first;
      assertThat(validation).isEqualTo(first);
    }
  }

  @Test
  void rowsKeepTheirColumnsAndTheirOrderInEachFile() throws IOException {
    CommandRun run =
        succeeded(
            run(
                "predict",
                "--model",
                model,
                "--input",
                path("three"),
                "--output",
                folder.resolve("p")));
    assertThat(run.out()).isEqualTo("700 rows predicted, in %s%n".formatted(folder.resolve("p")));

    Dataset<Row> predicted = written("p");
    List<String> columns = new ArrayList<>(List.of(ModelFixture.SCHEMA.fieldNames()));
    columns.addAll(List.of("prediction", "probability", "predictedLabel"));
    assertThat(predicted.columns()).containsExactly(columns.toArray(String[]::new));
    Dataset<Row> kept = predicted.drop("prediction", "probability", "predictedLabel");
    assertThat(kept.schema()).isEqualTo(spark.read().parquet(path("three")).schema());
    assertThat(kept.orderBy("id").collectAsList())
        .isEqualTo(spark.read().parquet(path("one")).orderBy("id").collectAsList());

    for (Path file : parts(folder.resolve("p"))) {
      List<Row> rows = spark.read().parquet(file.toString()).collectAsList();
      assertThat(rows).isNotEmpty();
      // Part files hold whole input files here, one after the other.
      long breaks = 0;
      for (int i = 1; i < rows.size(); i++) {
        breaks += rows.get(i).getLong(0) == rows.get(i - 1).getLong(0) + 1 ? 0 : 1;
      }
      assertThat(breaks).isLessThan(3);
    }

    List<Row> rows = predicted.collectAsList();
    float[] expected = ModelFixture.expected(model, rows);
    for (int i = 0; i < rows.size(); i++) {
      double[] probability = rows.get(i).<Vector>getAs("probability").toArray();
      assertThat(probability).hasSize(3);
      int best = 0;
      for (int j = 0; j < 3; j++) {
        assertThat(probability[j]).isEqualTo(expected[3 * i + j]);
        best = probability[j] > probability[best] ? j : best;
      }
      assertThat(rows.get(i).<Double>getAs("prediction")).isEqualTo(best);
      assertThat(rows.get(i).<String>getAs("predictedLabel"))
          .isEqualTo(ModelFixture.KINDS.get(best));
    }
  }

  @Test
  void aProgramPredictsAndEvaluatesWhatTheCommandsDo() throws IOException {
    String location = model.toString();
    Dataset<Row> table = ModelFixture.table(spark).repartition(3);
    succeeded(run("predict", "--model", model, "--input", path("one"), "--output", folder + "/p"));

    FittedNetwork network = FittedNetwork.load(spark, location);
    Dataset<Row> predicted = network.predict(table);
    double accuracy = network.evaluate(table).metrics().get("accuracy");

    assertThat(predicted.orderBy("id").collectAsList())
        .isEqualTo(written("p").orderBy("id").collectAsList());
    assertThat(network.evaluate(table).rows()).isEqualTo(ModelFixture.ROWS);
    assertThat(accuracy).isEqualTo(metrics.path("accuracy").asDouble());
    assertThatThrownBy(() -> network.predict(table.drop("height")))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("There is no column 'height'");
    assertThatThrownBy(() -> network.evaluate(table.drop("kind")))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("There is no column 'kind'");
  }

  @Test
  void rowsWithoutALabelArePredictedAndMayBecomeText() throws IOException {
    Dataset<Row> some = spark.read().parquet(path("one")).limit(30);
    some.drop("kind", "planted", "tags", "place").write().parquet(path("unlabelled"));
    Path output = folder.resolve("p.csv");
    succeeded(run("predict", "--model", model, "--input", path("unlabelled"), "--output", output));
    List<Row> rows =
        spark
            .read()
            .option("header", true)
            .option("escape", "\"")
            .csv(output.toString())
            .collectAsList();
    assertThat(rows).hasSize(30);
    assertThat(rows.get(0).schema().fieldNames())
        .containsExactly(
            "id",
            "height",
            "note",
            "a.width",
            "seen",
            "price",
            "prediction",
            "probability",
            "predictedLabel");
    float[] expected = ModelFixture.expected(model, some.collectAsList());
    for (int i = 0; i < 30; i++) {
      assertThat(rows.get(i).<String>getAs("probability"))
          .isEqualTo(
              "[%s,%s,%s]".formatted(expected[3 * i], expected[3 * i + 1], expected[3 * i + 2]));
    }
  }

  @Test
  void otherColumnsLeaveInTheFormThatTheOutputHas() throws IOException {
    Dataset<Row> features =
        spark.read().parquet(path("one")).limit(1).drop("kind", "planted", "tags", "place", "note");
    String row = features.toJSON().collectAsList().get(0);
    Path input =
        Files.writeString(
            folder.resolve("in.json"), row.replaceFirst("\\}$", ",\"n\":1.10,\"o\":{\"k\": [1]}}"));
    Path json = folder.resolve("p.json");
    succeeded(run("predict", "--model", model, "--input", input, "--output", json));
    assertThat(spark.read().text(json.toString()).head().getString(0))
        .contains("\"n\":1.10,\"o\":{\"k\": [1]},\"prediction\":");
    Path csv = folder.resolve("q.csv");
    succeeded(run("predict", "--model", model, "--input", input, "--output", csv));
    assertThat(spark.read().text(csv.toString()).collectAsList().get(1).getString(0))
        .contains(",1.10,\"{\"\"k\"\": [1]}\",");
  }

  @Test
  void whatIsStandardizedForTheModelIsKeptAsItWas() throws IOException {
    Path statistics = folder.resolve("statistics.json");
    String columns = "height,a.width";
    assertThat(
            run(
                    "normalize",
                    "--input",
                    path("one"),
                    "--columns",
                    columns,
                    "--statistics",
                    statistics)
                .exitCode())
        .isZero();
    Path other = folder.resolve("model");
    JsonNode test = ModelFixture.train(data.resolve("one"), other, "data.statistics=" + statistics);
    Files.delete(statistics); // the model has its own copy
    assertThat(evaluate(folder, "--model", other)).isEqualTo(test);
    succeeded(
        run("predict", "--model", other, "--input", path("one"), "--output", folder.resolve("p")));
    Dataset<Row> predicted = written("p");
    assertThat(predicted.select("id", "height", "kind").collectAsList())
        .isEqualTo(
            spark.read().parquet(path("one")).select("id", "height", "kind").collectAsList());
    double right = predicted.where("predictedLabel = kind").count();
    assertThat(right / ModelFixture.ROWS).isEqualTo(test.path("accuracy").asDouble());
  }

  @Test
  void numbersAndTwoClassesHaveTheirOwnForm() throws IOException {
    Dataset<Row> table =
        ModelFixture.table(spark)
            .select("height", "kind")
            .withColumn("isAsh", functions.expr("cast(kind = 'ash' as int)"))
            .coalesce(1);
    table.write().parquet(path("binary"));
    for (String loss : List.of("binaryCrossEntropy", "meanSquaredError")) {
      Path other = folder.resolve(loss);
      JsonNode test =
          ModelFixture.train(
              data.resolve("binary"),
              other,
              "loss=" + loss,
              "data.label=isAsh",
              "data.features=[height]",
              "network=[{dense=4},relu,{dense=1}]");
      assertThat(evaluate(folder, "--model", other)).isEqualTo(test);
      Path output = folder.resolve("of-" + loss);
      succeeded(run("predict", "--model", other, "--input", path("binary"), "--output", output));
      List<Row> rows = written("of-" + loss).collectAsList();
      double right = 0;
      double squares = 0;
      for (Row row : rows) {
        double prediction = row.<Double>getAs("prediction");
        right += prediction == row.<Integer>getAs("isAsh") ? 1 : 0;
        squares += Math.pow(prediction - row.<Integer>getAs("isAsh"), 2);
        if (loss.equals("binaryCrossEntropy")) {
          double[] probability = row.<Vector>getAs("probability").toArray();
          assertThat(probability[0]).isEqualTo(1 - probability[1]);
          assertThat(prediction).isEqualTo(probability[1] > 0.5 ? 1 : 0);
        } else {
          assertThat(row.schema().fieldNames()).endsWith("isAsh", "prediction");
        }
      }
      if (loss.equals("binaryCrossEntropy")) {
        assertThat(right / rows.size()).isEqualTo(test.path("accuracy").asDouble());
      } else {
        assertThat(Math.sqrt(squares / rows.size()))
            .isCloseTo(test.path("rmse").asDouble(), org.assertj.core.api.Assertions.within(1e-12));
      }
    }
  }

  @Test
  void nothingIsReplacedUnaskedAndNothingHalfWrittenStays() throws IOException {
    Path output = folder.resolve("out");
    Object[] arguments = {"--model", model, "--input", path("one"), "--output", output};
    succeeded(run("predict", arguments));
    List<Row> first = written("out").collectAsList();
    failed(
        run("predict", arguments),
        "/out exists; choose another path, or replace it with --overwrite.");
    Dataset<Row> table = ModelFixture.table(spark);
    table
        .withColumn("height", functions.expr("case when id = 650 then null else height end"))
        .write()
        .parquet(folder.resolve("in").toString());
    String missing = "Column 'height' has a missing value; a network needs all";
    Object[] broken = {
      "--model", model, "--input", folder.resolve("in"), "--output", output, "--overwrite"
    };
    failed(run("predict", broken), missing);
    failed(run("evaluate", "--model", model, "--input", folder.resolve("in")), missing);
    assertThat(written("out").collectAsList()).isEqualTo(first);
    assertThat(names()).containsExactly("in", "out");
    succeeded(
        run("predict", append(arguments, "--overwrite", "--report", folder.resolve("r.json"))));
    assertThat(names()).containsExactly("in", "out", "r.json");
    JsonNode report = ModelFixture.json(folder.resolve("r.json"));
    assertThat(report.path("rows").asInt()).isEqualTo(700);
    saysWhatRanIt(report, "predict");
    Path evaluated = folder.resolve("e.json");
    succeeded(run("evaluate", "--model", model, "--input", path("one"), "--report", evaluated));
    saysWhatRanIt(ModelFixture.json(evaluated), "evaluate");
    failed(
        run(
            "predict",
            "--model",
            model,
            "--input",
            path("one"),
            "--output",
            model.resolve("in"),
            "--overwrite"),
        "is inside");
    failed(
        run("predict", "--model", model, "--input", path("one"), "--output", data, "--overwrite"),
        "would remove");
  }

  private void saysWhatRanIt(JsonNode report, String job) {
    assertThat(report.path("job").asText()).isEqualTo(job);
    JsonNode provenance = report.path("provenance");
    assertThat(provenance.path("spark").asText()).isEqualTo(spark.version());
    assertThat(provenance.path("java").asText()).isEqualTo(System.getProperty("java.version"));
    assertThat(provenance.has("spark-syncbn")).isTrue();
    assertThat(provenance.path("master").asText()).isEqualTo(spark.sparkContext().master());
    assertThat(provenance.path("model").asText()).isEqualTo(model.toString());
    assertThat(report.path("seconds").path(job).asDouble()).isPositive();
  }

  @Test
  void aTableWithoutRowsIsPredictedAndHasNoMetrics() throws IOException {
    ModelFixture.table(spark).limit(0).write().parquet(path("empty"));
    CommandRun run =
        run("predict", "--model", model, "--input", path("empty"), "--output", folder.resolve("p"));
    assertThat(succeeded(run).out()).startsWith("0 rows predicted");
    assertThat(written("p").columns()).contains("prediction");
    assertThat(evaluate(folder, "--model", model, "--input", path("empty"))).isEmpty();
  }

  @Test
  void whatDoesNotFitTheModelIsOneSentence() throws IOException {
    Dataset<Row> table = ModelFixture.table(spark).limit(20);
    evaluateFails(table.drop("a.width"), "There is no column 'a.width'");
    evaluateFails(
        table.withColumn("height", functions.lit("tall")),
        "Column 'height' is string, not a number");
    evaluated(
        table.withColumn("kind", functions.lit("elm")),
        "Column 'kind' has the label 'elm', which is none of [ash, oak, yew].");
    evaluated(table.drop("kind"), "There is no column 'kind'; there are id, height, note,");
    predicted(
        table.withColumn("Prediction", functions.lit(1)),
        "The data has a column 'Prediction', which is the name of a column that is appended");

    Path numbered = folder.resolve("numbered");
    Dataset<Row> numbers =
        table.withColumn("kind", functions.expr("cast(id % 3 as double)")).coalesce(1);
    numbers.write().parquet(numbered.toString());
    Path other = folder.resolve("model");
    ModelFixture.train(numbered, other, "training={epochs=1,batchSize=20}");
    Path wrong = folder.resolve("wrong");
    numbers.withColumn("kind", functions.lit(7)).write().parquet(wrong.toString());
    failed(
        run("evaluate", "--model", other, "--input", wrong),
        "Column 'kind' has the label '7.0', which is none of [0, 1, 2].");

    failed(run("evaluate", "--model", model, "--input", folder.resolve("no")), "There is no file");
    failed(run("evaluate", "--model", folder.resolve("no")), "there is no model " + folder);
    Path weights = Files.writeString(other.resolve(SavedModel.WEIGHTS), "no weights");
    failed(
        run("predict", "--model", other, "--input", path("one"), "--output", folder.resolve("p")),
        weights + " is not a safetensors file");
    assertThat(folder.resolve("p")).doesNotExist();
  }

  @Test
  void aModelWhoseRowsDependOnEachOtherIsRejected() throws IOException {
    Path other = folder.resolve("model");
    ModelFixture.train(
        data.resolve("one"),
        other,
        "network=[{dense=8},{batchNorm={evaluationSource=batch}},{dense=3}]");
    failed(
        run("evaluate", "--model", other),
        "layer 1 has evaluationSource = batch: it normalizes a row with the statistics of the rows"
            + " beside it");
  }

  @Test
  void aModelMayLieInAnyFileSystem() throws IOException {
    org.apache.hadoop.conf.Configuration files = spark.sparkContext().hadoopConfiguration();
    files.set("fs.smalldisk.impl", SmallDisk.class.getName());
    try {
      assertThat(evaluate(folder, "--model", SmallDisk.at(model))).isEqualTo(metrics);
    } finally {
      files.unset("fs.smalldisk.impl");
    }
  }

  @Test
  void wrongArgumentsAreSaidBeforeAnythingRuns() {
    assertThat(run("evaluate").err())
        .startsWith("error: Missing required option: '--model=FOLDER'");
    assertThat(run("evaluate").exitCode()).isEqualTo(2);
    assertThat(run("predict", "--model", model, "--input", "x").exitCode()).isEqualTo(2);
    CommandRun run = run("evaluate", "--model", model, "--format", "xml");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("'xml' is not one of parquet, orc, csv, json, libsvm");
  }

  /** Both commands reject a table. */
  private void evaluateFails(Dataset<Row> table, String sentence) throws IOException {
    evaluated(table, sentence);
    predicted(table, sentence);
  }

  private void evaluated(Dataset<Row> table, String sentence) {
    Path input = folder.resolve("table");
    table.write().mode("overwrite").parquet(input.toString());
    failed(run("evaluate", "--model", model, "--input", input), sentence);
  }

  private void predicted(Dataset<Row> table, String sentence) {
    Path input = folder.resolve("table");
    table.write().mode("overwrite").parquet(input.toString());
    failed(
        run("predict", "--model", model, "--input", input, "--output", folder.resolve("none")),
        sentence);
    assertThat(folder.resolve("none")).doesNotExist();
  }

  private static void failed(CommandRun run, String sentence) {
    CommandRun.failed(run, sentence);
    assertThat(run.err()).hasLineCount(1);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<Path> parts(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("part-"))
          .sorted()
          .toList();
    }
  }
}
