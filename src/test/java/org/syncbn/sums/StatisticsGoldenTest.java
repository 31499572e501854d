package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.Golden;

/** Means and variances against rational arithmetic, to the last bit. */
class StatisticsGoldenTest {

  static Stream<Named<JsonNode>> cases() {
    return StreamSupport.stream(Golden.cases("statistics.json").spliterator(), false)
        .map(node -> Named.of(node.get("name").asText(), node));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void momentsEqualTheCorrectlyRoundedOnes(JsonNode golden) {
    double[] values =
        StreamSupport.stream(golden.get("values").spliterator(), false)
            .mapToDouble(JsonNode::doubleValue)
            .toArray();
    ColumnSums sums = new ColumnSums();
    sums.add(values, 0, values.length);
    Moments moments = sums.moments();
    assertThat(moments.count()).isEqualTo(golden.get("count").longValue());
    assertThat(moments.mean()).isEqualTo(number(golden, "mean"));
    assertThat(moments.populationVariance()).isEqualTo(number(golden, "varianceBiased"));
    assertThat(moments.sampleVariance()).isEqualTo(number(golden, "varianceUnbiased"));
  }

  /** A null in the file stands for a number that does not exist. */
  private static Double number(JsonNode golden, String name) {
    JsonNode node = golden.get(name);
    return node.isNull() ? Double.valueOf(Double.NaN) : Double.valueOf(node.doubleValue());
  }
}
