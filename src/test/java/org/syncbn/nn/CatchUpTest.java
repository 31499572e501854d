package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.Parameter;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** Gradients of weights that are computed after the sums of the batch norm before them. */
class CatchUpTest {

  private static final CounterRandom RANDOM = CounterRandom.of(5);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
  private static final Shape IMAGE = Shape.image(3, 6, 6);

  /** Changes no bit, but has an exchange on the way back. */
  private static final LayerSpec IDENTITY =
      new NormalizationSpec.BatchNormalization(
          BatchNormOptions.PYTORCH.toBuilder()
              .trainingSource(StatisticsSource.RUNNING)
              .beta(Parameter.ABSENT)
              .eps(1e-30)
              .build());

  static Stream<Arguments> layers() {
    LinearSpec.Conv2d conv =
        LinearSpec.Conv2d.of(3, Extent.square(3)).with(Extent.square(1), Padding.of(1));
    LayerSpec tanh = new ActivationSpec.Tanh();
    LayerSpec dense = LinearSpec.Dense.of(108);
    return Stream.of(
        Arguments.of("convolutions of one size", List.of(conv, tanh, conv, tanh, conv, conv)),
        Arguments.of(
            "dense layers of one size",
            List.of(new ShapeSpec.Flatten(), dense, tanh, dense, new ActivationSpec.Relu(), dense)),
        Arguments.of(
            "branches",
            List.of(
                new GraphSpec.Residual(List.of(conv, tanh, conv), List.of(conv)),
                new GraphSpec.Residual(List.of(conv, new ActivationSpec.Relu()), List.of()),
                new GraphSpec.Concat(
                    List.of(GraphSpec.Branch.of("a", conv), GraphSpec.Branch.of("b"))),
                conv)),
        Arguments.of(
            "other layers with weights",
            List.of(
                conv,
                new ActivationSpec.PRelu(ActivationSpec.PRelu.Slopes.PER_CHANNEL, 0.25),
                LinearSpec.ConvTranspose2d.of(3, Extent.square(3)),
                new NormalizationSpec.LayerNormalization(1e-5),
                PoolingSpec.MaxPool.of(2),
                conv)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void haveTheBitsOfThoseComputedAtOnce(String name, List<LayerSpec> layers) {
    List<LayerSpec> end = List.of(new ShapeSpec.Flatten(), LinearSpec.Dense.of(2));
    List<LayerSpec> all = new ArrayList<>(layers);
    all.addAll(layers.get(0) instanceof ShapeSpec.Flatten ? end.subList(1, 2) : end);
    Training atOnce = training(all);
    all.add(0, IDENTITY);
    Training later = training(all);
    List<ParameterBlock> blocks = atOnce.network.parameters();
    for (int i = 0; i < blocks.size(); i++) { // gamma is before them
      later
          .network
          .parameters()
          .get(i + 1)
          .write(later.weights, blocks.get(i).read(atOnce.weights));
    }
    atOnce.gradients(batch(), 3);
    later.gradients(batch(), 3);
    for (int i = 0; i < blocks.size(); i++) {
      assertThat(later.network.parameters().get(i + 1).read(later.gradients))
          .as(blocks.get(i).name())
          .isEqualTo(blocks.get(i).read(atOnce.gradients));
    }
  }

  private static Training training(List<LayerSpec> layers) {
    return new Training(
        Network.of(IMAGE, layers, RANDOM),
        new NumberLoss.MeanSquaredError(),
        List.of(),
        Optimizers.momentum(Schedule.constant(0.05), 0.9));
  }

  private static Batch batch() {
    Tensor x = Tensor.zeros(7, 6, 6, 3);
    Tensor y = Tensor.zeros(7, 2);
    for (int i = 0; i < x.size(); i++) {
      x.set(i, (float) RANDOM.gaussian(i));
    }
    for (int i = 0; i < y.size(); i++) {
      y.set(i, (float) RANDOM.fork("y").gaussian(i));
    }
    return Batch.of(x, y);
  }

  /** Through a small network, with one shard. */
  private static final class Steps {
    final Network network =
        Network.of(
            IMAGE,
            List.of(new ShapeSpec.Flatten(), LinearSpec.Dense.of(4), NORM, LinearSpec.Dense.of(2)),
            RANDOM);
    final Tensor weights = network.initialWeights();
    final TrainingPass pass =
        new TrainingPass(
            network, Measures.of(network, new NumberLoss.MeanSquaredError(), List.of()), 7);

    /** Starts a step; what the last layer needs is there, and the batch norm waits for its sums. */
    Steps toTheBatchNorm() {
      pass.start(
          batch(), BatchSlice.whole(7), weights, network.initialStates(weights), RANDOM.fork(1));
      pass.resume(pass.contribution(0));
      return this;
    }

    Steps toTheEnd() {
      pass.resume(pass.contribution(0));
      assertThat(pass.isFinished()).isTrue();
      return this;
    }

    float[] gradient(String name) {
      return network.parameter(name).read(pass.gradients().get(0).values());
    }
  }

  @Test
  void comeAfterTheSumsThatOthersWaitFor() {
    Steps steps = new Steps().toTheBatchNorm();
    double[] sums = steps.pass.contribution(0).clone();
    assertThat(steps.gradient("3.weight")).containsOnly(0);
    assertThat(steps.gradient("3.bias")).containsOnly(0);
    steps.pass.catchUp();
    assertThat(steps.pass.contribution(0)).isEqualTo(sums);
    float[] caughtUp = steps.gradient("3.weight");
    assertThat(caughtUp).doesNotContain(0);
    assertThat(steps.toTheEnd().gradient("3.weight")).isEqualTo(caughtUp);
    assertThat(new Steps().toTheBatchNorm().toTheEnd().gradient("3.weight")).isEqualTo(caughtUp);
  }

  @Test
  void areForgottenWithAStepThatIsGivenUp() {
    Steps steps = new Steps().toTheBatchNorm();
    steps.toTheBatchNorm().toTheEnd();
    assertThat(steps.gradient("1.weight"))
        .isEqualTo(new Steps().toTheBatchNorm().toTheEnd().gradient("1.weight"));
  }
}
