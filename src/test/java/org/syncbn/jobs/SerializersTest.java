package org.syncbn.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.syncbn.jobs.CommandRun.run;
import static org.syncbn.jobs.CommandRun.sha256;
import static org.syncbn.jobs.ModelFixture.evaluate;
import static org.syncbn.jobs.ModelFixture.succeeded;

import com.esotericsoftware.kryo.Kryo;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.serializer.KryoRegistrator;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.OwnSpark;
import org.syncbn.cluster.ClusterKind;
import org.syncbn.cluster.SparkCluster;

/** An executor of its own finds the bits of one process, whatever serializer the session has. */
@Timeout(value = 180, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@OwnSpark
class SerializersTest {

  private static final String KRYO = "org.apache.spark.serializer.KryoSerializer";

  /** 26,000 weights are a broadcast for each step of the tree. */
  private static final String[] SETTINGS = {
    "network=[{dense=160},batchNorm,relu,{dense=160},relu,{dense=3}]",
    "training={epochs=1,batchSize=350}"
  };

  @TempDir private static Path folder;

  private static Path input;
  private static Path model;
  private static JsonNode metrics;
  private static List<String> statistics;
  private static List<String> predicted;

  /** Somebody else's, who knows nothing of ours and has a table of his own. */
  public static final class Stranger implements KryoRegistrator {
    @Override
    public void registerClasses(Kryo kryo) {
      kryo.register(StringBuilder.class);
    }
  }

  @BeforeAll
  static void inOneProcess() throws IOException {
    input = folder.resolve("input");
    try (CommandRun.Session session = CommandRun.session()) {
      ModelFixture.table(session.spark()).repartition(3).write().parquet(input.toString());
      model = folder.resolve("model");
      metrics = ModelFixture.train(input, model, SETTINGS);
      predicted = predicted(session.spark(), "one-process");
      statistics = statistics("one-process");
    }
  }

  @Tag("full")
  @Test
  void anExecutorFindsTheBitsOfOneProcessWithARegistratorOfSomebodyElse() throws IOException {
    anExecutorFindsTheBitsOfOneProcess(
        "stranger",
        Map.of(
            "spark.serializer",
            KRYO,
            "spark.kryo.registrator",
            "org.syncbn.jobs.SerializersTest$Stranger"));
  }

  @Tag("full")
  @ParameterizedTest
  @ValueSource(strings = {"org.apache.spark.serializer.JavaSerializer", KRYO})
  void anExecutorFindsTheBitsOfOneProcessWithoutARegistrator(String serializer) throws IOException {
    anExecutorFindsTheBitsOfOneProcess(serializer, Map.of("spark.serializer", serializer));
  }

  private static void anExecutorFindsTheBitsOfOneProcess(String name, Map<String, String> settings)
      throws IOException {
    try (SparkCluster cluster = SparkCluster.start(ClusterKind.EXECUTORS, 1, 2, 1024)) {
      SparkSession spark = cluster.session(settings);
      for (String engine : List.of("gang", "tree")) {
        Path trained = folder.resolve(name + "-" + engine);
        assertThat(ModelFixture.trainOn(engine, input, trained, SETTINGS))
            .as(engine)
            .isEqualTo(metrics);
        assertThat(sha256(trained.resolve("model.safetensors")))
            .as(engine)
            .isEqualTo(sha256(model.resolve("model.safetensors")));
      }
      assertThat(evaluate(folder, "--model", model)).isEqualTo(metrics);
      assertThat(predicted(spark, name)).isEqualTo(predicted);
      assertThat(statistics(name)).isEqualTo(statistics);
    }
  }

  /** What the model says about each row, as text, in the order of their ids. */
  private static List<String> predicted(SparkSession spark, String name) {
    Path output = folder.resolve(name + "-predicted");
    succeeded(run("predict", "--model", model, "--input", input, "--output", output));
    return spark
        .read()
        .parquet(output.toString())
        .select("id", "prediction", "probability", "predictedLabel")
        .orderBy("id")
        .collectAsList()
        .stream()
        .map(Row::toString)
        .toList();
  }

  /** The statistics files of a fit, and of one by group. */
  private static List<String> statistics(String name) throws IOException {
    Path all = folder.resolve(name + "-all.json");
    Path byKind = folder.resolve(name + "-by-kind.json");
    succeeded(run("normalize", "--input", input, "--statistics", all));
    succeeded(run("normalize", "--input", input, "--by", "kind", "--statistics", byKind));
    return List.of(Files.readString(all), Files.readString(byKind));
  }
}
