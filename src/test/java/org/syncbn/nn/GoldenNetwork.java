package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.syncbn.Golden;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchNormState;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.optim.Transform;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * A network, some steps of its training, and what they come to, as PyTorch computed it in float64.
 */
public final class GoldenNetwork {

  /** How far from a golden value a number may be, relative to the largest one of its array. */
  public static final double RELATIVE_ERROR = 2e-5;

  private final JsonNode golden;
  private final Network network;
  private final Loss loss;

  private GoldenNetwork(JsonNode golden) {
    this.golden = golden;
    List<LayerSpec> layers = new ArrayList<>();
    Optional<Loss> named = Optional.empty();
    for (JsonNode line : golden.get("network")) {
      String[] words = line.asText().split(" ");
      switch (words[0]) {
        case "softmaxCrossEntropy" -> named = Optional.of(ClassLoss.SoftmaxCrossEntropy.plain());
        case "meanSquaredError" -> named = Optional.of(new NumberLoss.MeanSquaredError());
        default -> layers.add(layer(words));
      }
    }
    int[] first = shape(golden.get("steps").get(0).get("x"));
    Shape input =
        first.length == 2 ? Shape.features(first[1]) : Shape.image(first[1], first[2], first[3]);
    network = Network.of(input, layers, CounterRandom.of(1));
    loss = named.orElseThrow();
  }

  /** All cases. */
  public static Stream<GoldenNetwork> all() {
    return StreamSupport.stream(Golden.cases("networks.json").spliterator(), false)
        .map(GoldenNetwork::new);
  }

  /** The name of the case. */
  @Override
  public String toString() {
    return golden.get("name").asText();
  }

  /** The network. */
  public Network network() {
    return network;
  }

  /** The loss. */
  public Loss loss() {
    return loss;
  }

  /** How many steps there are. */
  public int steps() {
    return golden.get("steps").size();
  }

  JsonNode step(int step) {
    return golden.get("steps").get(step);
  }

  /** The rows of a step, images with channels last. */
  public Batch batch(int step) {
    Tensor x = input(step(step).get("x"));
    int rows = x.dimension(0);
    float[] targets = data(step(step).get("target"));
    return Batch.of(x, Tensor.of(targets, rows, targets.length / rows));
  }

  /** The optimizer before the first step. */
  public Optimizer optimizer() {
    return new Optimizer(transforms(), Training.segments(network));
  }

  List<Transform> transforms() {
    JsonNode optimizer = golden.get("optimizer");
    Schedule rate = Schedule.constant(optimizer.get("learningRate").asDouble());
    return switch (optimizer.get("name").asText()) {
      case "sgd" -> Optimizers.momentum(rate, optimizer.get("momentum").asDouble());
      case "adam" -> Optimizers.adam(rate, 0.9, 0.999, 1e-8);
      default -> throw new AssertionError(optimizer);
    };
  }

  /** Writes the weights before the first step. */
  public void putWeights(Tensor weights) {
    for (ParameterBlock block : network.parameters()) {
      block.write(weights, data(golden.get("initial").get(block.name())));
    }
  }

  /** The batch norms before the first step, for the weights of {@link #putWeights}. */
  public List<BatchNormState> states(Tensor weights) {
    JsonNode initial = golden.get("initial");
    List<BatchNormState> states = new ArrayList<>();
    for (BatchNormState state : network.initialStates(weights)) {
      String name = network.batchNorms().get(states.size()).name();
      states.add(
          BatchNormState.of(
              state.gamma(),
              state.beta(),
              doubles(initial.get(name + ".running_mean")),
              doubles(initial.get(name + ".running_var")),
              state.runningDeviation(),
              0,
              0));
    }
    return states;
  }

  /** Checks the mean loss of a step. */
  public void checkLoss(int step, double actual) {
    assertThat(actual)
        .as(this + " step " + step)
        .isCloseTo(step(step).get("loss").asDouble(), near(step(step).get("loss").asDouble()));
  }

  /** Checks the mean loss over all steps. */
  public void checkMeanLoss(double actual) {
    double mean =
        IntStream.range(0, steps())
            .mapToDouble(step -> step(step).get("loss").asDouble())
            .average()
            .orElseThrow();
    assertThat(actual).as(toString()).isCloseTo(mean, near(mean));
  }

  private static Offset<Double> near(double value) {
    return within(RELATIVE_ERROR * Math.abs(value));
  }

  /**
   * How far weights and running statistics are from those after the last step: the largest
   * difference, relative to the largest number of its array.
   */
  public double error(Tensor weights, List<BatchNormState> states) {
    return golden.get("final").properties().stream()
        .mapToDouble(
            entry -> {
              double[] expected = doubles(entry.getValue());
              float[] actual = value(weights, states, entry.getKey());
              double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
              return IntStream.range(0, expected.length)
                  .mapToDouble(i -> Math.abs(actual[i] - expected[i]) / largest)
                  .max()
                  .orElseThrow();
            })
        .max()
        .orElseThrow();
  }

  /** Checks weights and running statistics after the last step, and what they put out. */
  public void checkFinal(Tensor weights, List<BatchNormState> states) {
    for (Map.Entry<String, JsonNode> entry : golden.get("final").properties()) {
      assertClose(
          this + " final " + entry.getKey(),
          value(weights, states, entry.getKey()),
          entry.getValue());
    }
    Tensor x = batch(0).inputs();
    Tensor output = new InferencePass(network, weights, states, x.dimension(0)).run(x);
    assertClose(this + " evaluation", output.toArray(), golden.get("evalOutput"));
  }

  private float[] value(Tensor weights, List<BatchNormState> states, String name) {
    for (int i = 0; i < states.size(); i++) {
      String layer = network.batchNorms().get(i).name();
      if (name.equals(layer + ".running_mean")) {
        return floats(states.get(i).runningMean());
      }
      if (name.equals(layer + ".running_var")) {
        return floats(states.get(i).runningVariance());
      }
    }
    return network.parameter(name).read(weights);
  }

  private static LayerSpec layer(String[] words) {
    LearnedWeights.Bias bias =
        words[words.length - 1].equals("noBias")
            ? LearnedWeights.Bias.ABSENT
            : LearnedWeights.Bias.PRESENT;
    return switch (words[0]) {
      case "dense" -> LinearSpec.Dense.of(Integer.parseInt(words[2])).with(bias);
      case "batchnorm" -> new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
      case "relu" -> new ActivationSpec.Relu();
      case "leakyRelu" -> new ActivationSpec.LeakyRelu(Double.parseDouble(words[1]));
      case "tanh" -> new ActivationSpec.Tanh();
      case "sigmoid" -> new ActivationSpec.Sigmoid();
      case "flatten" -> new ShapeSpec.Flatten();
      case "maxPool" -> PoolingSpec.MaxPool.of(Integer.parseInt(words[1]));
      case "averagePool" -> PoolingSpec.AveragePool.of(Integer.parseInt(words[1]));
      case "conv2d" -> {
        Extent kernel = Extent.square(1);
        int stride = 1;
        int padding = 0;
        for (int i = 3; i + 1 < words.length; i += 2) {
          String value = words[i + 1];
          switch (words[i]) {
            case "kernel" -> {
              String[] sides = value.split("x");
              kernel =
                  new Extent(Integer.parseInt(sides[0]), Integer.parseInt(sides[sides.length - 1]));
            }
            case "stride" -> stride = Integer.parseInt(value);
            case "padding" -> padding = Integer.parseInt(value);
            default -> throw new AssertionError(words[i]);
          }
        }
        yield LinearSpec.Conv2d.of(Integer.parseInt(words[2]), kernel)
            .with(Extent.square(stride), Padding.of(padding))
            .with(bias);
      }
      default -> throw new AssertionError(words[0]);
    };
  }

  static void assertClose(String what, float[] actual, JsonNode golden) {
    double[] expected = doubles(golden);
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as(what + "[" + i + "]")
          .isCloseTo(expected[i], within(RELATIVE_ERROR * largest));
    }
  }

  static Tensor input(JsonNode array) {
    Tensor tensor = Tensor.of(data(array), shape(array));
    return tensor.rank() == 4 ? ChannelOrder.channelsLast(tensor) : tensor;
  }

  static int[] shape(JsonNode array) {
    return IntStream.range(0, array.get("shape").size())
        .map(i -> array.get("shape").get(i).asInt())
        .toArray();
  }

  private static double[] doubles(JsonNode array) {
    JsonNode data = array.has("data") ? array.get("data") : array;
    return IntStream.range(0, data.size()).mapToDouble(i -> data.get(i).asDouble()).toArray();
  }

  static float[] data(JsonNode array) {
    return floats(doubles(array));
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
