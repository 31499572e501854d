package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.nn.Departures.Range;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

class DeparturesTest {

  private static final CounterRandom RANDOM = CounterRandom.of(7);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
  private static final LayerSpec FIXED_NORM =
      new NormalizationSpec.BatchNormalization(
          BatchNormOptions.PYTORCH.toBuilder().trainingSource(StatisticsSource.RUNNING).build());
  private static final LayerSpec RELU = new ActivationSpec.Relu();
  private static final LayerSpec FLATTEN = new ShapeSpec.Flatten();
  private static final LayerSpec CONV =
      LinearSpec.Conv2d.of(3, Extent.square(3)).with(Extent.square(1), Padding.of(1));
  private static final int[] SHARD_ROWS = {4, 0, 3, 2};

  private static LinearSpec.Dense dense(int units) {
    return LinearSpec.Dense.of(units);
  }

  private static Network network(LayerSpec... layers) {
    return Network.of(Shape.image(3, 6, 6), List.of(layers), RANDOM);
  }

  private static final Network MLP =
      network(FLATTEN, dense(9), NORM, RELU, dense(8), NORM, RELU, dense(7), NORM, dense(2));

  static Stream<Arguments> networks() {
    return Stream.of(
        Arguments.of("an MLP", MLP),
        Arguments.of(
            "a CNN",
            network(CONV, NORM, RELU, CONV, NORM, PoolingSpec.MaxPool.of(2), FLATTEN, dense(2))),
        Arguments.of(
            "residual blocks",
            network(
                CONV,
                NORM,
                new GraphSpec.Residual(List.of(CONV, NORM, RELU, CONV, NORM), List.of(CONV, NORM)),
                new GraphSpec.Residual(List.of(CONV, NORM, CONV), List.of()),
                FLATTEN,
                dense(2))),
        Arguments.of(
            "branches",
            network(
                new GraphSpec.Concat(
                    List.of(
                        GraphSpec.Branch.of("a", CONV, NORM, CONV),
                        GraphSpec.Branch.of("b", CONV),
                        GraphSpec.Branch.of("c", NORM, CONV))),
                FLATTEN,
                dense(2))),
        Arguments.of("a batch norm first", network(NORM, FLATTEN, dense(4), NORM, dense(2))),
        Arguments.of(
            "running statistics", network(FLATTEN, dense(4), FIXED_NORM, dense(5), NORM, dense(2))),
        Arguments.of("arrays that are not trained", MLP.training(isNot("1.weight", "1.bias"))),
        Arguments.of(
            "first layers that are not trained",
            MLP.training(isNot("1.weight", "1.bias", "2.weight", "2.bias", "4.weight"))));
  }

  private static Predicate<String> isNot(String... names) {
    return name -> !List.of(names).contains(name);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void eachWeightLeavesOnce(String name, Network network) {
    for (int fewest : new int[] {1, 40, 1 << 14}) {
      Departures departures = Departures.of(network, fewest);
      int left = network.weightCount();
      for (int exchange = 1; exchange <= departures.exchanges(); exchange++) {
        assertThat(departures.after(exchange).to()).isEqualTo(left);
        left = departures.after(exchange).from();
      }
      assertThat(left).isZero();
      assertThat(departures.exchanges()).isEqualTo(network.exchanges());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("networks")
  void whatLeavesIsFinal(String name, Network network) {
    for (MicroBatches pieces : List.of(MicroBatches.NONE, new MicroBatches(4, 1))) {
      whatLeavesIsFinal(network, pieces);
    }
  }

  private static void whatLeavesIsFinal(Network network, MicroBatches pieces) {
    Departures departures = Departures.of(network, 1);
    Tensor weights = network.initialWeights();
    Measures measures = Measures.of(network, new NumberLoss.MeanSquaredError(), List.of());
    Batch batch = batch();
    TrainingPass pass =
        new TrainingPass(network, measures, 0, SHARD_ROWS.length, batch.rows(), pieces);
    List<float[]> left = new ArrayList<>();
    pass.start(
        batch,
        SHARD_ROWS,
        BatchSlice.whole(batch.rows()),
        weights,
        network.initialStates(weights),
        RANDOM);
    for (int exchange = 1; !pass.isFinished(); exchange++) {
      pass.catchUp();
      left.add(gradients(pass, departures.after(exchange)));
      pass.resume(Training.merge(pass, SHARD_ROWS));
    }
    assertThat(left).hasSize(departures.exchanges() - 1);
    for (int exchange = 1; exchange < departures.exchanges(); exchange++) {
      assertThat(left.get(exchange - 1))
          .as("after exchange " + exchange)
          .isEqualTo(gradients(pass, departures.after(exchange)));
    }
    int behind = behindTheFirst(network);
    assertThat(left.stream().mapToInt(some -> some.length).sum())
        .isEqualTo(pass.gradients().size() * (network.weightCount() - behind));
    assertThat(left.get(left.size() - 1)).isNotEmpty();
  }

  /** Where the first array lies behind the first batch norm with an exchange on the way back. */
  private static int behindTheFirst(Network network) {
    boolean[] isReached = network.isReachedBackward();
    int first =
        IntStream.range(0, network.nodes().size())
            .filter(i -> network.nodes().get(i).isBatchNorm())
            .filter(i -> isReached[network.nodes().get(i).y()])
            .findFirst()
            .orElseThrow();
    return network.nodes().subList(0, first + 1).stream()
        .flatMap(node -> node.parameters().stream())
        .mapToInt(block -> block.offset() + block.size())
        .max()
        .orElse(0);
  }

  /** Of all nodes, one behind the other. */
  private static float[] gradients(TrainingPass pass, Range range) {
    float[] all = new float[0];
    for (TrainingPass.Gradients some : pass.gradients()) {
      float[] values = some.values().rows(range.from(), range.to()).toArray();
      int at = all.length;
      all = Arrays.copyOf(all, at + values.length);
      System.arraycopy(values, 0, all, at, values.length);
    }
    return all;
  }

  /** The inputs of rows of weight 0 are poisoned. */
  private static Batch batch() {
    int rows = Arrays.stream(SHARD_ROWS).sum();
    Tensor x = Tensor.zeros(rows, 6, 6, 3);
    Tensor y = Tensor.zeros(rows, 2);
    float[] weights = new float[rows];
    for (int i = 0; i < x.size(); i++) {
      x.set(i, (float) RANDOM.gaussian(i));
    }
    for (int i = 0; i < y.size(); i++) {
      y.set(i, (float) RANDOM.fork("y").gaussian(i));
    }
    for (int row = 0; row < rows; row++) {
      weights[row] = row % 3 == 1 ? 0 : 1 + row;
      if (weights[row] == 0) {
        x.rows(row, row + 1).fill(Float.NaN);
      }
    }
    return Batch.of(x, y, weights);
  }

  @Test
  void fewGradientsWaitForMore() {
    int behindLast = 7 * 2 + 2; // weights and bias, in places of their own
    assertThat(Departures.of(MLP, 1).isEarly(4)).isTrue();
    Departures some = Departures.of(MLP, behindLast + 20);
    assertThat(IntStream.rangeClosed(1, 7).filter(some::isEarly)).containsExactly(5, 6);
    assertThat(some.after(5).to()).isEqualTo(MLP.weightCount());
    assertThat(IntStream.rangeClosed(1, 7).filter(Departures.of(MLP)::isEarly)).isEmpty();
    assertThat(Departures.of(MLP).after(7)).isEqualTo(new Range(0, MLP.weightCount()));
  }

  @Test
  void allLeaveAtTheEndWhereNothingIsExchangedBefore() {
    Network plain = network(FLATTEN, dense(900), dense(2));
    for (Departures departures : List.of(Departures.of(plain), Departures.atEnd(MLP))) {
      assertThat(departures.exchanges()).isEqualTo(1);
      assertThat(departures.isEarly(1)).isFalse();
      assertThat(departures.after(1).from()).isZero();
    }
  }

  @Test
  void aSliceOfTheWeightsLeavesInFewerParts() {
    Departures departures = Departures.of(MLP, 1);
    assertThat(departures.parts(new Range(0, MLP.weightCount()))).isEqualTo(4);
    assertThat(departures.parts(new Range(0, 1))).isEqualTo(1);
    assertThat(departures.parts(new Range(departures.after(5).from(), MLP.weightCount())))
        .isEqualTo(2);
    assertThat(departures.parts(new Range(9, 9))).isZero();
  }
}
