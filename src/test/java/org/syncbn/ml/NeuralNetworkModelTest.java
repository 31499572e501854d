package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.ml.NeuralNetworkClassifierTest.ROWS;
import static org.syncbn.ml.NeuralNetworkClassifierTest.stage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.lang3.SerializationUtils;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.syncbn.api.FittedNetwork;
import org.syncbn.spark.LocalSpark;

/** Models of networks where they are kept, sent and met by streams. */
class NeuralNetworkModelTest {

  private static final NeuralNetworkClassificationModel MODEL =
      stage().setThresholds(new double[] {1, 2, 3}).fit(ROWS);

  private static final NeuralNetworkRegressionModel REGRESSION =
      NeuralNetworkRegressorTest.stage().setMaxIter(1).fit(ROWS);

  @Test
  void isSavedAndLoadedAloneAndOverOlderOnes(@TempDir Path folder) throws Exception {
    String path = folder.resolve("model").toString();
    MODEL.save(path);
    assertThatThrownBy(() -> MODEL.save(path)).hasMessageContaining("already exists");
    MODEL.write().overwrite().save(path);
    NeuralNetworkClassificationModel loaded = NeuralNetworkClassificationModel.load(path);
    assertThat(loaded.uid()).isEqualTo(MODEL.uid());
    assertThat(loaded.getThresholds()).containsExactly(1, 2, 3);
    assertThat(loaded.transform(ROWS).collectAsList())
        .isEqualTo(MODEL.transform(ROWS).collectAsList());
    assertThat(loaded.summary().history()).isEqualTo(MODEL.summary().history());

    String other = folder.resolve("regression").toString();
    REGRESSION.save(other);
    assertThat(NeuralNetworkRegressionModel.load(other).explainParams())
        .isEqualTo(REGRESSION.explainParams());
    assertThat(NeuralNetworkRegressionModel.load(other).transform(ROWS).collectAsList())
        .isEqualTo(REGRESSION.transform(ROWS).collectAsList());
    assertThatThrownBy(() -> NeuralNetworkClassificationModel.load(other))
        .hasMessageContaining("NeuralNetworkClassificationModel");

    stage().setSolver("lamb").save(folder.resolve("stage").toString());
    assertThat(NeuralNetworkClassifier.load(folder.resolve("stage").toString()).getSolver())
        .isEqualTo("lamb");
  }

  @Test
  void standsInPipelinesThatAreSaved(@TempDir Path folder) throws Exception {
    PipelineModel model =
        new Pipeline().setStages(new PipelineStage[] {stage().setMaxIter(1)}).fit(ROWS);
    String path = folder.resolve("pipeline").toString();
    model.save(path);
    assertThat(PipelineModel.load(path).transform(ROWS).collectAsList())
        .isEqualTo(model.transform(ROWS).collectAsList());
  }

  @Test
  void itsFolderIsAModelOfTheLibrary(@TempDir Path folder) throws Exception {
    MODEL.save(folder.resolve("model").toString());
    FittedNetwork network =
        FittedNetwork.load(
            LocalSpark.SESSION, folder.resolve("model/data/network").toUri().toString());
    assertThat(network.metrics()).isEqualTo(MODEL.fittedNetwork().metrics());
    assertThat(network.predict(ROWS).select("probability").collectAsList())
        .isEqualTo(MODEL.transform(ROWS).select("probability").collectAsList());
  }

  @Test
  void predictsStreams(@TempDir Path folder) throws Exception {
    Dataset<Row> rows = ROWS.select("features", "id");
    rows.write().parquet(folder.resolve("in").toString());
    Dataset<Row> stream =
        LocalSpark.SESSION
            .readStream()
            .schema(rows.schema())
            .parquet(folder.resolve("in").toString());
    for (Dataset<Row> predicted :
        List.of(MODEL.transform(stream), MODEL.fittedNetwork().predict(stream))) {
      List<Row> found = new ArrayList<>();
      StreamingQuery query =
          predicted
              .writeStream()
              .trigger(Trigger.AvailableNow())
              .foreachBatch(
                  (batch, id) -> {
                    found.addAll(batch.select("id", "probability").collectAsList());
                  })
              .start();
      query.awaitTermination();
      assertThat(found)
          .containsExactlyInAnyOrderElementsOf(
              MODEL.transform(rows).select("id", "probability").collectAsList());
    }
  }

  @Test
  void serializationKeepsTheNetwork() {
    NeuralNetworkClassificationModel read = SerializationUtils.roundtrip(MODEL);
    assertThat(read.transform(ROWS).collectAsList())
        .isEqualTo(MODEL.transform(ROWS).collectAsList());
    assertThat(read.summary().metrics()).isEqualTo(MODEL.summary().metrics());
    NeuralNetworkRegressionModel empty =
        SerializationUtils.roundtrip(new NeuralNetworkRegressionModel("empty"));
    assertThat(empty.uid()).isEqualTo("empty");
    assertThat(empty.hasSummary()).isFalse();
  }

  @Test
  void aCopyHasParamsOfItsOwn() {
    NeuralNetworkClassificationModel copy =
        MODEL.copy(ParamMap.empty().put(MODEL.predictionCol().w("other")));
    assertThat(copy.getPredictionCol()).isEqualTo("other");
    assertThat(MODEL.getPredictionCol()).isEqualTo("prediction");
    assertThat(copy.parent()).isSameAs(MODEL.parent());
    assertThat(copy.fittedNetwork()).isSameAs(MODEL.fittedNetwork());
    assertThat(copy.params()).allSatisfy(param -> assertThat(param.parent()).isEqualTo(copy.uid()));
    assertThat(MODEL.estimatedSize()).isBetween(100L, 100_000L);
  }

  @Test
  void columnsOfEachKindAreKept() {
    Dataset<Row> rows =
        ROWS.selectExpr(
            "*",
            "named_struct('x', id, 'y', array('a', null)) AS nested",
            "decimal(id) / 7 AS decimal",
            "timestamp(id) AS time",
            "IF(id = 1, null, string(id)) AS `a.b`",
            "id AS Id");
    Dataset<Row> predicted = MODEL.transform(rows);
    assertThat(predicted.schema()).isEqualTo(MODEL.transformSchema(rows.schema()));
    List<Row> before = rows.collectAsList();
    List<Row> after = predicted.collectAsList();
    for (int i = 0; i < before.size(); i++) {
      for (int c = 0; c < rows.columns().length; c++) {
        assertThat(after.get(i).get(c)).isEqualTo(before.get(i).get(c));
      }
    }
  }
}
