package io.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.syncbn.Golden;
import io.syncbn.norm.BatchNormOptions;
import io.syncbn.norm.BatchNormState;
import io.syncbn.optim.Optimizers;
import io.syncbn.optim.Schedule;
import io.syncbn.optim.Transform;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole trainings as PyTorch computed them in float64, on one machine and on uneven shards. */
class NetworkGoldenTest {

  static Stream<Arguments> cases() {
    return StreamSupport.stream(Golden.cases("networks.json").spliterator(), false)
        .flatMap(
            golden ->
                Stream.of(1, 2, 3, 5)
                    .map(shards -> Arguments.of(golden.get("name").asText(), shards, golden)));
  }

  @ParameterizedTest(name = "{0} on {1} shards")
  @MethodSource("cases")
  void trainsAsPyTorchDoes(String name, int shards, JsonNode golden) {
    List<LayerSpec> layers = new ArrayList<>();
    Loss loss = null;
    for (JsonNode line : golden.get("network")) {
      String[] words = line.asText().split(" ");
      if (words[0].equals("softmaxCrossEntropy")) {
        loss = Loss.SoftmaxCrossEntropy.plain();
      } else if (words[0].equals("meanSquaredError")) {
        loss = new Loss.MeanSquaredError();
      } else {
        layers.add(layer(words));
      }
    }
    int[] first = shape(golden.get("steps").get(0).get("x"));
    Shape input =
        first.length == 2 ? Shape.features(first[1]) : Shape.image(first[1], first[2], first[3]);
    Network network = Network.of(input, layers, CounterRandom.of(1));
    Training training = new Training(network, loss, List.of(), transforms(golden.get("optimizer")));
    putWeights(training, golden.get("initial"));

    for (int step = 0; step < golden.get("steps").size(); step++) {
      JsonNode expected = golden.get("steps").get(step);
      Tensor x = input(expected.get("x"));
      int rows = x.dimension(0);
      float[] targets = data(expected.get("target"));
      Batch batch = Batch.of(x, Tensor.of(targets, rows, targets.length / rows));
      training.step(batch, cuts(rows, shards));
      String where = name + " step " + step;
      assertThat(training.evaluation.loss(training.sums))
          .as(where)
          .isCloseTo(expected.get("loss").asDouble(), within(2e-5));
      assertClose(where + " output", training.output, expected.get("output"));
      if (expected.has("gradients")) {
        for (Map.Entry<String, JsonNode> gradient : expected.get("gradients").properties()) {
          assertClose(
              where + " gradient of " + gradient.getKey(),
              training.gradient(gradient.getKey()),
              gradient.getValue());
        }
      }
    }
    for (Map.Entry<String, JsonNode> entry : golden.get("final").properties()) {
      assertClose(
          name + " final " + entry.getKey(), value(training, entry.getKey()), entry.getValue());
    }
    Tensor x = input(golden.get("steps").get(0).get("x"));
    Tensor output =
        new InferencePass(network, training.weights, training.states, x.dimension(0)).run(x);
    assertClose(name + " evaluation", output.toArray(), golden.get("evalOutput"));
  }

  private static LayerSpec layer(String[] words) {
    LayerSpec.Bias bias =
        words[words.length - 1].equals("noBias") ? LayerSpec.Bias.ABSENT : LayerSpec.Bias.PRESENT;
    return switch (words[0]) {
      case "dense" -> LayerSpec.Dense.of(Integer.parseInt(words[2])).with(bias);
      case "batchnorm" -> new LayerSpec.BatchNormalization(BatchNormOptions.PYTORCH);
      case "relu" -> new LayerSpec.Relu();
      case "leakyRelu" -> new LayerSpec.LeakyRelu(Double.parseDouble(words[1]));
      case "tanh" -> new LayerSpec.Tanh();
      case "sigmoid" -> new LayerSpec.Sigmoid();
      case "flatten" -> new LayerSpec.Flatten();
      case "maxPool" -> LayerSpec.MaxPool.of(Integer.parseInt(words[1]));
      case "averagePool" -> LayerSpec.AveragePool.of(Integer.parseInt(words[1]));
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
        yield LayerSpec.Conv2d.of(Integer.parseInt(words[2]), kernel)
            .with(Extent.square(stride), Padding.of(padding))
            .with(bias);
      }
      default -> throw new AssertionError(words[0]);
    };
  }

  private static List<Transform> transforms(JsonNode optimizer) {
    Schedule rate = Schedule.constant(optimizer.get("learningRate").asDouble());
    return switch (optimizer.get("name").asText()) {
      case "sgd" -> Optimizers.momentum(rate, optimizer.get("momentum").asDouble());
      case "adam" -> Optimizers.adam(rate, 0.9, 0.999, 1e-8);
      default -> throw new AssertionError(optimizer);
    };
  }

  /** Uneven: the first shard has one row, the others share the rest, the last one most. */
  private static int[] cuts(int rows, int shards) {
    return IntStream.range(1, shards)
        .map(i -> i == 1 ? 1 : 1 + (rows - 1) * (i - 1) * (i - 1) / (shards * shards) + i - 2)
        .toArray();
  }

  private static void putWeights(Training training, JsonNode initial) {
    for (ParameterBlock block : training.network.parameters()) {
      block.write(training.weights, data(initial.get(block.name())));
    }
    List<BatchNormState> states = new ArrayList<>();
    for (BatchNormState state : training.network.initialStates(training.weights)) {
      String name = training.network.batchNorms().get(states.size()).name();
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
    training.states = states;
  }

  private static float[] value(Training training, String name) {
    for (int i = 0; i < training.states.size(); i++) {
      String layer = training.network.batchNorms().get(i).name();
      if (name.equals(layer + ".running_mean")) {
        return floats(training.states.get(i).runningMean());
      }
      if (name.equals(layer + ".running_var")) {
        return floats(training.states.get(i).runningVariance());
      }
    }
    return training.network.parameter(name).read(training.weights);
  }

  private static void assertClose(String what, float[] actual, JsonNode golden) {
    double[] expected = doubles(golden);
    assertThat(actual).as(what).hasSameSizeAs(expected);
    double largest = 0;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as(what + "[" + i + "]")
          .isCloseTo(expected[i], within(2e-5 * largest));
    }
  }

  private static Tensor input(JsonNode array) {
    Tensor tensor = Tensor.of(data(array), shape(array));
    return tensor.rank() == 4 ? ChannelOrder.channelsLast(tensor) : tensor;
  }

  private static int[] shape(JsonNode array) {
    return IntStream.range(0, array.get("shape").size())
        .map(i -> array.get("shape").get(i).asInt())
        .toArray();
  }

  private static double[] doubles(JsonNode array) {
    JsonNode data = array.has("data") ? array.get("data") : array;
    return IntStream.range(0, data.size()).mapToDouble(i -> data.get(i).asDouble()).toArray();
  }

  private static float[] data(JsonNode array) {
    return floats(doubles(array));
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static float[] concatenated(List<float[]> parts) {
    float[] whole = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, whole, at, part.length);
      at += part.length;
    }
    return whole;
  }
}
