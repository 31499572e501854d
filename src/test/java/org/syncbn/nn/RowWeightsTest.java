package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.RowWeights;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** Rows of weight 0 count for nothing in training; other weights, in batch norms, as they say. */
class RowWeightsTest {

  private static final CounterRandom RANDOM = CounterRandom.of(23);
  private static final Shape INPUT = Shape.image(2, 6, 6);
  private static final int OUTPUTS = 3;

  private static List<LayerSpec> layers(RowWeights rowWeights) {
    LayerSpec norm =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().rowWeights(rowWeights).build());
    return List.of(
        new NormalizationSpec.LayerNormalization(1e-5),
        LinearSpec.Conv2d.of(4, Extent.square(3)),
        norm,
        new ActivationSpec.Relu(),
        PoolingSpec.MaxPool.of(2),
        new GraphSpec.Residual(
            List.of(norm, LinearSpec.Conv2d.of(4, Extent.square(1)), new ActivationSpec.Tanh()),
            List.of()),
        new ShapeSpec.Flatten(),
        LinearSpec.Dense.of(5),
        norm,
        new ActivationSpec.Sigmoid(),
        LinearSpec.Dense.of(OUTPUTS));
  }

  private static Training training(RowWeights rowWeights, Loss loss) {
    return new Training(
        Network.of(INPUT, layers(rowWeights), RANDOM),
        loss,
        List.of(),
        Optimizers.momentum(Schedule.constant(0.05), 0.9));
  }

  private static Tensor values(int rows, int[] shape, String purpose) {
    int[] whole = new int[shape.length + 1];
    whole[0] = rows;
    System.arraycopy(shape, 0, whole, 1, shape.length);
    Tensor values = Tensor.zeros(whole);
    for (int i = 0; i < values.size(); i++) {
      values.set(i, (float) RANDOM.fork(purpose).gaussian(i) + 1);
    }
    return values;
  }

  private static Tensor select(Tensor rows, int... chosen) {
    int[] shape = rows.shape();
    shape[0] = chosen.length;
    Tensor some = Tensor.zeros(shape);
    for (int i = 0; i < chosen.length; i++) {
      some.rows(i, i + 1).copyFrom(rows.rows(chosen[i], chosen[i] + 1));
    }
    return some;
  }

  private static void assertSameStep(Training actual, Training expected, float tolerance) {
    assertThat(actual.gradients.toArray())
        .containsExactly(expected.gradients.toArray(), within(tolerance));
    for (int norm = 0; norm < expected.states.size(); norm++) {
      assertThat(actual.states.get(norm).runningMean())
          .containsExactly(expected.states.get(norm).runningMean(), within(1e-6));
      assertThat(actual.states.get(norm).runningVariance())
          .containsExactly(expected.states.get(norm).runningVariance(), within(1e-6));
    }
  }

  @ParameterizedTest
  @EnumSource(RowWeights.class)
  void rowsOfWeightZeroCountForNothingEvenIfTheyHoldNaN(RowWeights rowWeights) {
    Tensor x = values(9, new int[] {6, 6, 2}, "x");
    Tensor y = values(9, new int[] {OUTPUTS}, "y");
    float[] weights = new float[9];
    Arrays.fill(weights, 1);
    for (int masked : new int[] {0, 4, 5}) {
      weights[masked] = 0;
      x.rows(masked, masked + 1).fill(Float.NaN);
      y.rows(masked, masked + 1).fill(Float.NaN);
    }
    Training some = training(rowWeights, new NumberLoss.MeanSquaredError());
    some.step(Batch.of(x, y, weights), 4, 6); // the second shard has masked rows only
    Training without = training(rowWeights, new NumberLoss.MeanSquaredError());
    int[] others = {1, 2, 3, 6, 7, 8};
    without.step(Batch.of(select(x, others), select(y, others)), 3);
    assertSameStep(some, without, 2e-5f);
    assertThat(some.sums).containsExactly(without.sums, within(1e-5));
    assertThat(x.get(0)).isNaN(); // the caller's rows stay as they are
  }

  @Test
  void aWeightOfTwoIsTheRowTwice() {
    Tensor x = values(5, new int[] {6, 6, 2}, "x");
    Tensor y = values(5, new int[] {OUTPUTS}, "y");
    Training weighted = training(RowWeights.WEIGHTED, new NumberLoss.MeanSquaredError());
    weighted.gradients(Batch.of(x, y, new float[] {1, 2, 1, 3, 0}), 2);
    Training repeated = training(RowWeights.WEIGHTED, new NumberLoss.MeanSquaredError());
    int[] rows = {0, 1, 1, 2, 3, 3, 3};
    repeated.gradients(Batch.of(select(x, rows), select(y, rows)), 3);
    assertSameStep(weighted, repeated, 2e-5f);
  }

  @Test
  void aMaskKnowsOnlyZero() {
    Tensor x = values(6, new int[] {6, 6, 2}, "x");
    Tensor y = values(6, new int[] {OUTPUTS}, "y");
    Training masked = training(RowWeights.MASK, new NumberLoss.MeanSquaredError());
    masked.step(Batch.of(x, y, new float[] {1, 2, 0.5f, 3, 1, 9}), 2);
    Training plain = training(RowWeights.MASK, new NumberLoss.MeanSquaredError());
    plain.step(Batch.of(x, y), 2);
    assertThat(masked.states.get(0).runningMean()).isEqualTo(plain.states.get(0).runningMean());
    assertThat(masked.states.get(1).runningVariance())
        .isEqualTo(plain.states.get(1).runningVariance());
  }

  @Test
  void weightsOfOneHaveTheBitsOfNone() {
    Tensor x = values(40, new int[] {6, 6, 2}, "x");
    Tensor y = values(40, new int[] {OUTPUTS}, "y");
    float[] ones = new float[40];
    Arrays.fill(ones, 1);
    Training weighted = training(RowWeights.WEIGHTED, new NumberLoss.MeanSquaredError());
    weighted.step(Batch.of(x, y, ones), 17);
    Training plain = training(RowWeights.WEIGHTED, new NumberLoss.MeanSquaredError());
    plain.step(Batch.of(x, y), 17);
    assertThat(weighted.weights.toArray()).isEqualTo(plain.weights.toArray());
    assertThat(weighted.states).isEqualTo(plain.states);
  }

  @Test
  void theStatisticsOfADatasetAndOfAnEvaluatedBatchLeaveOutTheSameRows() {
    LayerSpec own =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder()
                .evaluationSource(StatisticsSource.BATCH)
                .rowWeights(RowWeights.WEIGHTED)
                .build());
    Network network = Network.of(Shape.features(1), List.of(own), RANDOM);
    Tensor weights = network.initialWeights();
    Batch batch =
        Batch.of(
            Tensor.of(new float[] {2, Float.NaN, 5}, 3, 1),
            Tensor.zeros(3, 1),
            new float[] {2, 0, 1});
    // The mean of {2, 2, 5} is 3, the variance 2.
    StatisticsPass statistics = new StatisticsPass(network, 3);
    statistics.begin(0, weights, network.initialStates(weights));
    statistics.add(batch);
    var state =
        network
            .batchNorms()
            .get(0)
            .withStatistics(network.initialStates(weights).get(0), statistics.moments());
    assertThat(state.runningMean()).containsExactly(3);
    InferencePass inference =
        new InferencePass(network, weights, network.initialStates(weights), 3);
    float scale = (float) (1 / Math.sqrt(2 + 1e-5));
    float[] y = inference.run(batch).toArray();
    assertThat(y[0]).isEqualTo(-scale, within(1e-6f));
    assertThat(y[2]).isEqualTo(2 * scale, within(1e-6f));
  }
}
