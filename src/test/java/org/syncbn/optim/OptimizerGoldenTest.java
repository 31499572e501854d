package org.syncbn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.Golden;
import org.syncbn.tensor.Tensor;

/** Trajectories of weights under given gradients, as PyTorch computed them in float64. */
class OptimizerGoldenTest {

  static Stream<Arguments> cases() {
    return StreamSupport.stream(Golden.cases("optimizers.json").spliterator(), false)
        .map(golden -> Arguments.of(golden.get("name").asText(), golden));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void movesWeightsAsPyTorchDoes(String name, JsonNode golden) {
    float[] initial = data(golden.get("initial"));
    Tensor weights = Tensor.of(initial, initial.length);
    Optimizer optimizer =
        new Optimizer(
            transforms(name, golden.get("hyperparameters")),
            List.of(new Segment("weight", 0, initial.length, true, true)));
    for (JsonNode step : golden.get("steps")) {
      float[] gradient = data(step.get("gradient"));
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= 4; // as if summed over four rows
      }
      optimizer.step(weights, Tensor.of(gradient, gradient.length), 4);
      float[] expected = data(step.get("parameters"));
      double largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(weights.toArray())
          .as(name + " step " + optimizer.steps())
          .containsExactly(expected, within((float) (2e-5 * largest)));
    }
  }

  /** PyTorch's options tell its optimizers apart, but for Adam and AdamW. */
  private static List<Transform> transforms(String name, JsonNode options) {
    Schedule rate = Schedule.constant(options.get("lr").asDouble());
    double decay = options.get("weight_decay").asDouble();
    double momentum = options.path("momentum").asDouble();
    if (name.startsWith("adamw")) {
      return Optimizers.adamW(rate, beta(options, 0), beta(options, 1), eps(options), decay);
    }
    List<Transform> parts;
    if (options.has("betas")) {
      parts = Optimizers.adam(rate, beta(options, 0), beta(options, 1), eps(options));
    } else if (options.has("alpha")) {
      Transform.ScaleByRms.Center center =
          options.get("centered").asBoolean()
              ? Transform.ScaleByRms.Center.MEAN
              : Transform.ScaleByRms.Center.ZERO;
      double alpha = options.get("alpha").asDouble();
      parts = Optimizers.rmsprop(rate, alpha, eps(options), center, momentum);
    } else if (options.has("lr_decay")) {
      parts = Optimizers.adagrad(rate, eps(options));
    } else if (options.get("nesterov").asBoolean()) {
      parts = Optimizers.nesterov(rate, momentum);
    } else {
      parts = momentum == 0 ? Optimizers.sgd(rate) : Optimizers.momentum(rate, momentum);
    }
    return decay == 0 ? parts : Optimizers.withPenalty(decay, parts);
  }

  private static double beta(JsonNode options, int index) {
    return options.get("betas").get(index).asDouble();
  }

  private static double eps(JsonNode options) {
    return options.get("eps").asDouble();
  }

  private static float[] data(JsonNode array) {
    JsonNode data = array.get("data");
    float[] values = new float[data.size()];
    IntStream.range(0, values.length).forEach(i -> values[i] = (float) data.get(i).asDouble());
    return values;
  }
}
