package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FeatureHistogramsTest {

  @Test
  void binsAreOfEqualWidthAndTheLastHoldsItsEnd() {
    assertThat(FeatureHistograms.bin(0, 0, 20)).isZero();
    assertThat(FeatureHistograms.bin(0.999, 0, 20)).isZero();
    assertThat(FeatureHistograms.bin(1, 0, 20)).isOne();
    assertThat(FeatureHistograms.bin(19, 0, 20)).isEqualTo(19);
    assertThat(FeatureHistograms.bin(20, 0, 20)).isEqualTo(19);
  }

  @Test
  void aConstantFeatureIsInTheFirstBin() {
    assertThat(FeatureHistograms.bin(7, 7, 7)).isZero();
  }

  @Test
  void theLargestNumbersHaveBinsToo() {
    double max = Double.MAX_VALUE;
    assertThat(FeatureHistograms.bin(-max, -max, max)).isZero();
    assertThat(FeatureHistograms.bin(0, -max, max)).isEqualTo(10);
    assertThat(FeatureHistograms.bin(max, -max, max)).isEqualTo(19);
  }
}
