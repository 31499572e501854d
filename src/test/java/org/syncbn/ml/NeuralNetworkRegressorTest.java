package org.syncbn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.syncbn.ml.NeuralNetworkClassifierTest.ROWS;

import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.syncbn.api.NetworkTrainer;

class NeuralNetworkRegressorTest {

  private static final Dataset<Row> SUMS = ROWS.drop("label").selectExpr("*", "a - 2 * b AS label");

  static NeuralNetworkRegressor stage() {
    return new NeuralNetworkRegressor().setMaxIter(4).setBatchSize(20).setStepSize(0.05);
  }

  private static float[] weights(NeuralNetworkRegressionModel model) {
    return model.fittedNetwork().model().arrays().weights().toArray();
  }

  @Test
  void learnsWithoutANetworkAndIsJudgedBySparksEvaluator() {
    NeuralNetworkRegressionModel model = stage().setMaxIter(40).fit(SUMS);
    RegressionEvaluator evaluator = new RegressionEvaluator().setMetricName("r2");
    assertThat(evaluator.evaluate(model.transform(SUMS))).isGreaterThan(0.95);
    for (Row row : model.transform(SUMS).limit(9).collectAsList()) {
      assertThat(model.predict(row.<Vector>getAs("features")))
          .isEqualTo(row.<Double>getAs("prediction"));
    }
  }

  @Test
  void theWeightsAreThoseOfTheLibrary() {
    NeuralNetworkRegressionModel model =
        stage()
            .setNetwork("[{ dense = 4 }, tanh, { dense = 1 }]")
            .setOptions("loss { huber { delta = 2 } }")
            .setInputCols("a", "b")
            .setSeed(9)
            .setShards(3)
            .fit(SUMS);
    assertThat(weights(model))
        .isEqualTo(
            NetworkTrainer.parse(
                    """
                    network = [{ dense = 4 }, tanh, { dense = 1 }]
                    loss { huber { delta = 2 } }
                    optimizer.adam.learningRate = 0.05
                    data { label = label, features = [a, b], standardize = false, categories.numbersUpTo = 0 }
                    training { epochs = 4, batchSize = 20 }
                    seed = 9
                    shards = 3
                    """)
                .fit(SUMS)
                .model()
                .arrays()
                .weights()
                .toArray());
  }

  @Test
  void isSearchedFor() {
    NeuralNetworkRegressor stage = stage().setMaxIter(2);
    ParamMap[] grid =
        new ParamGridBuilder().addGrid(stage.stepSize(), new double[] {1e-6, 0.1}).build();
    NeuralNetworkRegressionModel best =
        (NeuralNetworkRegressionModel)
            new CrossValidator()
                .setEstimator(stage)
                .setEstimatorParamMaps(grid)
                .setEvaluator(new RegressionEvaluator())
                .setNumFolds(2)
                .setParallelism(2)
                .fit(SUMS)
                .bestModel();
    assertThat(best.getStepSize()).isEqualTo(0.1);
  }

  @Test
  void startsFromAModelOfItsKind() {
    NeuralNetworkRegressionModel first = stage().fit(SUMS);
    NeuralNetworkRegressionModel further =
        stage().setSolver("sgd").setStepSize(1e-12).setMaxIter(1).setInitialModel(first).fit(SUMS);
    assertThat(weights(further))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(weights(first));
  }

  @Test
  void whatDoesNotFitIsOneSentence() {
    assertThatThrownBy(() -> stage().setOptions("loss = softmaxCrossEntropy").fit(SUMS))
        .hasMessage(
            "The loss softmaxCrossEntropy does not predict numbers; leave it out of options, or"
                + " name another.");
    assertThatThrownBy(() -> stage().setNetwork("[{ dense = 2 }]").fit(SUMS))
        .hasMessageContaining("2");
    assertThatThrownBy(() -> stage().setLabelCol("b.c").fit(SUMS))
        .hasMessageStartingWith("There is no column 'b.c'");
    assertThatThrownBy(() -> stage().setStepSize(1e30).setSolver("sgd").fit(SUMS))
        .hasMessageContaining("lower the learning rate");
  }
}
