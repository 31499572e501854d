package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

class LossAndMetricTest {

  private static final float NAN = Float.NaN;

  private static Measures measures(int outputs, Loss loss, Metric... metrics) {
    Network network = Network.of(Shape.features(outputs), List.of(), CounterRandom.of(1));
    return Measures.of(network, loss, List.of(metrics));
  }

  private static double[] sums(Measures measures, Batch batch) {
    double[] sums = new double[measures.length()];
    measures.add(batch, batch.inputs(), sums, measures.tallies());
    return sums;
  }

  /** The loss and the metrics of outputs. */
  private static Map<String, Double> values(Measures measures, Batch batch) {
    double[] sums = new double[measures.length()];
    return measures.values(sums, tallies(measures, batch, sums));
  }

  private static List<Tally> tallies(Measures measures, Batch batch, double[] sums) {
    List<Tally.Builder> tallies = measures.tallies();
    measures.add(batch, batch.inputs(), sums, tallies);
    return tallies.stream().map(Tally.Builder::tally).toList();
  }

  private static Batch batch(int rows, float[] outputs, float[] targets, float... weights) {
    return Batch.of(
        Tensor.of(outputs, rows, outputs.length / rows),
        Tensor.of(targets, rows, targets.length / rows),
        weights);
  }

  @Test
  void crossEntropyWeighsClassesAndSmoothsLabels() {
    Measures measures =
        measures(
            2,
            new ClassLoss.SoftmaxCrossEntropy(0.2, List.of(1.0, 3.0)),
            new ClassMetric.LogLoss());
    double[] sums = sums(measures, batch(1, new float[] {0, 0}, new float[] {1}));
    double ln2 = Math.log(2);
    // (0.8 * 3 + 0.1 * (1 + 3)) * ln 2, divided by the weight of class 1
    assertThat(measures.loss(sums)).isCloseTo(2.8 * ln2 / 3, within(1e-12));
    assertThat(measures.values(sums).get("logLoss")).isCloseTo(ln2, within(1e-12));
  }

  @Test
  void theGradientOfASureAndRightAnswerKeepsItsDigits() {
    float[] gradient = new float[2];
    ClassLoss.SoftmaxCrossEntropy.plain().row(new float[] {20, 0}, new float[] {0}, 1, gradient);
    float other = (float) (1 / (1 + Math.exp(20)));
    assertThat(gradient).containsExactly(new float[] {-other, other}, within(1e-6f * other));
  }

  /** cross_entropy(weight, label_smoothing), binary_cross_entropy_with_logits and huber_loss. */
  @Test
  void meansAndGradientsAreThoseOfPyTorch() {
    check(
        new ClassLoss.SoftmaxCrossEntropy(0.1, List.of(1.0, 2.5, 0.5)),
        new float[] {1, -2, 0.5f, 0, 3, -1, 2, 2, -4, -1, 0, 1},
        new float[] {0, 2, 1, 2},
        1.0950160044290889,
        -0.068768771995501,
        -0.011616107298839,
        0.080384879294339,
        -0.001365030406559,
        0.102845867835843,
        -0.101480837429284,
        0.257079608524187,
        -0.254031502586924,
        -0.003048105937263,
        0.004263222448012,
        0.013205542544140,
        -0.017468764992153);
    check(
        new ClassLoss.BinaryCrossEntropy(3),
        new float[] {1, -2, 0.5f, 30, -30, 100},
        new float[] {1, 0, 0.25f, 1, 1, 0},
        32.02547142497806,
        -0.1344707106849975,
        0.01986715367035292,
        0.03061483280046366,
        -4.677739677087326e-14,
        -0.4999999999999532,
        1.0 / 6);
    check(
        new NumberLoss.Huber(1.5),
        new float[] {1, -2, 0.5f, 30},
        new float[] {0.5f, 0, 0.25f, 1},
        11.1015625,
        0.125,
        -0.375,
        0.0625,
        0.375);
  }

  private static void check(
      Loss loss, float[] outputs, float[] targets, double mean, double... gradients) {
    int rows = loss instanceof ClassLoss.SoftmaxCrossEntropy ? targets.length : outputs.length / 2;
    int width = outputs.length / rows;
    double sum = 0;
    double weight = 0;
    float[] found = new float[outputs.length];
    for (int row = 0; row < rows; row++) {
      float[] gradient = new float[width];
      int targetSize = targets.length / rows;
      float[] target = Arrays.copyOfRange(targets, row * targetSize, (row + 1) * targetSize);
      float[] output = Arrays.copyOfRange(outputs, row * width, (row + 1) * width);
      sum += loss.row(output, target, 1, gradient);
      weight += loss.weight(width, target, 1);
      System.arraycopy(gradient, 0, found, row * width, width);
    }
    assertThat(sum / weight).as(loss.kind()).isCloseTo(mean, within(1e-9 * mean));
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i] / weight).as(loss.kind() + i).isCloseTo(gradients[i], within(1e-7));
    }
  }

  @Test
  void rowsOfWeightZeroCountForNothingWhateverTheyHold() {
    Measures measures =
        measures(
            2,
            ClassLoss.SoftmaxCrossEntropy.plain(),
            new ClassMetric.Accuracy(),
            new ClassMetric.F1(Metric.Average.MACRO),
            new ClassMetric.RocAuc(Metric.Average.MACRO));
    Batch poisoned = batch(3, new float[] {1, 0, NAN, NAN, 0, 2}, new float[] {0, NAN, 0}, 1, 0, 2);
    Batch without = batch(2, new float[] {1, 0, 0, 2}, new float[] {0, 0}, 1, 2);
    assertThat(sums(measures, poisoned)).isEqualTo(sums(measures, without));
    assertThat(values(measures, poisoned)).isEqualTo(values(measures, without));
    assertThat(values(measures, poisoned).get("accuracy")).isEqualTo(1.0 / 3);
  }

  @Test
  void huberIsASquareInsideAndALineOutside() {
    Measures measures = measures(1, new NumberLoss.Huber(2));
    assertThat(sums(measures, batch(1, new float[] {1}, new float[] {0}))[0]).isEqualTo(0.5);
    assertThat(sums(measures, batch(1, new float[] {-5}, new float[] {0}))[0])
        .isEqualTo(2 * (5 - 1.0));
  }

  @Test
  void binaryCrossEntropyDoesNotOverflow() {
    Measures measures =
        measures(2, new ClassLoss.BinaryCrossEntropy(1), new ClassMetric.Accuracy());
    double[] sums = sums(measures, batch(1, new float[] {1000, -1000}, new float[] {0, 0}));
    assertThat(measures.loss(sums)).isEqualTo(500);
    assertThat(measures.values(sums)).isEqualTo(Map.of("loss", 500.0, "accuracy", 0.5));
  }

  @Test
  void predictionsAreWhatALayerWouldPutOutAndWhatTheLossJudges() {
    float[] logits = {0.3f, -2, 5.5f, 0, -40, 1e-3f, 3.25f};
    assertThat(predicted(ClassLoss.SoftmaxCrossEntropy.plain(), logits))
        .containsExactly(layer(new ActivationSpec.Softmax(), logits));
    assertThat(predicted(new ClassLoss.BinaryCrossEntropy(1), logits))
        .containsExactly(layer(new ActivationSpec.Sigmoid(), logits));
    assertThat(predicted(new NumberLoss.MeanSquaredError(), logits)).containsExactly(logits);
    assertThat(predicted(new NumberLoss.Poisson(), 0, 1)).containsExactly(1, (float) Math.E);
    float[] probabilities = predicted(ClassLoss.SoftmaxCrossEntropy.plain(), logits);
    for (int label = 0; label < logits.length; label++) {
      double[] sums =
          sums(
              measures(logits.length, ClassLoss.SoftmaxCrossEntropy.plain()),
              batch(1, logits, new float[] {label}));
      assertThat(probabilities[label] / Math.exp(-sums[0])).isCloseTo(1, within(1.2e-7));
    }
  }

  private static float[] predicted(Loss loss, float... logits) {
    float[] predicted = logits.clone();
    loss.predict(predicted);
    return predicted;
  }

  private static float[] layer(LayerSpec layer, float[] logits) {
    Network network =
        Network.of(Shape.features(logits.length), List.of(layer), CounterRandom.of(1));
    return new InferencePass(network, network.initialWeights(), List.of(), 1)
        .run(Tensor.of(logits, 1, logits.length))
        .toArray();
  }

  @Test
  void regressionMetricsAreMeansOverRowsAndOutputs() {
    Measures measures =
        measures(
            2,
            new NumberLoss.MeanSquaredError(),
            new NumberMetric.RootMeanSquaredError(),
            new NumberMetric.MeanAbsoluteError());
    double[] sums =
        sums(measures, batch(2, new float[] {1, 2, 3, 4}, new float[] {1, 0, 0, 4}, 1, 3));
    assertThat(measures.loss(sums)).isEqualTo((4 + 3 * 9) / 8.0);
    assertThat(measures.values(sums).get("rmse")).isEqualTo(Math.sqrt(31 / 8.0));
    assertThat(measures.values(sums).get("mae")).isEqualTo((2 + 3 * 3) / 8.0);
  }

  @Test
  void topAccuracyAndConfusionTellClassesApart() {
    Measures measures =
        measures(
            3,
            ClassLoss.SoftmaxCrossEntropy.plain(),
            new ClassMetric.TopK(2),
            new ClassMetric.BalancedAccuracy(),
            new ClassMetric.ConfusionMatrix());
    float[] outputs = {1, 3, 2, 1, 1, 1, 0, 0, 5};
    Batch batch = batch(3, outputs, new float[] {2, 2, 2});
    // Second place counts; of equals the first classes win.
    assertThat(values(measures, batch).get("top2Accuracy")).isEqualTo(2.0 / 3);
    assertThat(values(measures, batch).get("balancedAccuracy")).isEqualTo(1.0 / 3);
    assertThat(measures.confusionMatrix(tallies(measures, batch, new double[measures.length()])))
        .containsExactly(List.of(0.0, 0.0, 0.0), List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
  }

  @Test
  void outputsThatAreNotNumbersAreNotAmongTheBest() {
    Measures measures = measures(3, ClassLoss.SoftmaxCrossEntropy.plain(), new ClassMetric.TopK(2));
    float[] outputs = {NAN, NAN, NAN, 1, NAN, 2, 1, NAN, 2};
    double[] sums = sums(measures, batch(3, outputs, new float[] {0, 2, 0}));
    assertThat(measures.values(sums).get("top2Accuracy")).isEqualTo(1.0 / 3);
  }

  @Test
  void outputsThatAreNotNumbersAreNeverRight() {
    Measures classes =
        measures(
            3,
            ClassLoss.SoftmaxCrossEntropy.plain(),
            new ClassMetric.Accuracy(),
            new ClassMetric.BalancedAccuracy(),
            new ClassMetric.ConfusionMatrix(),
            new ClassMetric.RocAuc(Metric.Average.PER_CLASS));
    float[] outputs = {NAN, NAN, NAN, 5, NAN, 2, 1, 0, 0};
    Batch batch = batch(3, outputs, new float[] {0, 0, 1});
    assertThat(values(classes, batch).get("accuracy")).isEqualTo(0);
    assertThat(values(classes, batch).get("balancedAccuracy")).isEqualTo(0);
    // A row of the class stands below all others, and another above all.
    assertThat(values(classes, batch).get("rocAucPerClass.0")).isEqualTo(0);
    assertThat(values(classes, batch).get("rocAucPerClass.1")).isEqualTo(0);
    assertThat(classes.confusionMatrix(tallies(classes, batch, new double[classes.length()])))
        .containsExactly(List.of(0.0, 0.0, 0.0), List.of(1.0, 0.0, 0.0), List.of(0.0, 0.0, 0.0));
    Measures binary = measures(4, new ClassLoss.BinaryCrossEntropy(1), new ClassMetric.Accuracy());
    Batch sides = batch(1, new float[] {NAN, -1, -1, 1}, new float[] {0, 0, NAN, NAN});
    assertThat(values(binary, sides).get("accuracy")).isEqualTo(0.25);
  }

  @Test
  void ofTwoClassesTheRocAreaIsUsualWhereBothOccur() {
    Network two = Network.of(Shape.features(2), List.of(), CounterRandom.of(1));
    Measures measures = Measures.usual(two, ClassLoss.SoftmaxCrossEntropy.plain());
    float[] outputs = {0, 1, 0, -1, 0, 2};
    assertThat(values(measures, batch(3, outputs, new float[] {0, 0, 1})).get("rocAuc"))
        .isEqualTo(1);
    assertThat(values(measures, batch(3, outputs, new float[] {0, 1, 1})).get("rocAuc"))
        .as("one of two pairs is in order")
        .isEqualTo(0.5);
    assertThat(values(measures, batch(3, outputs, new float[3])))
        .containsOnlyKeys("loss", "accuracy");
    Network one = Network.of(Shape.features(1), List.of(), CounterRandom.of(1));
    assertThat(Measures.usual(one, new ClassLoss.BinaryCrossEntropy(1)).labels())
        .containsExactly("loss", "accuracy", "rocAuc");
    assertThat(Measures.usual(two, new ClassLoss.BinaryCrossEntropy(1)).labels())
        .containsExactly("loss", "accuracy");
    assertThat(Metric.ofSteps(ClassLoss.SoftmaxCrossEntropy.plain(), 2))
        .containsExactly(new ClassMetric.Accuracy());
  }

  @Test
  void aClassOutOfRangeIsRejectedWithASentence() {
    Measures measures = measures(3, ClassLoss.SoftmaxCrossEntropy.plain());
    for (float label : new float[] {3, -1}) {
      assertThatThrownBy(() -> sums(measures, batch(1, new float[3], new float[] {label})))
          .hasMessage(
              "a row has the class %d, but the network tells 0 to 2 apart".formatted((int) label));
    }
    assertThatThrownBy(() -> sums(measures, batch(1, new float[3], new float[] {0.5f})))
        .hasMessage("a row has the class 0.5, but the network tells 0 to 2 apart");
  }

  @Test
  void aLossThatDoesNotFitTheOutputIsRejected() {
    assertThatThrownBy(() -> measures(3, new ClassLoss.SoftmaxCrossEntropy(0, List.of(1.0))))
        .hasMessage("the loss has 1 class weights, but the network 3 outputs");
    assertThatThrownBy(
            () ->
                measures(
                    3,
                    new ClassLoss.BinaryCrossEntropy(
                        new ClassLoss.PositiveWeight(List.of(1.0, 2.0)), 0)))
        .hasMessage("the loss has 2 weights of positives, but the network 3 outputs");
    assertThatThrownBy(() -> measures(2, new NumberLoss.Quantile(List.of(0.5))))
        .hasMessage("the loss has 1 quantiles, but the network 2 outputs");
    assertThatThrownBy(() -> new NumberLoss.Quantile(List.of(0.5, 1.0)))
        .hasMessage("quantiles are above 0 and below 1, one for each output; they were [0.5, 1.0]");
    Network images = Network.of(Shape.image(1, 2, 2), List.of(), CounterRandom.of(1));
    assertThatThrownBy(() -> Measures.of(images, new NumberLoss.MeanSquaredError(), List.of()))
        .hasMessage(
            "the network ends with images of 1 x 2 x 2, but a loss needs features: add a flatten"
                + " layer");
  }
}
