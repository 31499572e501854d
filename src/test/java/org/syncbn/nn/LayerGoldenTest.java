package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.model.NetworkFormat;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * Layers as run files write them, with the outputs and gradients of PyTorch 2.13 in float64,
 * written by src/bench/python/golden_layers.py.
 */
class LayerGoldenTest {

  static Stream<Arguments> cases() throws IOException {
    try (InputStream in = LayerGoldenTest.class.getResourceAsStream("/pytorch/layers.json")) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      return StreamSupport.stream(cases.spliterator(), false)
          .map(golden -> Arguments.of(golden.get("name").asText(), golden));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void putsOutWhatPyTorchDoesAndHasItsGradients(String name, JsonNode golden) {
    Tensor x = GoldenNetwork.input(golden.get("x"));
    Network network = Network.of(shape(golden.get("x")), layers(golden), CounterRandom.of(1));
    assertThat(network.parameters())
        .extracting(ParameterBlock::name)
        .containsExactlyInAnyOrderElementsOf(golden.get("weights")::fieldNames);
    Training training =
        new Training(
            network,
            new NumberLoss.MeanSquaredError(),
            List.of(),
            Optimizers.sgd(Schedule.constant(0.1)));
    for (ParameterBlock block : network.parameters()) {
      block.write(training.weights, GoldenNetwork.data(golden.get("weights").get(block.name())));
    }
    training.states = network.initialStates(training.weights);
    Tensor target = GoldenNetwork.input(golden.get("target"));
    training.gradients(Batch.of(x, target), 2); // two shards
    GoldenNetwork.assertClose(name + ": output", training.output, golden.get("output"));
    for (ParameterBlock block : network.parameters()) {
      GoldenNetwork.assertClose(
          name + ": gradient of " + block.name(),
          training.gradient(block.name()),
          golden.get("gradients").get(block.name()));
    }
  }

  static List<LayerSpec> layers(JsonNode golden) {
    List<LayerSpec> layers = new ArrayList<>();
    for (JsonNode layer : golden.get("layers")) {
      layers.add(NetworkFormat.RECORDS.read(layer, LayerSpec.class, "network"));
    }
    JsonNode written = NetworkFormat.RECORDS.writeList(layers, LayerSpec.class);
    for (int i = 0; i < layers.size(); i++) {
      assertThat(NetworkFormat.RECORDS.read(written.get(i), LayerSpec.class, "network"))
          .as("read again as a model has it")
          .isEqualTo(layers.get(i));
    }
    return layers;
  }

  private static Shape shape(JsonNode array) {
    int[] shape = GoldenNetwork.shape(array);
    return shape.length == 2 ? Shape.features(shape[1]) : Shape.image(shape[1], shape[2], shape[3]);
  }
}
