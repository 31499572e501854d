package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.norm.ActivationNoise;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.RowWeights;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** A mini-batch in pieces has the bits of the mini-batch at once. */
class MicroBatchesTest {

  private static final CounterRandom RANDOM = CounterRandom.of(41);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
  private static final int OUTPUTS = 3;
  private static final Shape IMAGE = Shape.image(3, 6, 7);

  // Shards with 3, 4, 0, 3, 3, 1, 0 and 4 rows.
  private static final int[] CUTS = {3, 7, 7, 10, 13, 14, 14};
  private static final int ROWS = 18;
  private static final int LARGEST_SHARD = 4;

  static Stream<Arguments> runs() {
    LayerSpec conv =
        LinearSpec.Conv2d.of(6, Extent.square(3)).with(Extent.square(1), Padding.of(1));
    LayerSpec block =
        new GraphSpec.Residual(
            List.of(conv, NORM, new ActivationSpec.Relu(), conv, NORM),
            List.of(LinearSpec.Conv2d.of(6, Extent.square(1)), NORM));
    List<LayerSpec> end =
        List.of(new PoolingSpec.GlobalAveragePool(), LinearSpec.Dense.of(OUTPUTS));
    return Stream.of(
            network("no batch norm", List.of(conv, new ActivationSpec.Relu()), end),
            network("a batch norm first", List.of(NORM, conv, new ActivationSpec.Tanh()), end),
            network(
                "residual blocks, dropout and pooling",
                List.of(
                    new RandomSpec.RandomFlip(true, true),
                    conv,
                    NORM,
                    new ActivationSpec.Relu(),
                    block,
                    new ActivationSpec.Relu(),
                    new RandomSpec.Dropout(0.3),
                    PoolingSpec.MaxPool.of(2),
                    block,
                    new ActivationSpec.Sigmoid()),
                end),
            network(
                "an identity that crosses batch norms",
                List.of(
                    conv,
                    new GraphSpec.Residual(
                        List.of(
                            NORM, new ActivationSpec.Relu(), conv, NORM, new ActivationSpec.Elu(1)),
                        List.of()),
                    NORM),
                end),
            network(
                "branches, one with fixed statistics",
                List.of(
                    new GraphSpec.Concat(
                        List.of(
                            GraphSpec.Branch.of("a", conv, NORM, new ActivationSpec.Softplus(1)),
                            GraphSpec.Branch.of(
                                "b",
                                conv,
                                norm(
                                    BatchNormOptions.PYTORCH.toBuilder()
                                        .trainingSource(StatisticsSource.RUNNING)),
                                new ActivationSpec.Tanh()),
                            GraphSpec.Branch.of("c"))),
                    LinearSpec.Conv2d.of(4, Extent.square(2)),
                    NORM),
                end),
            network(
                "ghost batches and noise",
                List.of(
                    conv,
                    norm(BatchNormOptions.PYTORCH.toBuilder().virtualBatchRows(5)),
                    new ActivationSpec.Relu(),
                    conv,
                    norm(BatchNormOptions.PYTORCH.toBuilder().noise(ActivationNoise.PUBLISHED)),
                    new ActivationSpec.Relu()),
                end),
            network(
                "masked places",
                List.of(
                    new ShapeSpec.Masking(0),
                    conv,
                    NORM,
                    new ActivationSpec.Sigmoid(),
                    PoolingSpec.MaxPool.of(2),
                    LinearSpec.Conv2d.of(5, Extent.square(2)),
                    NORM,
                    NormalizationSpec.GroupNormalization.of(5)),
                end),
            network(
                "dense layers",
                List.of(new ShapeSpec.Flatten(), LinearSpec.Dense.of(40)),
                List.of(
                    NORM,
                    new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.EXACT),
                    LinearSpec.Dense.of(24),
                    NORM,
                    new ActivationSpec.Relu(),
                    LinearSpec.Dense.of(OUTPUTS),
                    NORM)))
        .flatMap(
            network ->
                IntStream.of(0, 1, 2, 3)
                    .mapToObj(
                        keepEvery -> Arguments.of(network.get()[0], network.get()[1], keepEvery)));
  }

  private static LayerSpec norm(BatchNormOptions.Builder options) {
    return new NormalizationSpec.BatchNormalization(
        options.rowWeights(RowWeights.WEIGHTED).build());
  }

  private static Arguments network(String name, List<LayerSpec> layers, List<LayerSpec> end) {
    List<LayerSpec> all = new ArrayList<>(layers);
    all.addAll(end);
    return Arguments.of(name, Network.of(IMAGE, all, RANDOM));
  }

  private static Batch batch(float[] weights) {
    Tensor x = Tensor.zeros(ROWS, 6, 7, 3);
    for (int i = 0; i < x.size(); i++) {
      boolean isMasked = RANDOM.fork("mask").uniform(i / 3) < 0.2;
      x.set(i, isMasked ? 0 : (float) RANDOM.gaussian(i) + 1);
    }
    Tensor y = Tensor.zeros(ROWS, OUTPUTS);
    for (int i = 0; i < y.size(); i++) {
      y.set(i, (float) RANDOM.fork("y").gaussian(i));
    }
    return Batch.of(x, y, weights);
  }

  private static Training trained(Network network, MicroBatches microBatches, Batch batch) {
    Training training =
        new Training(
            network,
            new NumberLoss.MeanSquaredError(),
            List.of(),
            Optimizers.momentum(Schedule.constant(0.05), 0.9));
    training.microBatches = microBatches;
    training.step(batch, CUTS);
    training.step(batch, CUTS);
    return training;
  }

  @ParameterizedTest(name = "{0}, kept at every {2}")
  @MethodSource("runs")
  void hasTheBitsOfTheMiniBatchAtOnce(String name, Network network, int keepEvery) {
    float[] weights = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      weights[row] = row % 5; // some are 0
    }
    for (Batch batch : List.of(batch(new float[0]), batch(weights))) {
      Training whole = trained(network, MicroBatches.NONE, batch);
      for (int rows : new int[] {LARGEST_SHARD, 7, 11}) {
        Training some = trained(network, new MicroBatches(rows, keepEvery), batch);
        assertThat(some.sums).as(rows + " rows").isEqualTo(whole.sums);
        assertThat(some.gradients.toArray()).isEqualTo(whole.gradients.toArray());
        assertThat(some.weights.toArray()).isEqualTo(whole.weights.toArray());
        assertThat(some.states).isEqualTo(whole.states);
      }
    }
  }

  @Test
  void memoryIsUsedAgainByTheNextStep() {
    Network network = (Network) runs().toList().get(8).get()[1];
    for (int keepEvery : new int[] {0, 1, 2}) {
      Training training = trained(network, new MicroBatches(4, keepEvery), batch(new float[0]));
      long afterTwo = training.activationBytes;
      training.step(batch(new float[0]), CUTS);
      assertThat(training.activationBytes).isEqualTo(afterTwo);
    }
  }

  @Test
  void memoryIsThatOfAPieceAndOfWhatIsKept() {
    LayerSpec conv =
        LinearSpec.Conv2d.of(3, Extent.square(3)).with(Extent.square(1), Padding.of(1));
    Network network =
        Network.of(
            IMAGE,
            List.of(
                conv,
                NORM,
                conv,
                NORM,
                conv,
                NORM,
                conv,
                NORM,
                new ShapeSpec.Flatten(),
                LinearSpec.Dense.of(OUTPUTS)),
            RANDOM);
    Batch batch = batch(new float[0]);
    int rows = ROWS + 1; // that there is room for
    long values = (long) rows * IMAGE.size() * Float.BYTES; // that cross a batch norm
    long whole = trained(network, MicroBatches.NONE, batch).activationBytes;
    long piece = whole / rows * LARGEST_SHARD;
    // Gradients at one batch norm are always kept.
    assertThat(trained(network, new MicroBatches(LARGEST_SHARD, 0), batch).activationBytes)
        .isEqualTo(piece + values);
    assertThat(trained(network, new MicroBatches(LARGEST_SHARD, 1), batch).activationBytes)
        .isEqualTo(piece + 5 * values);
    assertThat(trained(network, new MicroBatches(LARGEST_SHARD, 2), batch).activationBytes)
        .isEqualTo(piece + 3 * values);
  }

  @Test
  void saysWhatIsOutOfRange() {
    assertThatThrownBy(() -> new MicroBatches(0, 1)).hasMessage("rows must be at least 1, was 0");
    assertThatThrownBy(() -> new MicroBatches(1, -1))
        .hasMessage("keepEvery must be at least 0 (0: nothing is kept), was -1");
  }
}
