package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ChannelMomentsTest {

  /** Moments of whole numbers, whose sums a double holds exactly. */
  private static double[] of(double... values) {
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    double n = values.length;
    return n == 0 ? new double[4] : new double[] {n, n, sum / n, squares - sum * sum / n};
  }

  @Test
  void joinedMomentsAreThoseOfAllValues() {
    double[] left = of(1, 2, 6);
    ChannelMoments.join(left, of(11, 20), 1);
    assertThat(left).containsExactly(of(1, 2, 6, 11, 20), within(1e-12));
  }

  @Test
  void farFromZeroNothingCancels() {
    double[] all = new double[4];
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      double x = 1e15 + random.nextInt(2);
      ChannelMoments.join(all, new double[] {1, 1, x, 0}, 1);
    }
    double ones = (all[2] - 1e15) * 1000;
    assertThat(all[3]).isCloseTo(ones * (1000 - ones) / 1000, within(30.0)); // mean: ulp 1/8
    assertThat(all[0]).isEqualTo(1000);
  }

  @Test
  void aSideWithoutValuesLeavesTheBitsOfTheOther() {
    double[] some = {2, 3, -0.0, 0.1, 5, -0.0};
    double[] left = some.clone();
    ChannelMoments.join(left, new double[6], 2);
    assertThat(left).isEqualTo(some);
    double[] right = new double[6];
    ChannelMoments.join(right, some, 2);
    assertThat(right).isEqualTo(some);
  }

  @Test
  void ghostBatchesJoinEachForItself() {
    double[] left = {2, 2, 1, 3, 0, 0, 0, 0};
    ChannelMoments.join(left, new double[] {2, 2, 3, 5, 1, 4, 9, 0}, 1);
    assertThat(left).containsExactly(4, 4, 2, 3 + 5 + 4 * (2 * 2 / 4.0), 1, 4, 9, 0);
  }

  @Test
  void whatIsNotOfOneLayerIsRejected() {
    assertThatThrownBy(() -> ChannelMoments.join(new double[4], new double[6], 1))
        .hasMessage("moments of 4 and 6 numbers are not those of one layer with 1 channels");
  }
}
