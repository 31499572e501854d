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
  private static final LayerSpec NORM = new LayerSpec.BatchNormalization(BatchNormOptions.PYTORCH);

  private static LayerSpec along(ChannelAxis axis) {
    return new LayerSpec.BatchNormalization(
        BatchNormOptions.PYTORCH.toBuilder().axis(axis).build());
  }

  static Stream<Arguments> layers() {
    Extent kernel = new Extent(3, 2);
    LayerSpec.Conv2d conv = LayerSpec.Conv2d.of(4, kernel);
    LayerSpec.Conv2d wide = LayerSpec.Conv2d.of(20, Extent.square(1));
    return Stream.of(
        image("valid convolution", conv),
        image("same convolution with stride", conv.with(new Extent(2, 3), Padding.same())),
        image("padded convolution", conv.with(Extent.square(1), Padding.of(2, 1))),
        image("dilated convolution", conv.with(new Extent(2, 2), 1)),
        image("convolution in groups", conv.with(Extent.square(1), 2)),
        image(
            "convolution of many channels",
            wide,
            LayerSpec.Conv2d.of(3, kernel).with(new Extent(2, 1), Padding.of(1))),
        image(
            "dilated convolution of many channels",
            wide,
            LayerSpec.Conv2d.of(4, kernel)
                .with(new Extent(3, 2), Padding.of(2))
                .with(new Extent(2, 1), 1)),
        image(
            "convolution in groups of many channels",
            LayerSpec.Conv2d.of(40, kernel),
            conv.with(Extent.square(1), 2)),
        image("max pooling", conv, LayerSpec.MaxPool.of(2)),
        image(
            "overlapping, padded max pooling",
            conv,
            new LayerSpec.MaxPool(Extent.square(3), Extent.square(2), Padding.of(1))),
        image(
            "average pooling",
            conv,
            new LayerSpec.AveragePool(Extent.square(3), Extent.square(2), Padding.of(1), true)),
        image(
            "average pooling without outside",
            conv,
            new LayerSpec.AveragePool(Extent.square(3), Extent.square(2), Padding.same(), false)),
        image("global average pooling", conv, new LayerSpec.GlobalAveragePool()),
        image("layer norm of images", conv, new LayerSpec.LayerNormalization(1e-5)),
        image("batch norm of images", conv, NORM, new LayerSpec.Tanh()),
        image("batch norm first", NORM),
        image("batch norm along the height", conv, along(ChannelAxis.HEIGHT), new LayerSpec.Tanh()),
        image("batch norm along the width", conv, along(ChannelAxis.WIDTH), new LayerSpec.Relu()),
        image("softmax of channels", conv, new LayerSpec.Softmax()),
        image(
            "residual block",
            conv,
            new LayerSpec.Residual(
                List.of(NORM, new LayerSpec.Tanh(), LayerSpec.Conv2d.of(4, Extent.square(1))),
                List.of()),
            new LayerSpec.Tanh()),
        image(
            "residual block with a shortcut",
            conv,
            new LayerSpec.Residual(
                List.of(new LayerSpec.Tanh(), LayerSpec.Conv2d.of(3, Extent.square(1)), NORM),
                List.of(LayerSpec.Conv2d.of(3, Extent.square(1)), NORM))),
        image(
            "nested residual blocks",
            new LayerSpec.Residual(
                List.of(
                    new LayerSpec.Sigmoid(),
                    new LayerSpec.Residual(List.of(new LayerSpec.Tanh()), List.of())),
                List.of(NORM))),
        image(
            "branches of images",
            conv,
            new LayerSpec.Concat(
                List.of(
                    LayerSpec.Branch.of("none"),
                    LayerSpec.Branch.of("tanh", new LayerSpec.Tanh()),
                    LayerSpec.Branch.of("conv", LayerSpec.Conv2d.of(3, Extent.square(1)), NORM)))),
        image(
            "branches at the input",
            new LayerSpec.Concat(
                List.of(
                    LayerSpec.Branch.of("itself"),
                    LayerSpec.Branch.of("conv", LayerSpec.Conv2d.of(3, Extent.square(1)))))),
        features(
            "selected features",
            new LayerSpec.Concat(
                List.of(
                    LayerSpec.Branch.of("left", new LayerSpec.Select(0, 4), LayerSpec.Dense.of(2)),
                    LayerSpec.Branch.of("right", new LayerSpec.Select(3, 2))))),
        features("leaky ReLU", new LayerSpec.LeakyRelu(0.1)),
        features("ELU", new LayerSpec.Elu(0.7)),
        features("GELU", new LayerSpec.Gelu(LayerSpec.Gelu.Form.EXACT)),
        features("GELU by tanh", new LayerSpec.Gelu(LayerSpec.Gelu.Form.TANH)),
        features("sigmoid", new LayerSpec.Sigmoid()),
        features("tanh", new LayerSpec.Tanh()),
        features("softmax", new LayerSpec.Softmax()),
        features("layer norm", new LayerSpec.LayerNormalization(1e-3)),
        image(
            "transposed convolution",
            new LayerSpec.ConvTranspose2d(
                4,
                kernel,
                new Extent(2, 3),
                Padding.same(),
                0,
                Extent.square(1),
                2,
                LayerSpec.Bias.PRESENT,
                Initializer.fanInUniform(),
                Initializer.zeros(),
                Regularizer.NONE),
            NORM,
            new LayerSpec.Tanh()),
        image(
            "depthwise convolution",
            conv.with(Extent.square(1), 2),
            LayerSpec.Conv2d.of(4, kernel)
                .with(new Extent(1, 2), Padding.same())
                .with(Extent.square(1), 4)),
        image(
            "augmentations",
            conv,
            new LayerSpec.RandomFlip(true, true),
            new LayerSpec.RandomShift(1, 1),
            new LayerSpec.Cutout(2),
            new LayerSpec.RandomCrop(3, 2)),
        image("group norm", conv, LayerSpec.GroupNormalization.of(2)),
        image("instance norm", conv, new LayerSpec.InstanceNormalization(1e-3, true)),
        image(
            "prelu of channels",
            conv,
            new LayerSpec.PRelu(LayerSpec.PRelu.Slopes.PER_CHANNEL, 0.25)),
        image("spatial dropout", conv, new LayerSpec.SpatialDropout(0.4)),
        features("RMS norm", new LayerSpec.RmsNormalization(1e-3)),
        features("SiLU", new LayerSpec.Silu()),
        features("softplus", new LayerSpec.Softplus(2)),
        features("PReLU", new LayerSpec.PRelu(LayerSpec.PRelu.Slopes.SHARED, 0.25)),
        features("dropout", new LayerSpec.Dropout(0.4)),
        features(
            "ReLU behind a sum",
            new LayerSpec.Residual(List.of(new LayerSpec.Tanh()), List.of()),
            new LayerSpec.Relu()),
        features("batch norm and ReLU", NORM, new LayerSpec.Relu()));
  }

  private static Arguments image(String name, LayerSpec... middle) {
    List<LayerSpec> tail = List.of(new LayerSpec.Flatten(), LayerSpec.Dense.of(3));
    return Arguments.of(name, IMAGE, Stream.concat(Stream.of(middle), tail.stream()).toList());
  }

  private static Arguments features(String name, LayerSpec... middle) {
    Stream<LayerSpec> head = Stream.of(LayerSpec.Dense.of(6));
    Stream<LayerSpec> tail = Stream.of(LayerSpec.Dense.of(3));
    return Arguments.of(
        name,
        Shape.features(5),
        Stream.concat(Stream.concat(head, Stream.of(middle)), tail).toList());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("layers")
  void gradientsEqualCentralDifferences(String name, Shape input, List<LayerSpec> layers) {
    check(input, layers, new Loss.SoftmaxCrossEntropy(0.1, List.of(1.0, 2.0, 0.5)));
  }

  static Stream<Loss> losses() {
    return Stream.of(
        Loss.SoftmaxCrossEntropy.plain(),
        new Loss.BinaryCrossEntropy(1),
        new Loss.BinaryCrossEntropy(3),
        new Loss.MeanSquaredError(),
        new Loss.Huber(0.3),
        new Loss.SoftmaxCrossEntropy(0.1, List.of(1.0, 2.0, 0.5), 2),
        new Loss.BinaryCrossEntropy(new Loss.PositiveWeight(List.of(3.0, 1.0, 0.5)), 2),
        new Loss.MeanAbsoluteError(),
        new Loss.Quantile(List.of(0.1, 0.5, 0.9)),
        new Loss.Poisson());
  }

  @ParameterizedTest
  @MethodSource("losses")
  void everyLossHasItsGradient(Loss loss) {
    check(Shape.features(5), List.of(LayerSpec.Dense.of(4), NORM, LayerSpec.Dense.of(3)), loss);
  }

  @Test
  void penaltiesBelongToTheGradient() {
    LayerSpec dense =
        new LayerSpec.Dense(
            3,
            LayerSpec.Bias.PRESENT,
            Initializer.fanInUniform(),
            Initializer.zeros(),
            new Regularizer(0.01, 0.1),
            Constraint.NONE);
    LayerSpec norm =
        new LayerSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().gammaRegularizer(Regularizer.l2(0.2)).build());
    check(
        Shape.features(5),
        List.of(LayerSpec.Dense.of(4), norm, dense),
        new Loss.MeanSquaredError());
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
    return training.measures.loss(training.sums)
        + training.network.penalty(training.weights, training.states);
  }
}
