package org.syncbn.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.model.LocalFolder;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.EpochResult;
import org.syncbn.train.TrainingListener;

/** Training from a program, on rows of its own session. */
class NetworkTrainerTest {

  private static final String RUN =
      """
      network = [{ dense { units = 8, bias = false } }, batchNorm, relu, { dense = 2 }]
      data.label = y
      training { epochs = 3, batchSize = 20 }
      """;

  private static final Dataset<Row> ROWS =
      SESSION.range(120).selectExpr("id % 11 AS a", "id % 5 / 5 AS b", "int(id % 11 > 5) AS y");

  private static final NetworkTrainer TRAINER = NetworkTrainer.parse(RUN);

  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void theModelDoesNotDependOnTheEngineNorOnThePartitions(EngineKind engine) {
    FittedNetwork once = TRAINER.fit(ROWS.repartition(1));
    FittedNetwork other = TRAINER.with(engine).withTasks(2).withThreads(1).fit(ROWS.repartition(5));
    assertThat(other.model().arrays().weights().toArray())
        .isEqualTo(once.model().arrays().weights().toArray());
    assertThat(other.metrics()).isEqualTo(once.metrics());
  }

  @Test
  void theHistoryAndTheMetricsComeWithTheNetworkAndItsFolder(@TempDir Path folder) {
    FittedNetwork network = TRAINER.fit(ROWS, ROWS.limit(30));
    String place = folder.resolve("model").toUri().toString();
    network.save(SESSION, place);
    FittedNetwork read = FittedNetwork.load(SESSION, place);
    assertThat(network.history()).extracting(EpochResult::epoch).containsExactly(1, 2, 3);
    assertThat(read.history()).isEqualTo(network.history());
    assertThat(read.metrics()).isEqualTo(network.metrics()).containsOnlyKeys("train", "validation");
    assertThat(network.evaluate(ROWS).metrics().get("loss"))
        .isCloseTo(network.metrics().get("train").get("loss"), within(1e-12));
    assertThat(read.predict(ROWS).collectAsList())
        .isEqualTo(network.predict(ROWS).collectAsList())
        .hasSize(120);
  }

  @Test
  void aRunThatWasStoppedGoesOnToTheSameModel(@TempDir Path folder) {
    NetworkTrainer kept = TRAINER.withCheckpoints(new LocalFolder(folder.resolve("state")));
    List<NetworkTraining> runs = new ArrayList<>();
    TrainingListener stops =
        new TrainingListener() {
          @Override
          public void onStep(int epoch, long step, long steps, int rows, double loss, double acc) {
            if (epoch == 2 && step == 2) {
              runs.get(0).stop();
            }
          }
        };
    try (NetworkTraining run = kept.with(stops).prepare(ROWS)) {
      runs.add(run);
      assertThat(run.run()).isFalse();
      assertThat(run.step()).isEqualTo(8);
      assertThat(run.lastCheckpoint()).isPresent();
      assertThatThrownBy(run::run).hasMessage("a training runs once");
    }
    List<String> notes = new ArrayList<>();
    TrainingListener hears =
        new TrainingListener() {
          @Override
          public void onNote(String sentence) {
            notes.add(sentence);
          }
        };
    FittedNetwork resumed = kept.resuming().with(hears).fit(ROWS);
    assertThat(notes).contains("resuming after step 8");
    assertThat(resumed.model().arrays().weights().toArray())
        .isEqualTo(TRAINER.fit(ROWS).model().arrays().weights().toArray());
  }

  /** Sequences of length 1 to 8 and 2 channels. */
  private static Dataset<Row> sequences(String padding) {
    String values = "IF(i % 8 > id % 8, PADDING, sin(7 * id + 3 * i) + id % 3 - 1)";
    return SESSION
        .range(160)
        .selectExpr(
            "transform(sequence(0, 15), i -> float("
                + values.replace("PADDING", padding)
                + ")) AS signal",
            "int(id % 8 + 1) AS length",
            "int(id % 3 > 1) AS y");
  }

  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void sequencesOfDifferentLengthsAreFeaturesAndTheirLength(EngineKind engine) {
    NetworkTrainer trainer =
        NetworkTrainer.parse(
            """
            network = [
              { reshape { channels = 2, width = 8, mask = lengths } }, batchNorm
              { conv1d { filters = 6, kernel = 3, padding = same, bias = false } }, batchNorm, relu
              globalAveragePool, { dense = 2 }
            ]
            data { label = y, features = [signal, length] }
            training { epochs = 12, batchSize = 40, preciseStatistics = true }
            """);
    FittedNetwork once = trainer.fit(sequences("0"));
    FittedNetwork other = trainer.with(engine).withTasks(2).fit(sequences("0").repartition(3));
    assertThat(other.model().arrays().weights().toArray())
        .isEqualTo(once.model().arrays().weights().toArray());
    assertThat(once.metrics().get("train").get("accuracy")).isGreaterThan(0.9);
    // Neither the rows nor their padding were standardized.
    assertThat(predictions(once, sequences("1000 * id")))
        .isEqualTo(predictions(once, sequences("0")));
  }

  private static List<Row> predictions(FittedNetwork network, Dataset<Row> rows) {
    return network
        .predict(rows)
        .drop("signal")
        .orderBy("length", "y", "probability")
        .collectAsList();
  }

  @Test
  void temporaryViewsAndSettingsOfTheSessionCountAndStayAsTheyWere() {
    ROWS.createOrReplaceTempView("visits");
    var before = SESSION.conf().getAll();
    FittedNetwork network =
        NetworkTrainer.parse(RUN, "data.format=table", "data.path=visits", "data.test=none")
            .fit(SESSION);
    assertThat(network.model().arrays().weights().toArray())
        .isEqualTo(TRAINER.fit(ROWS).model().arrays().weights().toArray());
    assertThat(SESSION.conf().getAll()).isEqualTo(before);
  }

  @Test
  void whatDoesNotFitIsOneSentence() {
    rejected(ROWS.where("false"), "There are no rows in the training data.");
    rejected(ROWS.drop("y"), "'y'");
    rejected(ROWS.selectExpr("a", "b", "a AS y"), "classes: 0, 1, 2");
    rejected(ROWS.selectExpr("a", "IF(a = 3, NULL, b) AS b", "y"), "'b'");
    assertThatThrownBy(() -> TRAINER.withTasks(9))
        .hasMessage("tasks is 9, but the mini-batch is cut into 8 shards, and each task needs one");
    assertThatThrownBy(() -> TRAINER.withThreads(0))
        .hasMessage("threads must be at least 1, was 0");
    assertThatThrownBy(() -> TRAINER.resuming().fit(ROWS))
        .hasMessageContaining("no folder of checkpoints");
    assertThatThrownBy(TRAINER::prepareWithoutSpark).hasMessageContaining("need Spark");
    assertThatThrownBy(() -> TRAINER.fit(SESSION))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("set a file format");
  }

  private static void rejected(Dataset<Row> rows, String sentence) {
    assertThatThrownBy(() -> TRAINER.fit(rows)).hasMessageContaining(sentence);
  }
}
