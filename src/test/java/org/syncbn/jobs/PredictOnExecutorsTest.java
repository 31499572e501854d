package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.ModelFixture.evaluate;
import static org.syncbn.jobs.ModelFixture.succeeded;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.OwnSpark;
import org.syncbn.StrictSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;

/** A saved model at work in executors of their own, with the bits of one process. */
@OwnSpark
class PredictOnExecutorsTest {

  private static SparkCluster cluster;
  private static SparkSession spark;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    cluster = SparkCluster.start(ClusterKind.EXECUTORS, 2);
    spark = cluster.session(StrictSpark.KRYO);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Tag("full")
  @Test
  void executorsFindTheFiguresAndTheProbabilitiesOfOneProcess() throws IOException {
    Path input = folder.resolve("input");
    ModelFixture.table(spark).repartition(5).write().parquet(input.toString());
    Path model = folder.resolve("model");
    JsonNode metrics = ModelFixture.train(input, model);
    assertThat(evaluate(folder, "--model", model)).isEqualTo(metrics);

    Path output = folder.resolve("output");
    succeeded(run("predict", "--model", model, "--input", input, "--output", output));
    List<Row> rows = spark.read().parquet(output.toString()).collectAsList();
    assertThat(rows).hasSize(ModelFixture.ROWS);
    float[] expected = ModelFixture.expected(model, rows);
    for (int i = 0; i < rows.size(); i++) {
      double[] probability = rows.get(i).<Vector>getAs("probability").toArray();
      for (int j = 0; j < 3; j++) {
        assertThat(probability[j]).isEqualTo(expected[3 * i + j]);
      }
    }
  }

  @Test
  void imagesAreSpreadOverTheExecutors() throws IOException {
    Path model = folder.resolve("model");
    Path report = folder.resolve("report.json");
    succeededTraining(
        run(
            "train",
            "--engine",
            "in-process",
            "--model",
            model,
            "--report",
            report,
            "--set",
            "network=[{conv2d{filters=2,kernel=3,stride=2}},batchNorm,relu,flatten,{dense=10}]",
            "--set",
            "data={generatedRows=300,generatedTestRows=1100}",
            "--set",
            "training={epochs=1,batchSize=64}"));
    assertThat(evaluate(folder, "--model", model))
        .isEqualTo(ModelFixture.json(report).at("/metrics/test"));
  }

  private static void succeededTraining(CommandRun run) {
    assertThat(run.err()).doesNotContain("error: ");
    assertThat(run.exitCode()).isZero();
  }
}
