package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.model.NetworkFormat;

/** Losses beside PyTorch's in float64: src/bench/python/loss_values.py. */
class LossPeerTest {

  private static Stream<JsonNode> cases() throws IOException {
    try (InputStream in = LossPeerTest.class.getResourceAsStream("/peers/losses.json")) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      return StreamSupport.stream(cases.spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void meansAndGradientsAreThoseOfPyTorch(JsonNode peer) {
    Loss loss = NetworkFormat.RECORDS.read(peer.get("loss"), Loss.class, "loss");
    int rows = peer.get("outputs").size();
    double sum = 0;
    double weight = 0;
    float[][] gradients = new float[rows][];
    for (int row = 0; row < rows; row++) {
      float[] output = floats(peer.get("outputs").get(row));
      float[] target = floats(peer.get("targets").get(row));
      gradients[row] = new float[output.length];
      sum += loss.row(output, target, 1, gradients[row]);
      weight += loss.weight(output.length, target, 1);
    }
    double mean = peer.get("mean").asDouble();
    assertThat(sum / weight).isCloseTo(mean, within(1e-13 * Math.abs(mean)));
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < gradients[row].length; i++) {
        double expected = peer.get("gradient").get(row).get(i).asDouble();
        assertThat(gradients[row][i] / weight)
            .as("row %d, output %d", row, i)
            .isCloseTo(expected, within(2e-7 * Math.abs(expected) + 1e-16));
      }
    }
  }

  private static float[] floats(JsonNode list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) list.get(i).asDouble();
    }
    return values;
  }
}
