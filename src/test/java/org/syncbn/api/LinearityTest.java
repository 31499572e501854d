package org.syncbn.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.syncbn.data.Block;

class LinearityTest {

  private static final int ROWS = 120;
  private static final int FEATURES = 4;

  @Test
  void aSumWithNoiseIsLinear() {
    assertThat(Linearity.holds(rows(x -> 0.8 * x[0] - 0.5 * x[1], 0.5))).isTrue();
  }

  @Test
  void noiseAloneIsLinear() {
    assertThat(Linearity.holds(rows(x -> 0, 1))).isTrue();
  }

  @Test
  void aProductASquareAndACubeAreNot() {
    assertThat(Linearity.holds(rows(x -> x[0] * x[1], 0.3))).isFalse();
    assertThat(Linearity.holds(rows(x -> x[0] * x[0] - 1, 0.3))).isFalse();
    assertThat(Linearity.holds(rows(x -> x[2] * x[2] * x[2] / 3 - x[2], 0.3))).isFalse();
  }

  @Test
  void equalFeaturesAndASingleRowAreNoError() {
    Block equal = Block.ofFloats(3, new float[3], new float[] {-1, 0, 1}, new float[] {1, 1, 1});
    assertThat(Linearity.holds(equal)).isTrue();
    Block single = Block.ofFloats(1, new float[1], new float[1], new float[] {1});
    assertThat(Linearity.holds(single)).isTrue();
  }

  private static Block rows(ToDoubleFunction<double[]> label, double noise) {
    Random random = new Random(1);
    float[] features = new float[ROWS * FEATURES];
    float[] labels = new float[ROWS];
    float[] weights = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      double[] x = IntStream.range(0, FEATURES).mapToDouble(i -> random.nextGaussian()).toArray();
      for (int i = 0; i < FEATURES; i++) {
        features[row * FEATURES + i] = (float) x[i];
      }
      labels[row] = (float) (label.applyAsDouble(x) + noise * random.nextGaussian());
      weights[row] = 1;
    }
    return Block.ofFloats(ROWS, features, labels, weights);
  }
}
