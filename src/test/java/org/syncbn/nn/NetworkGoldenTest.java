package org.syncbn.nn;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole trainings as PyTorch computed them in float64, on one machine and on uneven shards. */
class NetworkGoldenTest {

  static Stream<Arguments> cases() {
    return GoldenNetwork.all()
        .flatMap(golden -> Stream.of(1, 2, 3, 5).map(shards -> Arguments.of(golden, shards)));
  }

  @ParameterizedTest(name = "{0} on {1} shards")
  @MethodSource("cases")
  void trainsAsPyTorchDoes(GoldenNetwork golden, int shards) {
    Training training =
        new Training(golden.network(), golden.loss(), List.of(), golden.transforms());
    golden.putWeights(training.weights);
    training.states = golden.states(training.weights);
    for (int step = 0; step < golden.steps(); step++) {
      JsonNode expected = golden.step(step);
      Batch batch = golden.batch(step);
      training.step(batch, cuts(batch.rows(), shards));
      String where = golden + " step " + step;
      golden.checkLoss(step, training.measures.loss(training.sums));
      GoldenNetwork.assertClose(where + " output", training.output, expected.get("output"));
      if (expected.has("gradients")) {
        for (Map.Entry<String, JsonNode> gradient : expected.get("gradients").properties()) {
          GoldenNetwork.assertClose(
              where + " gradient of " + gradient.getKey(),
              training.gradient(gradient.getKey()),
              gradient.getValue());
        }
      }
    }
    golden.checkFinal(training.weights, training.states);
  }

  /** Uneven: the first shard has one row, the others share the rest, the last one most. */
  private static int[] cuts(int rows, int shards) {
    return IntStream.range(1, shards)
        .map(i -> i == 1 ? 1 : 1 + (rows - 1) * (i - 1) * (i - 1) / (shards * shards) + i - 2)
        .map(cut -> Math.min(cut, rows))
        .toArray();
  }
}
