package org.syncbn.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;

/** When features that a network reads as they are deserve a warning. */
class FeatureScalesTest {

  private static Moments of(double... values) {
    ColumnSums sums = new ColumnSums();
    DoubleStream.of(values).forEach(sums::add);
    return sums.moments();
  }

  @Test
  void scalesThatDifferALotAreNamed() {
    assertThat(
            FeatureScales.warning(
                List.of("age", "kilometres", "never"),
                List.of(of(30, 40), of(0, 80_000), of(0, 0))))
        .contains(
            "warning: the network reads features as they are, and they differ in scale:"
                + " 'kilometres' is around 56569, 'age' around 35; set data.standardize = true, or"
                + " begin the network with a batchNorm");
  }

  @Test
  void likeScalesAndFeaturesWithoutOneAreNothing() {
    assertThat(FeatureScales.warning(List.of("a", "b"), List.of(of(1, -1), of(90, -90)))).isEmpty();
    assertThat(FeatureScales.warning(List.of("a", "b"), List.of(of(0), of(1e6)))).isEmpty();
    assertThat(FeatureScales.warning(List.of(), List.of())).isEmpty();
  }
}
