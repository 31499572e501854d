package org.syncbn.spark.internals;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.util.SizeEstimator;
import org.junit.jupiter.api.Test;
import org.syncbn.SparkInternals;

@SparkInternals
class SizedTest {

  @Test
  void sparkTakesTheSizeThatItIsTold() {
    byte[] value = new byte[100_000];
    assertThat(SizeEstimator.estimate(value)).isGreaterThanOrEqualTo(100_000);
    assertThat(SizeEstimator.estimate(new Sized<>(value, 5))).isEqualTo(5);
  }
}
