package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuartilesTest {

  private static double quartile(int quartile, double... sorted) {
    int below = (int) Quartiles.placeBelow(quartile, sorted.length);
    int above = Math.min(below + 1, sorted.length - 1);
    return Quartiles.between(quartile, sorted.length, sorted[below], sorted[above]);
  }

  /** {@code numpy.percentile([...], 25)} and so on. */
  @Test
  void theyAreInterpolatedLinearly() {
    assertThat(quartile(1, 1, 2, 3, 4)).isEqualTo(1.75);
    assertThat(quartile(2, 1, 2, 3, 4)).isEqualTo(2.5);
    assertThat(quartile(3, 1, 2, 3, 4)).isEqualTo(3.25);
    assertThat(quartile(2, 1, 2, 30)).isEqualTo(2);
    assertThat(quartile(1, 7)).isEqualTo(7);
    assertThat(quartile(3, 7, 8)).isEqualTo(7.75);
  }

  @Test
  void neitherPlacesNorDifferencesOverflow() {
    assertThat(Quartiles.placeBelow(3, Long.MAX_VALUE))
        .isEqualTo(Long.MAX_VALUE / 4 * 3 + 2 * 3 / 4);
    assertThat(quartile(2, -Double.MAX_VALUE, Double.MAX_VALUE)).isZero();
    assertThat(quartile(1, -Double.MAX_VALUE, Double.MAX_VALUE)).isEqualTo(-Double.MAX_VALUE / 2);
  }
}
