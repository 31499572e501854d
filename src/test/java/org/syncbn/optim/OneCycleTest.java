package org.syncbn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.tensor.Tensor;

/** Weights along PyTorch's OneCycleLR in float64: src/bench/python/one_cycle.py. */
class OneCycleTest {

  private static Stream<JsonNode> cases() throws IOException {
    try (InputStream in = OneCycleTest.class.getResourceAsStream("/pytorch/one_cycle.json")) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      return StreamSupport.stream(cases.spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void cyclesRatesAndMomentumAsPyTorchDoes(JsonNode golden) {
    JsonNode cycle = golden.get("cycle");
    boolean cycles = cycle.path("cycle_momentum").asBoolean(true);
    Schedule rate =
        new Schedule.OneCycle(
            0.3,
            0.4,
            25,
            1e4,
            cycles,
            cycle.path("base_momentum").asDouble(0.85),
            cycle.path("max_momentum").asDouble(0.95),
            Optional.of((long) golden.get("steps").size()),
            Optional.empty());
    float[] initial = floats(golden.get("initial"));
    Tensor weights = Tensor.of(initial, initial.length);
    Optimizer optimizer =
        new Optimizer(
            transforms(golden.get("optimizer").asText(), rate),
            List.of(new Segment("weight", 0, initial.length, true, true)));
    for (JsonNode step : golden.get("steps")) {
      assertThat(optimizer.learningRate()).isCloseTo(step.get("rate").asDouble(), within(1e-15));
      double momentum = step.get("momentum").asDouble();
      assertThat(optimizer.momentum().orElse(0.9)).isCloseTo(momentum, within(1e-15));
      assertThat(optimizer.momentum().isPresent()).isEqualTo(cycles);
      float[] gradient = floats(step.get("gradient"));
      optimizer.step(weights, Tensor.of(gradient, gradient.length), 1);
      assertThat(weights.toArray())
          .as("step " + optimizer.steps())
          .containsExactly(floats(step.get("weights")), within(2e-5f));
    }
  }

  private static List<Transform> transforms(String name, Schedule rate) {
    return switch (name) {
      case "momentum" -> Optimizers.momentum(rate, 0.9);
      case "nesterov" -> Optimizers.nesterov(rate, 0.9);
      case "adam" -> Optimizers.adam(rate, 0.9, 0.999, 1e-8);
      case "adamW" -> Optimizers.adamW(rate, 0.9, 0.999, 1e-8, 0.01);
      default -> throw new AssertionError(name);
    };
  }

  private static float[] floats(JsonNode values) {
    float[] floats = new float[values.size()];
    IntStream.range(0, floats.length).forEach(i -> floats[i] = (float) values.get(i).asDouble());
    return floats;
  }
}
