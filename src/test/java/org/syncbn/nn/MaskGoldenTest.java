package org.syncbn.nn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.norm.BatchNormState;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * Masked networks against PyTorch 2.13 in float64, which has no masks: sequences are computed one
 * by one at their own lengths, holes of images are taken out by an index. Written by
 * src/bench/python/golden_masks.py.
 */
class MaskGoldenTest {

  static Stream<Arguments> cases() throws IOException {
    try (InputStream in = MaskGoldenTest.class.getResourceAsStream("/pytorch/masks.json")) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      return StreamSupport.stream(cases.spliterator(), false)
          .map(golden -> Arguments.of(golden.get("name").asText(), golden));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void hasTheStatisticsOutputsAndGradientsOfTheValidPlacesAlone(String name, JsonNode golden) {
    Tensor x = inputs(golden.get("x"));
    Network network =
        Network.of(
            Shape.features(x.dimension(1)), LayerGoldenTest.layers(golden), CounterRandom.of(1));
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
    Batch batch = Batch.of(x, GoldenNetwork.input(golden.get("target")));
    List<BatchNormState> states = training.gradients(batch, 2).commit(training.weights);
    GoldenNetwork.assertClose(name + ": output", training.output, golden.get("output"));
    for (ParameterBlock block : network.parameters()) {
      GoldenNetwork.assertClose(
          name + ": gradient of " + block.name(),
          training.gradient(block.name()),
          golden.get("gradients").get(block.name()));
    }
    for (int i = 0; i < states.size(); i++) {
      String norm = network.batchNorms().get(i).name();
      GoldenNetwork.assertClose(
          norm + ": running mean",
          floats(states.get(i).runningMean()),
          golden.get("running").get(norm + ".running_mean"));
      GoldenNetwork.assertClose(
          norm + ": running variance",
          floats(states.get(i).runningVariance()),
          golden.get("running").get(norm + ".running_var"));
    }
  }

  /** Rows with NaN in the masked places. */
  private static Tensor inputs(JsonNode x) {
    Tensor inputs = Tensor.zeros(GoldenNetwork.shape(x));
    for (int i = 0; i < inputs.size(); i++) {
      JsonNode value = x.get("data").get(i);
      inputs.set(i, value.isNull() ? Float.NaN : (float) value.asDouble());
    }
    return inputs;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
