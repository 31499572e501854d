package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.ChannelAxis;
import org.syncbn.norm.Constraint;
import org.syncbn.norm.Regularizer;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/**
 * Gradients of whole small networks against central differences of the loss, one for each kind of
 * layer and loss, with shards of uneven sizes.
 */
class GradientTest {

  private static final Shape IMAGE = Shape.image(2, 6, 5);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);

  private static LayerSpec along(ChannelAxis axis) {
    return new NormalizationSpec.BatchNormalization(
        BatchNormOptions.PYTORCH.toBuilder().axis(axis).build());
  }

  static Stream<Arguments> layers() {
    Extent kernel = new Extent(3, 2);
    LinearSpec.Conv2d conv = LinearSpec.Conv2d.of(4, kernel);
    LinearSpec.Conv2d wide = LinearSpec.Conv2d.of(20, Extent.square(1));
    return Stream.of(
        image("valid convolution", conv),
        image("same convolution with stride", conv.with(new Extent(2, 3), Padding.same())),
        image("padded convolution", conv.with(Extent.square(1), Padding.of(2, 1))),
        image("dilated convolution", conv.with(new Extent(2, 2), 1)),
        image("convolution in groups", conv.with(Extent.square(1), 2)),
        image(
            "convolution of many channels",
            wide,
            LinearSpec.Conv2d.of(3, kernel).with(new Extent(2, 1), Padding.of(1))),
        image(
            "dilated convolution of many channels",
            wide,
            LinearSpec.Conv2d.of(4, kernel)
                .with(new Extent(3, 2), Padding.of(2))
                .with(new Extent(2, 1), 1)),
        image(
            "convolution in groups of many channels",
            LinearSpec.Conv2d.of(40, kernel),
            conv.with(Extent.square(1), 2)),
        image("max pooling", conv, PoolingSpec.MaxPool.of(2)),
        image(
            "overlapping, padded max pooling",
            conv,
            new PoolingSpec.MaxPool(
                new PoolingShape(Extent.square(3), Extent.square(2), Padding.of(1)))),
        image(
            "average pooling",
            conv,
            new PoolingSpec.AveragePool(
                new PoolingShape(Extent.square(3), Extent.square(2), Padding.of(1)), true)),
        image(
            "average pooling without outside",
            conv,
            new PoolingSpec.AveragePool(
                new PoolingShape(Extent.square(3), Extent.square(2), Padding.same()), false)),
        image("global average pooling", conv, new PoolingSpec.GlobalAveragePool()),
        image("layer norm of images", conv, new NormalizationSpec.LayerNormalization(1e-5)),
        image("batch norm of images", conv, NORM, new ActivationSpec.Tanh()),
        image("batch norm first", NORM),
        image(
            "batch norm along the height",
            conv,
            along(ChannelAxis.HEIGHT),
            new ActivationSpec.Tanh()),
        image(
            "batch norm along the width",
            conv,
            along(ChannelAxis.WIDTH),
            new ActivationSpec.Relu()),
        image("softmax of channels", conv, new ActivationSpec.Softmax()),
        image(
            "residual block",
            conv,
            new GraphSpec.Residual(
                List.of(NORM, new ActivationSpec.Tanh(), LinearSpec.Conv2d.of(4, Extent.square(1))),
                List.of()),
            new ActivationSpec.Tanh()),
        image(
            "residual block with a shortcut",
            conv,
            new GraphSpec.Residual(
                List.of(new ActivationSpec.Tanh(), LinearSpec.Conv2d.of(3, Extent.square(1)), NORM),
                List.of(LinearSpec.Conv2d.of(3, Extent.square(1)), NORM))),
        image(
            "nested residual blocks",
            new GraphSpec.Residual(
                List.of(
                    new ActivationSpec.Sigmoid(),
                    new GraphSpec.Residual(List.of(new ActivationSpec.Tanh()), List.of())),
                List.of(NORM))),
        image(
            "values read twice and far behind",
            conv,
            new GraphSpec.Named("first"),
            NORM,
            new GraphSpec.Named("norm"),
            new ActivationSpec.Tanh(),
            new GraphSpec.Concat(
                List.of(
                    GraphSpec.Branch.reading("norm"),
                    new GraphSpec.Branch(
                        "new", "first", List.of(LinearSpec.Conv2d.of(2, Extent.square(1)), NORM)),
                    GraphSpec.Branch.reading("previous"))),
            LinearSpec.Conv2d.of(4, Extent.square(1)),
            new GraphSpec.Add(
                List.of(
                    GraphSpec.Branch.reading("previous"),
                    GraphSpec.Branch.reading("norm"),
                    GraphSpec.Branch.reading("first")))),
        image(
            "branches of images",
            conv,
            new GraphSpec.Concat(
                List.of(
                    GraphSpec.Branch.of("none"),
                    GraphSpec.Branch.of("tanh", new ActivationSpec.Tanh()),
                    GraphSpec.Branch.of("conv", LinearSpec.Conv2d.of(3, Extent.square(1)), NORM)))),
        image(
            "branches at the input",
            new GraphSpec.Concat(
                List.of(
                    GraphSpec.Branch.of("itself"),
                    GraphSpec.Branch.of("conv", LinearSpec.Conv2d.of(3, Extent.square(1)))))),
        features(
            "selected features",
            new GraphSpec.Concat(
                List.of(
                    GraphSpec.Branch.of("left", new ShapeSpec.Select(0, 4), LinearSpec.Dense.of(2)),
                    GraphSpec.Branch.of("right", new ShapeSpec.Select(3, 2))))),
        features("leaky ReLU", new ActivationSpec.LeakyRelu(0.1)),
        features("ELU", new ActivationSpec.Elu(0.7)),
        features("GELU", new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.EXACT)),
        features("GELU by tanh", new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.TANH)),
        features("sigmoid", new ActivationSpec.Sigmoid()),
        features("tanh", new ActivationSpec.Tanh()),
        features("softmax", new ActivationSpec.Softmax()),
        features("layer norm", new NormalizationSpec.LayerNormalization(1e-3)),
        image(
            "transposed convolution",
            new LinearSpec.ConvTranspose2d(
                4,
                new ConvolutionShape(kernel, new Extent(2, 3), Padding.same(), Extent.square(1), 2),
                0,
                LearnedWeights.standard()),
            NORM,
            new ActivationSpec.Tanh()),
        image(
            "depthwise convolution",
            conv.with(Extent.square(1), 2),
            LinearSpec.Conv2d.of(4, kernel)
                .with(new Extent(1, 2), Padding.same())
                .with(Extent.square(1), 4)),
        image(
            "augmentations",
            conv,
            new RandomSpec.RandomFlip(true, true),
            new RandomSpec.RandomShift(1, 1),
            new RandomSpec.Cutout(2),
            new RandomSpec.RandomCrop(3, 2)),
        image("group norm", conv, NormalizationSpec.GroupNormalization.of(2)),
        image("instance norm", conv, new NormalizationSpec.InstanceNormalization(1e-3, true)),
        image(
            "prelu of channels",
            conv,
            new ActivationSpec.PRelu(ActivationSpec.PRelu.Slopes.PER_CHANNEL, 0.25)),
        image("Gaussian noise", conv, new RandomSpec.GaussianNoise(0.3), new ActivationSpec.Tanh()),
        image("spatial dropout", conv, new RandomSpec.SpatialDropout(0.4)),
        features("RMS norm", new NormalizationSpec.RmsNormalization(1e-3)),
        features("SiLU", new ActivationSpec.Silu()),
        features("softplus", new ActivationSpec.Softplus(2)),
        features("PReLU", new ActivationSpec.PRelu(ActivationSpec.PRelu.Slopes.SHARED, 0.25)),
        features("dropout", new RandomSpec.Dropout(0.4)),
        features(
            "ReLU behind a sum",
            new GraphSpec.Residual(List.of(new ActivationSpec.Tanh()), List.of()),
            new ActivationSpec.Relu()),
        features("batch norm and ReLU", NORM, new ActivationSpec.Relu()));
  }

  private static Arguments image(String name, LayerSpec... middle) {
    List<LayerSpec> tail = List.of(new ShapeSpec.Flatten(), LinearSpec.Dense.of(3));
    return Arguments.of(name, IMAGE, Stream.concat(Stream.of(middle), tail.stream()).toList());
  }

  private static Arguments features(String name, LayerSpec... middle) {
    Stream<LayerSpec> head = Stream.of(LinearSpec.Dense.of(6));
    Stream<LayerSpec> tail = Stream.of(LinearSpec.Dense.of(3));
    return Arguments.of(
        name,
        Shape.features(5),
        Stream.concat(Stream.concat(head, Stream.of(middle)), tail).toList());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void gradientsEqualCentralDifferences(String name, Shape input, List<LayerSpec> layers) {
    check(input, layers, new ClassLoss.SoftmaxCrossEntropy(0.1, List.of(1.0, 2.0, 0.5)));
  }

  static Stream<Loss> losses() {
    return Stream.of(
        ClassLoss.SoftmaxCrossEntropy.plain(),
        new ClassLoss.BinaryCrossEntropy(1),
        new ClassLoss.BinaryCrossEntropy(3),
        new NumberLoss.MeanSquaredError(),
        new NumberLoss.Huber(0.3),
        new ClassLoss.SoftmaxCrossEntropy(0.1, List.of(1.0, 2.0, 0.5), 2),
        new ClassLoss.BinaryCrossEntropy(new ClassLoss.PositiveWeight(List.of(3.0, 1.0, 0.5)), 2),
        new NumberLoss.MeanAbsoluteError(),
        new NumberLoss.Quantile(List.of(0.1, 0.5, 0.9)),
        new NumberLoss.Poisson());
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyLossHasItsGradient(Loss loss) {
    check(Shape.features(5), List.of(LinearSpec.Dense.of(4), NORM, LinearSpec.Dense.of(3)), loss);
  }

  @Test
  void penaltiesBelongToTheGradient() {
    LayerSpec dense =
        new LinearSpec.Dense(
            3,
            new LearnedWeights(
                LearnedWeights.Bias.PRESENT,
                Initializer.fanInUniform(),
                Initializer.zeros(),
                new Regularizer(0.01, 0.1)),
            Constraint.NONE);
    LayerSpec norm =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().gammaRegularizer(Regularizer.l2(0.2)).build());
    check(
        Shape.features(5),
        List.of(LinearSpec.Dense.of(4), norm, dense),
        new NumberLoss.MeanSquaredError());
  }

  private static void check(Shape input, List<LayerSpec> layers, Loss loss) {
    CounterRandom random = CounterRandom.of(5);
    Network network = Network.of(input, layers, random.fork("weights"));
    Training training =
        new Training(network, loss, List.of(), Optimizers.sgd(Schedule.constant(0.1)));
    int rows = 7;
    Tensor x = Tensor.zeros(rows, input.size());
    for (int i = 0; i < x.size(); i++) {
      x.set(i, (float) random.gaussian(i));
    }
    int targets = training.measures.targetSize();
    Tensor y = Tensor.zeros(rows, targets);
    for (int i = 0; i < y.size(); i++) {
      y.set(i, targets == 1 ? random.fork("y").below(3, i) : (float) random.fork("y").uniform(i));
    }
    float[] rowWeights = {1, 2, 0.5f, 1, 0, 1, 1};
    Batch batch = Batch.of(x, y, rowWeights);
    int[] cuts = {1, 1, 5};
    training.gradients(batch, cuts);
    for (ParameterBlock block : network.parameters()) {
      float[] gradient = training.gradient(block.name()).clone();
      float[] values = block.read(training.weights);
      int tries = Math.min(6, values.length);
      for (int t = 0; t < tries; t++) {
        int i = random.fork(block.name()).below(values.length, t);
        double difference = difference(training, batch, block, values, i, 4e-3f);
        assertThat((double) gradient[i])
            .as(block.name() + "[" + i + "]")
            .isCloseTo(difference, within(2e-3 + 0.02 * Math.abs(difference)));
      }
    }
  }

  private static double difference(
      Training training, Batch batch, ParameterBlock block, float[] values, int i, float step) {
    float[] moved = values.clone();
    moved[i] = values[i] + step;
    float up = moved[i];
    double above = loss(training, batch, block, moved);
    moved[i] = values[i] - step;
    float down = moved[i];
    double below = loss(training, batch, block, moved);
    block.write(training.weights, values);
    training.states = training.network.withParameters(training.states, training.weights);
    training.gradients(batch, 3);
    return (above - below) / ((double) up - down);
  }

  private static double loss(Training training, Batch batch, ParameterBlock block, float[] values) {
    block.write(training.weights, values);
    training.states = training.network.withParameters(training.states, training.weights);
    training.gradients(batch, 3);
    return training.measures.loss(training.sums) + penalty(training);
  }

  /** The whole penalty on weights, gamma and beta that belongs to the loss. */
  private static double penalty(Training training) {
    double penalty = 0;
    for (ParameterBlock block : training.network.parameters()) {
      if (!block.regularizer().isNone()) {
        penalty += block.regularizer().penalty(block.readRaw(training.weights));
      }
    }
    for (int i = 0; i < training.states.size(); i++) {
      penalty += training.network.batchNorms().get(i).penalty(training.states.get(i));
    }
    return penalty;
  }
}
