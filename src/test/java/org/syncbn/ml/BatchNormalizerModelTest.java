package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.ml.BatchNormalizerTest.normal;
import static org.syncbn.ml.BatchNormalizerTest.stage;
import static org.syncbn.ml.BatchNormalizerTest.values;
import static org.syncbn.ml.BatchNormalizerTest.vectors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.lang3.SerializationUtils;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Matrices;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.LinearRegressionModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.spark.LocalSpark;

class BatchNormalizerModelTest {

  static void assertSameValues(
      BatchNormalizerModel one, BatchNormalizerModel other, Dataset<Row> rows) {
    assertThat(values(other.transform(rows), other.getOutputCol()))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(values(one.transform(rows), one.getOutputCol()));
  }

  @Test
  void mergedStatisticsAreThoseOfAllRows() {
    Dataset<Row> first = normal(1e9, 50);
    Dataset<Row> second = normal(3, 70);
    BatchNormalizerModel ofAll = stage().fit(first.union(second));
    BatchNormalizerModel ofFirst = stage().fit(first);
    assertThat(ofFirst.merge(stage().fit(second)).statistics().collectAsList())
        .isEqualTo(ofAll.statistics().collectAsList())
        .isEqualTo(ofFirst.update(second).statistics().collectAsList());
    BatchNormalizerModel narrow = stage().fit(vectors(Vectors.dense(1)));
    assertThatThrownBy(() -> ofFirst.merge(narrow))
        .hasMessageStartingWith("The statistics cannot be merged: there are no statistics of");
  }

  @Test
  void robustScalingHasNoMerge() {
    BatchNormalizerModel model = stage().setMethod("robust").fit(normal(0, 9));
    assertThatThrownBy(() -> model.merge(model))
        .hasMessageStartingWith("Statistics for the method robust cannot be merged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"batch-norm", "min-max", "max-abs", "robust"})
  void theInverseRestoresRawValues(String method) {
    Dataset<Row> rows = normal(100, 40);
    BatchNormalizerModel model =
        stage().setMethod(method).setGamma(2, -1).setBeta(0.5, 3).fit(rows);
    Dataset<Row> restored =
        model.inverse().setOutputCol("restored").transform(model.transform(rows));
    List<double[]> raw = values(rows, "features");
    List<double[]> back = values(restored, "restored");
    for (int i = 0; i < raw.size(); i++) {
      assertThat(back.get(i)).containsExactly(raw.get(i), within(1e-12 * 100));
    }
    BatchNormalizerModel lossy = model.setGamma(0, 1);
    assertThatThrownBy(lossy::inverse)
        .hasMessage("A gamma is 0, so raw values cannot be restored.");
  }

  @Test
  void withoutCenteringAConstantIsRestoredToo() {
    Dataset<Row> rows = vectors(Vectors.dense(7, 1), Vectors.dense(7, 2));
    BatchNormalizerModel model = stage().setCenter(false).setEps(0).fit(rows);
    Dataset<Row> normalized = model.transform(rows);
    assertThat(values(normalized, "normalized").get(0)[0]).isZero();
    assertThat(values(model.inverse().setOutputCol("restored").transform(normalized), "restored"))
        .containsExactly(new double[] {7, 1}, new double[] {7, 2});
  }

  @Test
  void aFoldedClassifierPredictsTheSameFromRawFeatures() {
    Dataset<Row> rows = normal(50, 40);
    BatchNormalizerModel normalizer = stage().setGamma(2, 0.5).setBeta(1, -1).fit(rows);
    Dataset<Row> normalized = normalizer.transform(rows);
    LogisticRegressionModel two = new LogisticRegressionModel("two", Vectors.dense(0.3, -0.2), 0.1);
    LogisticRegressionModel three =
        new LogisticRegressionModel(
            "three",
            Matrices.dense(3, 2, new double[] {0.5, -0.25, 0.75, 1, 0, -1}),
            Vectors.dense(0.1, 0.2, -0.3),
            3,
            true);
    for (LogisticRegressionModel model : List.of(two, three)) {
      model.setFeaturesCol("normalized");
      LogisticRegressionModel folded = normalizer.fold(model);
      assertThat(folded.getFeaturesCol()).isEqualTo("features");
      assertClose(
          values(model.transform(normalized), "probability"),
          values(folded.transform(rows), "probability"));
    }
  }

  @Test
  void aFoldedRegressionPredictsTheSameFromRawFeatures() {
    Dataset<Row> rows = normal(50, 40);
    BatchNormalizerModel normalizer = stage().setCenter(false).fit(rows);
    LinearRegressionModel model = new LinearRegressionModel("linear", Vectors.dense(2, -3), 0.5);
    LinearRegressionModel folded = normalizer.fold(model);
    Vector raw = Vectors.dense(50.5, -1);
    Vector normalized =
        (Vector) normalizer.transform(vectors(raw)).select("normalized").head().get(0);
    assertThat(folded.predict(raw)).isCloseTo(model.predict(normalized), within(1e-9));
    assertThatThrownBy(() -> stage().setMethod("min-max").fit(rows).fold(model))
        .hasMessageStartingWith("min-max moves values beyond its range to an end");
    assertThatThrownBy(() -> stage().fit(vectors(Vectors.dense(1))).fold(model))
        .hasMessage("The linear model has coefficients of 2 features, but 1 are normalized.");
  }

  private static void assertClose(List<double[]> expected, List<double[]> found) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i)).containsExactly(expected.get(i), within(1e-9));
    }
  }

  @Test
  void statisticsFilesCarryTheMethod(@TempDir Path folder) throws Exception {
    Dataset<Row> rows = normal(4, 30);
    String file = folder.resolve("statistics.json").toString();
    for (BatchNormalizer stage :
        List.of(
            stage(),
            stage().setEps(0.5),
            stage().setCenter(false).setEps(0),
            stage().setMethod("min-max").setMin(-2),
            stage().setMethod("max-abs"),
            stage().setMethod("robust"))) {
      BatchNormalizerModel model = stage.fit(rows);
      model.saveStatistics(file);
      BatchNormalizerModel read = BatchNormalizerModel.fromStatistics(file);
      assertThat(read.getInputCol()).isEqualTo("features");
      assertSameValues(model, read, rows);
    }
    try (Stream<Path> all = Files.list(folder)) {
      assertThat(all).hasSize(1);
    }
    assertThatThrownBy(() -> BatchNormalizerModel.fromStatistics(folder + "/none"))
        .hasMessage("There is no file %s/none.".formatted(folder));
    Files.writeString(
        folder.resolve("later.json"),
        Files.readString(Path.of(file)).replaceFirst("\"version\": \\d", "\"version\": 99"));
    assertThatThrownBy(() -> BatchNormalizerModel.fromStatistics(folder + "/later.json"))
        .hasMessageEndingWith(
            "has format version 99, but this release reads up to version 2; use a newer release.");
  }

  @Test
  void statisticsOfNumbersNameTheInputColumns(@TempDir Path folder) {
    Dataset<Row> rows = LocalSpark.SESSION.range(5).selectExpr("id", "2 * id AS twice");
    BatchNormalizerModel model =
        new BatchNormalizer().setInputCols("id", "twice").setOutputCols("a", "b").fit(rows);
    String file = folder.resolve("statistics.json").toString();
    model.saveStatistics(file);
    BatchNormalizerModel read = BatchNormalizerModel.fromStatistics(file);
    assertThat(read.getInputCols()).containsExactly("id", "twice");
    assertThat(read.setOutputCols("a", "b").transform(rows).collectAsList())
        .isEqualTo(model.transform(rows).collectAsList());
  }

  @Test
  void isSavedAndLoadedAloneAndOverOlderOnes(@TempDir Path folder) throws Exception {
    Dataset<Row> rows = normal(1e9, 30);
    String path = folder.resolve("model").toString();
    BatchNormalizerModel model = stage().setEps(3).setHandleInvalid("mean").fit(rows);
    model.save(path);
    assertThatThrownBy(() -> model.save(path)).hasMessageContaining("already exists");
    model.write().overwrite().save(path);
    BatchNormalizerModel loaded = BatchNormalizerModel.load(path);
    assertThat(loaded.uid()).isEqualTo(model.uid());
    assertThat(loaded.explainParams()).isEqualTo(model.explainParams());
    assertSameValues(model, loaded, rows);
    assertThat(loaded.numFeatures()).isEqualTo(2);

    String stagePath = folder.resolve("stage").toString();
    stage().setEps(0.25).setGamma(1, 2).save(stagePath);
    BatchNormalizer loadedStage = BatchNormalizer.load(stagePath);
    assertThat(loadedStage.getEps()).isEqualTo(0.25);
    assertThat(loadedStage.getGamma()).containsExactly(1, 2);
    assertThatThrownBy(() -> BatchNormalizerModel.load(stagePath))
        .hasMessageContaining("BatchNormalizerModel");
  }

  @Test
  void standsInPipelinesThatAreSaved(@TempDir Path folder) throws Exception {
    Dataset<Row> rows = normal(9, 30);
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  stage(),
                  new BatchNormalizer()
                      .setInputCol("normalized")
                      .setOutputCol("again")
                      .setMethod("min-max")
                });
    String path = folder.resolve("pipeline").toString();
    PipelineModel model = pipeline.fit(rows);
    model.save(path);
    assertThat(values(PipelineModel.load(path).transform(rows), "again"))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(values(model.transform(rows), "again"));
    pipeline.save(path + "-stages");
    assertThat(Pipeline.load(path + "-stages").getStages()).hasSize(2);
  }

  @Test
  void aCopyHasTheStatisticsAndParamsOfItsOwn() {
    Dataset<Row> rows = normal(2, 10);
    BatchNormalizer stage = stage();
    BatchNormalizerModel model = stage.fit(rows);
    BatchNormalizerModel copy = model.copy(ParamMap.empty().put(model.outputCol().w("other")));
    assertThat(copy.getOutputCol()).isEqualTo("other");
    assertThat(model.getOutputCol()).isEqualTo("normalized");
    assertThat(copy.parent()).isSameAs(stage);
    assertSameValues(model, copy, rows);
    assertThat(stage.copy(ParamMap.empty()).uid()).isEqualTo(stage.uid());
    assertThat(model.estimatedSize()).isBetween(100L, 1_000_000L);
  }

  @Test
  void serializationKeepsTheStatistics() {
    Dataset<Row> rows = normal(1e9, 20);
    BatchNormalizerModel model = stage().setMethod("robust").setGamma(2, 3).fit(rows);
    BatchNormalizerModel read = SerializationUtils.roundtrip(model);
    assertThat(read.statistics().collectAsList()).isEqualTo(model.statistics().collectAsList());
    assertSameValues(model, read, rows);
    assertThat(SerializationUtils.roundtrip(new BatchNormalizerModel("empty")).uid())
        .isEqualTo("empty");
  }
}
