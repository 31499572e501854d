package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.model.NetworkFormat;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** Metrics beside scikit-learn's: src/bench/python/metric_values.py. */
class MetricPeerTest {

  private static Stream<JsonNode> cases() throws IOException {
    try (InputStream in = MetricPeerTest.class.getResourceAsStream("/peers/metrics.json")) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      return StreamSupport.stream(cases.spliterator(), false);
    }
  }

  private static List<Metric> all() {
    List<Metric> all =
        new ArrayList<>(
            List.of(
                new ClassMetric.Accuracy(),
                new ClassMetric.LogLoss(),
                new ClassMetric.BalancedAccuracy(),
                new ClassMetric.ConfusionMatrix(),
                new NumberMetric.RootMeanSquaredError(),
                new NumberMetric.MeanAbsoluteError(),
                new NumberMetric.R2()));
    for (Metric.Average average : Metric.Average.values()) {
      all.add(new ClassMetric.RocAuc(average));
      all.add(new ClassMetric.PrAuc(average));
      all.add(new ClassMetric.Precision(average));
      all.add(new ClassMetric.Recall(average));
      all.add(new ClassMetric.F1(average));
    }
    return all;
  }

  private static boolean fits(Metric metric, Loss loss, int outputs) {
    try {
      metric.check(loss, outputs);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void metricsAreThoseOfScikitLearn(JsonNode peer) {
    Loss loss = NetworkFormat.RECORDS.read(peer.get("loss"), Loss.class, "loss");
    int rows = peer.get("outputs").size();
    int outputs = peer.get("outputs").get(0).size();
    List<Metric> metrics = all().stream().filter(metric -> fits(metric, loss, outputs)).toList();
    Network network = Network.of(Shape.features(outputs), List.of(), CounterRandom.of(1));
    Measures measures = Measures.of(network, loss, metrics);
    double[] sums = new double[measures.length()];
    List<Tally> tallies = List.of();
    int[] cuts = {rows, 18, 17, 0};
    for (int i = 1; i < cuts.length; i++) { // the last rows first
      Tensor piece = tensor(peer.get("outputs"), cuts[i], cuts[i - 1]);
      Tensor targets = tensor(peer.get("targets"), cuts[i], cuts[i - 1]);
      float[] weights = floats(peer.get("weights"), cuts[i], cuts[i - 1]);
      List<Tally.Builder> builders = measures.tallies();
      measures.add(Batch.of(piece, targets, weights), piece, sums, builders);
      tallies = join(builders.stream().map(Tally.Builder::tally).toList(), tallies);
    }
    Map<String, Double> values = measures.values(sums, tallies);
    peer.get("metrics")
        .properties()
        .forEach(
            entry ->
                assertThat(values.get(entry.getKey()))
                    .as(entry.getKey())
                    .isCloseTo(entry.getValue().asDouble(), within(1e-9)));
    List<List<Double>> matrix = measures.confusionMatrix(tallies);
    assertThat(matrix).hasSameSizeAs(peer.get("confusionMatrix"));
    for (int label = 0; label < matrix.size(); label++) {
      for (int predicted = 0; predicted < matrix.size(); predicted++) {
        assertThat(matrix.get(label).get(predicted))
            .isCloseTo(
                peer.get("confusionMatrix").get(label).get(predicted).asDouble(), within(1e-9));
      }
    }
  }

  private static List<Tally> join(List<Tally> left, List<Tally> right) {
    return right.isEmpty()
        ? left
        : IntStream.range(0, left.size()).mapToObj(i -> left.get(i).join(right.get(i))).toList();
  }

  private static Tensor tensor(JsonNode rows, int from, int to) {
    int width = rows.get(0).size();
    float[] values = new float[(to - from) * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rows.get(from + i / width).get(i % width).asDouble();
    }
    return Tensor.of(values, to - from, width);
  }

  private static float[] floats(JsonNode weights, int from, int to) {
    float[] values = new float[weights.isEmpty() ? 0 : to - from];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) weights.get(from + i).asDouble();
    }
    return values;
  }
}
