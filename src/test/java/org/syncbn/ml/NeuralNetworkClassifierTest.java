package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.spark.LocalSpark.SESSION;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.api.NetworkTrainer;
import org.syncbn.nn.ActivationSpec;
import org.syncbn.nn.LinearSpec;
import org.syncbn.nn.NormalizationSpec;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.train.EpochResult;

class NeuralNetworkClassifierTest {

  static final String NETWORK = "[{ dense = 8 }, batchNorm, relu, { dense = 3 }]";

  /** Two numbers and the third of the range of their sum; a weight, and which rows are held out. */
  static final Dataset<Row> NUMBERS =
      SESSION
          .range(120)
          .selectExpr("double(id % 11) AS a", "float(id % 7) AS b", "id")
          .selectExpr(
              "a",
              "b",
              "int((a + b) / 6) AS label",
              "1 + id % 2 AS weight",
              "id % 4 = 0 AS held",
              "id");

  /** The same with a vector. */
  static final Dataset<Row> ROWS =
      new VectorAssembler()
          .setInputCols(new String[] {"a", "b"})
          .setOutputCol("features")
          .transform(NUMBERS)
          .cache();

  static NeuralNetworkClassifier stage() {
    return new NeuralNetworkClassifier()
        .setNetwork(NETWORK)
        .setMaxIter(4)
        .setBatchSize(20)
        .setStepSize(0.02);
  }

  static float[] weights(NeuralNetworkClassificationModel model) {
    return model.fittedNetwork().model().arrays().weights().toArray();
  }

  private static List<Row> outputs(Dataset<Row> rows) {
    return rows.select("id", "rawPrediction", "probability", "prediction")
        .orderBy("id")
        .collectAsList();
  }

  @Test
  void learnsAndIsJudgedBySparksEvaluator() {
    Dataset<Row> predicted = stage().setMaxIter(30).fit(ROWS).transform(ROWS);
    assertThat(predicted.columns())
        .endsWith("features", "rawPrediction", "probability", "prediction");
    assertThat(
            new MulticlassClassificationEvaluator().setMetricName("accuracy").evaluate(predicted))
        .isGreaterThan(0.9);
  }

  @Test
  void theWeightsAreThoseOfTheLibrary() {
    NeuralNetworkClassificationModel model = stage().setWeightCol("weight").fit(ROWS);
    float[] expected =
        NetworkTrainer.parse(
                """
                network = %s
                optimizer.adam.learningRate = 0.02
                data { label = label, features = [features], weight = weight, standardize = false }
                training { epochs = 4, batchSize = 20 }
                """
                    .formatted(NETWORK))
            .fit(ROWS.repartition(5))
            .model()
            .arrays()
            .weights()
            .toArray();
    assertThat(weights(model)).isEqualTo(expected);
    assertThat(weights(stage().setWeightCol("weight").setEngine("tree").fit(ROWS.repartition(2))))
        .isEqualTo(expected);
  }

  @Test
  void arraysAndColumnsOfNumbersAreFeaturesToo() {
    NeuralNetworkClassificationModel ofVectors = stage().fit(ROWS);
    Dataset<Row> arrays = NUMBERS.selectExpr("array(a, double(b)) AS features", "label", "id");
    assertThat(weights(stage().fit(arrays))).isEqualTo(weights(ofVectors));
    assertThat(outputs(ofVectors.transform(arrays))).isEqualTo(outputs(ofVectors.transform(ROWS)));
    // In the order of the param, whatever that of the table.
    Dataset<Row> numbers = NUMBERS.select("b", "label", "a", "id");
    NeuralNetworkClassificationModel ofNumbers = stage().setInputCols("a", "b").fit(numbers);
    assertThat(weights(ofNumbers)).isEqualTo(weights(ofVectors));
    assertThat(outputs(ofNumbers.transform(numbers))).isEqualTo(outputs(ofVectors.transform(ROWS)));
  }

  @Test
  void aRowHasTheSameBitsAloneAndAmongOthers() {
    NeuralNetworkClassificationModel model = stage().fit(ROWS);
    List<Row> all = outputs(model.transform(ROWS.repartition(3)));
    assertThat(outputs(model.transform(ROWS.where("id = 17")))).containsExactly(all.get(17));
    for (Row row : ROWS.orderBy("id").limit(20).collectAsList()) {
      Vector features = row.getAs("features");
      Row among = all.get((int) row.<Long>getAs("id").longValue());
      assertThat(model.predictRaw(features)).isEqualTo(among.getAs("rawPrediction"));
      assertThat(model.predictProbability(features)).isEqualTo(among.getAs("probability"));
      assertThat(model.predict(features)).isEqualTo(among.<Double>getAs("prediction"));
    }
    assertThat(
            model.fittedNetwork().predict(ROWS).select("probability", "prediction").collectAsList())
        .isEqualTo(model.transform(ROWS).select("probability", "prediction").collectAsList());
  }

  @Test
  void thresholdsAndEmptyColumnNamesAreTakenAsSparkTakesThem() {
    NeuralNetworkClassificationModel model = stage().fit(ROWS);
    for (double[] thresholds : new double[][] {{0.1, 0.8, 0.1}, {0.5, 0, 0.5}}) {
      model.setThresholds(thresholds);
      for (Row row : model.transform(ROWS).limit(30).collectAsList()) {
        assertThat(row.<Double>getAs("prediction"))
            .isEqualTo(model.predict(row.<Vector>getAs("features")));
      }
    }
    model.setProbabilityCol("").setRawPredictionCol("");
    assertThat(model.transform(ROWS).columns()).endsWith("features", "prediction");
    assertThatThrownBy(() -> model.setThresholds(new double[] {1}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void oneLogitTellsTwoClasses() {
    Dataset<Row> two = ROWS.withColumn("label", ROWS.col("label").gt(0).cast("double"));
    NeuralNetworkClassificationModel model =
        stage().setNetwork("[{ dense = 1 }]").setOptions("loss = binaryCrossEntropy").fit(two);
    assertThat(model.numClasses()).isEqualTo(2);
    for (Row row : model.transform(two).limit(9).collectAsList()) {
      Vector raw = row.getAs("rawPrediction");
      Vector probability = row.getAs("probability");
      assertThat(raw.apply(0)).isEqualTo(-raw.apply(1));
      assertThat(probability.apply(0) + probability.apply(1)).isEqualTo(1);
      assertThat(row.<Double>getAs("prediction")).isEqualTo(raw.apply(1) > 0 ? 1 : 0);
      assertThat(model.predictProbability(row.getAs("features"))).isEqualTo(probability);
    }
  }

  @Test
  void withoutANetworkThereAreAsManyClassesAsLabels() {
    NeuralNetworkClassifier stage = stage();
    stage.clear(stage.network());
    assertThat(stage.fit(ROWS).numClasses()).isEqualTo(3);
    Dataset<Row> named =
        new StringIndexer()
            .setInputCol("name")
            .setOutputCol("label")
            .fit(NUMBERS.selectExpr("elt(1 + id % 4, 'a', 'b', 'c', 'd') AS name"))
            .transform(ROWS.drop("label").selectExpr("*", "elt(1 + id % 2, 'a', 'b') AS name"));
    assertThat(stage.fit(named).numClasses()).isEqualTo(4);
  }

  @Test
  void layersComeFromTheBuilderToo() {
    NeuralNetworkClassifier stage =
        stage()
            .setNetwork(
                LinearSpec.Dense.of(8),
                new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH),
                new ActivationSpec.Relu(),
                LinearSpec.Dense.of(3));
    assertThat(weights(stage.fit(ROWS))).isEqualTo(weights(stage().fit(ROWS)));
  }

  @Test
  void optionsReachEveryKeyOfARunFile() {
    NeuralNetworkClassificationModel model =
        stage()
            .setSolver("adamW")
            .setOptions("optimizer.adamW.weightDecay = 0.5, training { epochs = 2, clipNorm = 1 }")
            .fit(ROWS);
    var options = model.fittedNetwork().model().options().json();
    assertThat(options.at("/optimizer/adamW/weightDecay").doubleValue()).isEqualTo(0.5);
    assertThat(options.at("/optimizer/adamW/learningRate").doubleValue()).isEqualTo(0.02);
    assertThat(options.at("/training/clipNorm").doubleValue()).isEqualTo(1);
    assertThat(model.summary().totalIterations()).isEqualTo(2);
    assertThat(
            stage()
                .setOptions("optimizer { sgd { learningRate = 0.5 } }")
                .fit(ROWS)
                .fittedNetwork()
                .model()
                .options()
                .json()
                .get("optimizer")
                .has("sgd"))
        .isTrue();
  }

  @Test
  void validationRowsEndTheTraining() {
    NeuralNetworkClassifier stage =
        stage()
            .setMaxIter(50)
            .setStepSize(1)
            .setTol(0.5)
            .setPatience(1)
            .setValidationIndicatorCol("held");
    NeuralNetworkSummary summary = stage.fit(ROWS).summary();
    assertThat(summary.totalIterations()).isLessThan(50);
    assertThat(summary.history())
        .extracting(EpochResult::validation)
        .allSatisfy(metrics -> assertThat(metrics).containsKeys("loss", "accuracy"));
    assertThat(summary.metrics()).containsOnlyKeys("train", "validation");
    assertThat(summary.objectiveHistory()).hasSize(summary.totalIterations());
    stage.clear(stage.validationIndicatorCol());
    rejected(() -> stage.fit(ROWS), "patience needs rows to evaluate the network on");
  }

  @Test
  void startsFromAModel() {
    NeuralNetworkClassificationModel first = stage().fit(ROWS);
    NeuralNetworkClassifier further =
        stage().setSolver("sgd").setStepSize(1e-9).setMaxIter(1).setInitialModel(first);
    float[] before = weights(first);
    float[] after = weights(further.copy(ParamMap.empty()).fit(ROWS));
    for (int i = 0; i < before.length; i++) {
      assertThat(after[i]).isCloseTo(before[i], org.assertj.core.data.Offset.offset(1e-6f));
    }
    assertThat(first.fittedNetwork().model().arrays().states().get(0).steps())
        .isLessThan(further.fit(ROWS).fittedNetwork().model().arrays().states().get(0).steps());
    rejected(
        () -> further.setNetwork("[{ dense = 9 }, batchNorm, relu, { dense = 3 }]").fit(ROWS),
        "the initial model");
  }

  @Test
  void goesOnFromItsCheckpoints(@TempDir Path folder) {
    NeuralNetworkClassifier stage = stage().setCheckpointDir(folder.resolve("state").toString());
    stage.setMaxIter(2).fit(ROWS);
    NeuralNetworkClassificationModel resumed = stage.setMaxIter(4).fit(ROWS);
    assertThat(weights(resumed)).isEqualTo(weights(stage().fit(ROWS)));
    rejected(() -> stage.setSeed(5).fit(ROWS), "belongs to another run");
  }

  @Test
  void standsInPipelinesAndSearches() {
    NeuralNetworkClassifier stage = stage().setMaxIter(2);
    BatchNormalizer normalizer =
        new BatchNormalizer().setInputCol("features").setOutputCol("normalized");
    Pipeline pipeline =
        new Pipeline()
            .setStages(new PipelineStage[] {normalizer, stage.setFeaturesCol("normalized")});
    ParamMap[] grid =
        new ParamGridBuilder().addGrid(stage.stepSize(), new double[] {1e-6, 0.05}).build();
    MulticlassClassificationEvaluator evaluator = new MulticlassClassificationEvaluator();
    CrossValidatorModel best =
        new CrossValidator()
            .setEstimator(pipeline)
            .setEstimatorParamMaps(grid)
            .setEvaluator(evaluator)
            .setNumFolds(2)
            .setParallelism(2)
            .fit(ROWS);
    PipelineModel model = (PipelineModel) best.bestModel();
    assertThat(((NeuralNetworkClassificationModel) model.stages()[1]).getStepSize())
        .isEqualTo(0.05);
    assertThat(
            new TrainValidationSplit()
                .setEstimator(pipeline)
                .setEstimatorParamMaps(grid)
                .setEvaluator(evaluator)
                .setParallelism(2)
                .fit(ROWS)
                .validationMetrics())
        .hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gang", "tree", "in-process"})
  void theEngineIsNoPartOfTheResult(String engine) {
    assertThat(weights(stage().setEngine(engine).fit(ROWS))).isEqualTo(weights(stage().fit(ROWS)));
  }

  @Test
  void aPartOfTheDataMayLackAClass() {
    assertThat(stage().fit(ROWS.where("label < 2")).numClasses()).isEqualTo(3);
  }

  @Test
  void whatDoesNotFitIsOneSentence() {
    rejected(() -> stage().fit(ROWS.drop("features")), "There is no column 'features'");
    rejected(() -> stage().fit(ROWS.drop("label")), "There is no column 'label'");
    rejected(() -> stage().setWeightCol("w").fit(ROWS), "There is no column 'w'");
    rejected(
        () -> stage().setLabelCol("name").fit(ROWS.selectExpr("*", "'x' AS name")),
        "Column 'name' is string; the label must be a number (StringIndexer numbers texts).");
    rejected(
        () -> stage().setFeaturesCol("name").fit(ROWS.selectExpr("*", "'x' AS name")),
        "Column 'name' is string, not a number");
    rejected(
        () -> stage().setInputCols("a", "features").fit(ROWS),
        "inputCols are numbers, featuresCol may be a vector or an array");
    rejected(
        () -> stage().setValidationIndicatorCol("a").fit(ROWS),
        "Column 'a' is double; the validation indicator must be boolean.");
    rejected(() -> stage().fit(label("label + 1")), "the label 3, but the classes are 0 to 2");
    rejected(() -> stage().fit(label("label + 0.5")), "the label 0.5");
    rejected(() -> stage().fit(label("if(id = 3, null, label)")), "Column 'label' has a missing");
    rejected(
        () -> stage().fit(label("if(id = 3, double('NaN'), label)")), "Column 'label' has the");
    NeuralNetworkClassifier open = stage();
    open.clear(open.network());
    rejected(() -> open.fit(label("label - 1")), "Column 'label' has the label -1.0; number");
    rejected(
        () -> stage().setWeightCol("w").fit(ROWS.selectExpr("*", "-1 AS w")),
        "row weights must be at least 0");
    rejected(
        () -> stage().setWeightCol("w").fit(ROWS.selectExpr("*", "0 AS w")),
        "All weights in column 'w' are 0");
    rejected(
        () -> stage().setInputCols("a", "n").fit(ROWS.selectExpr("*", "if(id = 3, null, b) AS n")),
        "Column 'n' has a missing value");
    rejected(
        () ->
            stage()
                .fit(
                    ROWS.selectExpr(
                        "if(id = 3, array(1D), array(a, b)) AS features", "label", "id")),
        "blocks of");
    rejected(() -> stage().fit(ROWS.where("false")), "There are no rows in the training data.");
    rejected(
        () -> stage().setNetwork("[{ dense = }]").fit(ROWS), "network is not a list of layers");
    rejected(() -> stage().setNetwork("[{ dens = 3 }]").fit(ROWS), "dens");
    rejected(() -> stage().setOptions("training.epoch = 3").fit(ROWS), "epoch");
    rejected(
        () -> stage().setOptions("loss = meanSquaredError").fit(ROWS),
        "The loss meanSquaredError does not predict classes");
    rejected(() -> stage().setBatchSize(500).fit(ROWS), "batchSize is 500, but there are only 120");
    rejected(
        () -> stage().fit(stage().fit(ROWS).transform(ROWS)), "a column 'rawPrediction' already");
    NeuralNetworkClassificationModel model = stage().fit(ROWS);
    rejected(() -> model.transform(ROWS.drop("features")), "There is no column 'features'");
    rejected(
        () -> model.copy(ParamMap.empty()).setInputCols("a").transform(ROWS),
        "inputCols has 1 features, but the model was fitted to 2.");
    rejected(
        () -> model.transform(ROWS.selectExpr("array(a, b, 1D) AS features")).collectAsList(),
        "blocks of 2 and of 3");
    rejected(() -> new NeuralNetworkClassificationModel().numFeatures(), "has no network");
  }

  private static Dataset<Row> label(String expression) {
    return ROWS.drop("label").join(NUMBERS.selectExpr("id", expression + " AS label"), "id");
  }

  private static void rejected(ThrowingCallable call, String sentence) {
    assertThatThrownBy(call).hasMessageContaining(sentence);
  }

  @Test
  void schemasAreCheckedWithoutData() {
    NeuralNetworkClassifier stage = stage();
    assertThat(stage.transformSchema(ROWS.schema()).fieldNames())
        .endsWith("rawPrediction", "probability", "prediction");
    assertThat(stage.explainParams()).contains("solver: optimizer", "maxIter: epochs");
    assertThat(stage.copy(ParamMap.empty()).uid()).isEqualTo(stage.uid());
    assertThat(Arrays.stream(stage.params()).map(param -> param.parent()).distinct())
        .containsExactly(stage.uid());
    NeuralNetworkClassificationModel model = stage.fit(ROWS);
    assertThat(model.transformSchema(ROWS.schema())).isEqualTo(model.transform(ROWS).schema());
  }
}
