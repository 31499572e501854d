package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Parameter;
import org.syncbn.norm.Regularizer;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/** Arrays that no optimizer moves have no gradients, and the others have the same. */
class FrozenArraysTest {

  private static final CounterRandom RANDOM = CounterRandom.of(23);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
  private static final Shape IMAGE = Shape.image(2, 6, 6);

  private static Network network() {
    LinearSpec.Conv2d conv =
        LinearSpec.Conv2d.of(4, Extent.square(3)).with(Extent.square(1), Padding.of(1));
    LinearSpec.Dense penalized =
        new LinearSpec.Dense(
            8,
            new LearnedWeights(
                LearnedWeights.Bias.PRESENT,
                Initializer.fanInUniform(),
                Initializer.fanInUniform(),
                Regularizer.l2(0.1)),
            Constraint.NONE);
    return Network.of(
        IMAGE,
        List.of(
            conv,
            NORM,
            new ActivationSpec.Relu(),
            new GraphSpec.Residual(List.of(conv, NORM, new ActivationSpec.Tanh()), List.of()),
            LinearSpec.ConvTranspose2d.of(3, Extent.square(2)),
            new ActivationSpec.PRelu(ActivationSpec.PRelu.Slopes.PER_CHANNEL, 0.25),
            new NormalizationSpec.LayerNormalization(1e-5),
            new ShapeSpec.Flatten(),
            penalized,
            NORM,
            new ActivationSpec.Relu(),
            LinearSpec.Dense.of(3)),
        RANDOM);
  }

  static Stream<Arguments> frozen() {
    return Stream.of(
        Arguments.of("all but the last layer", "(?!11\\.).*", 3),
        Arguments.of("the first layer", "0\\..*", 3 + 3),
        Arguments.of("the first layer and the batch norm behind it", "[01]\\..*", 2 + 3),
        Arguments.of("layers in the middle", "[4568]\\..*", 3 + 3),
        Arguments.of("weights, but no biases", ".*[048]\\.weight", 3 + 3),
        Arguments.of("biases, but no weights", ".*\\.bias", 3 + 3),
        Arguments.of("batch norms", "(1|3\\.body\\.1|9)\\..*", 3 + 3),
        Arguments.of("nothing", "", 3 + 3),
        Arguments.of("all", ".*", 3));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("frozen")
  void othersAreTrainedWithTheSameBits(String name, String pattern, int batchNormExchanges) {
    Network whole = network();
    Network frozen = whole.training(Pattern.compile(pattern).asMatchPredicate().negate());
    Training withAllGradients = training(whole, frozen);
    Training training = training(frozen, frozen);
    for (int step = 0; step < 3; step++) {
      withAllGradients.step(batch(), 3, 4);
      training.step(batch(), 3, 4);
      for (ParameterBlock block : frozen.parameters()) {
        if (!block.trained()) {
          assertThat(block.read(training.gradients)).as(block.name()).containsOnly(0);
        } else {
          assertThat(block.read(training.gradients))
              .as(block.name())
              .isEqualTo(block.read(withAllGradients.gradients));
        }
      }
    }
    assertThat(training.weights.toArray()).isEqualTo(withAllGradients.weights.toArray());
    assertThat(training.states).isEqualTo(withAllGradients.states);
    assertThat(frozen.exchanges()).isEqualTo(batchNormExchanges + 1);
  }

  @Test
  void constraintsLeaveThemAlone() {
    LinearSpec.Dense bounded =
        new LinearSpec.Dense(
            2,
            new LearnedWeights(
                LearnedWeights.Bias.ABSENT,
                Initializer.constant(3),
                Initializer.zeros(),
                Regularizer.NONE),
            Constraint.minMaxNorm(0, 1, 0.5));
    LayerSpec norm =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().gammaConstraint(Constraint.maxNorm(0.5)).build());
    Network whole = Network.of(Shape.features(2), List.of(bounded, norm, bounded, norm), RANDOM);
    Network frozen = whole.training(name -> !name.startsWith("0.") && !name.startsWith("1."));
    Training training =
        new Training(
            frozen,
            new NumberLoss.MeanSquaredError(),
            List.of(),
            Optimizers.momentum(Schedule.constant(0.05), 0.9),
            Training.segments(frozen));
    float[] weight = frozen.parameter("0.weight").read(training.weights);
    float[] gamma = training.states.get(0).gamma();
    training.step(
        Batch.of(
            Tensor.of(new float[] {2, 0, 1, 1, -3, 5}, 3, 2),
            Tensor.of(new float[] {3, 4, 1, 2, 0, 1}, 3, 2)),
        3);
    assertThat(frozen.parameter("0.weight").read(training.weights)).isEqualTo(weight);
    assertThat(training.states.get(0).gamma()).isEqualTo(gamma);
    assertThat(frozen.parameter("2.weight").read(training.weights)[0]).isLessThan(2.9f);
    assertThat(training.states.get(1).gamma()[0]).isLessThan(0.9f);
  }

  private static Training training(Network network, Network optimized) {
    return new Training(
        network,
        new NumberLoss.MeanSquaredError(),
        List.of(),
        Optimizers.momentum(Schedule.constant(0.05), 0.9),
        Training.segments(optimized));
  }

  private static Batch batch() {
    Tensor x = Tensor.zeros(9, 6, 6, 2);
    Tensor y = Tensor.zeros(9, 3);
    for (int i = 0; i < x.size(); i++) {
      x.set(i, (float) RANDOM.gaussian(i));
    }
    for (int i = 0; i < y.size(); i++) {
      y.set(i, (float) RANDOM.fork("y").gaussian(i));
    }
    return Batch.of(x, y);
  }

  @Test
  void frozenTablesOfEmbeddingsHaveNoGradients() {
    Network whole =
        Network.of(
            Shape.features(2),
            List.of(
                CategorySpec.Embedding.of(
                    new CategorySpec.EmbeddedColumn(3, 2), new CategorySpec.EmbeddedColumn(2, 2)),
                LinearSpec.Dense.of(1)),
            RANDOM);
    Training training = training(whole.training(name -> !name.equals("0.0.weight")), whole);
    training.gradients(
        Batch.of(Tensor.of(new float[] {2, 0, 1, 1}, 2, 2), Tensor.of(new float[] {3, 4}, 2, 1)));
    assertThat(training.gradient("0.0.weight")).containsOnly(0);
    assertThat(training.gradient("0.1.weight")).doesNotContain(0);
  }

  @Test
  void aFirstBatchNormWithoutGammaAndBetaHasNoExchangeOnTheWayBack() {
    LayerSpec plain =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder()
                .gamma(Parameter.ABSENT)
                .beta(Parameter.ABSENT)
                .build());
    Network network =
        Network.of(
            IMAGE, List.of(plain, new ShapeSpec.Flatten(), LinearSpec.Dense.of(3), plain), RANDOM);
    assertThat(network.batchNormsBackward()).extracting(BatchNorm::name).containsExactly("3");
    training(network, network).step(batch(), 4); // checks the number of exchanges
  }
}
