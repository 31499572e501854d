package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.data.Block;
import org.syncbn.nn.ClassLoss;
import org.syncbn.tensor.CounterRandom;

class PredictorTest {

  private static final List<String> NETWORKS =
      List.of(
          "network=[{dense=10}]",
          "network=[{dense=31},batchNorm,relu,{dense=17},gelu,{dense=10}]",
          "network=[{conv2d{filters=5,kernel=3}},batchNorm,relu,{maxPool{window=2}},flatten,{dense=10}]");

  private static InferencePlan plan(String network) throws IOException {
    try (Runs.Run run = new Runs.Run(Runs.options(network), 1)) {
      return run.run.trained().inference();
    }
  }

  private static Block rows(int count) {
    float[] features = new float[count * 784];
    float[] labels = new float[count];
    CounterRandom random = CounterRandom.of(4);
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (128 + 90 * random.gaussian(i));
      labels[i % count] = i % 10;
    }
    return Block.ofFloats(count, features, labels, new float[0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aRowHasTheSameBitsWhereverItStands(int network) throws IOException {
    InferencePlan plan = plan(NETWORKS.get(network));
    Block rows = rows(300);
    float[] all = plan.open().outputs(rows);
    double[] sums = plan.open().evaluate(rows, 0, 300, List.of());
    int length = plan.measures().length();
    for (int[] place : new int[][] {{0, 1}, {3, 11}, {140, 257}, {299, 300}, {17, 300}}) {
      int from = place[0];
      int to = place[1];
      int[] some = new int[to - from];
      Arrays.setAll(some, i -> from + i);
      assertThat(plan.open().outputs(rows.select(some)))
          .isEqualTo(Arrays.copyOfRange(all, from * 10, to * 10));
      assertThat(plan.open().evaluate(rows, from, to, List.of()))
          .isEqualTo(Arrays.copyOfRange(sums, from * length, to * length));
    }
  }

  @Test
  void theSumsOfRowsAreThoseOfTheEvaluation() throws IOException {
    InferencePlan plan = plan(NETWORKS.get(1));
    Block rows = rows(20);
    float[] outputs = plan.open().outputs(rows);
    double[] sums = plan.open().evaluate(rows, 0, 20, List.of());
    assertThat(plan.measures().loss()).isInstanceOf(ClassLoss.SoftmaxCrossEntropy.class);
    for (int row = 0; row < 20; row++) {
      int label = (int) rows.label(row, 0);
      float[] probabilities = Arrays.copyOfRange(outputs, row * 10, row * 10 + 10);
      plan.measures().loss().predict(probabilities);
      assertThat(Math.exp(-sums[row * 4]))
          .isCloseTo(probabilities[label], org.assertj.core.data.Percentage.withPercentage(1e-3));
      assertThat(sums[row * 4 + 1]).isEqualTo(1);
    }
  }

  @Test
  void aPredictorThatWasClosedLendsItsMemoryToTheNext() throws IOException {
    InferencePlan plan = plan(NETWORKS.get(1));
    Predictor first = plan.open();
    Predictor.Memory memory = first.memory();
    assertThat(plan.open().memory()).isNotSameAs(memory);
    float[] before = first.outputs(rows(300));
    first.evaluate(rows(5), 0, 5, List.of());
    first.close();
    try (Predictor again = plan.open()) {
      assertThat(again.memory()).isSameAs(memory);
      assertThat(again.outputs(rows(300))).isEqualTo(before);
    }
  }

  @Test
  void aPredictorClosedTwiceLendsItsMemoryOnce() throws IOException {
    InferencePlan plan = plan(NETWORKS.get(0));
    Predictor first = plan.open();
    first.close();
    first.close();
    try (Predictor one = plan.open();
        Predictor other = plan.open()) {
      first.close();
      assertThat(one.memory()).isNotSameAs(other.memory());
    }
  }

  @Test
  void aClosedPredictorRejectsToWork() throws IOException {
    Predictor closed = plan(NETWORKS.get(0)).open();
    closed.close();
    String sentence = "the predictor is closed; open another one";
    assertThatThrownBy(() -> closed.outputs(rows(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(sentence);
    assertThatThrownBy(() -> closed.evaluate(rows(1), 0, 1, List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(sentence);
  }

  @Test
  void noRowsAreNoOutputs() throws IOException {
    InferencePlan plan = plan(NETWORKS.get(0));
    Block none = rows(1).select(new int[0]);
    assertThat(plan.open().outputs(none)).isEmpty();
    assertThat(plan.open().evaluate(none, 0, 0, List.of())).isEmpty();
  }
}
