package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.apache.commons.math3.special.Erf;
import org.junit.jupiter.api.Test;

class StableMathTest {

  @Test
  void expIsRightToFourteenDigits() {
    for (double x = -708; x < 709; x += 0.0973) {
      assertThat(StableMath.exp(x) / StrictMath.exp(x)).as("exp " + x).isCloseTo(1, within(1e-14));
    }
    assertThat(StableMath.exp(0)).isEqualTo(1);
    assertThat(StableMath.exp(-1e9)).isZero();
    assertThat(StableMath.exp(1e9)).isInfinite();
    assertThat(StableMath.exp(Double.NaN)).isNaN();
  }

  @Test
  void tanhAndExpm1DoNotCancelNearZero() {
    for (double x = 1e-12; x < 30; x *= 1.7) {
      for (double signed : new double[] {x, -x}) {
        assertThat(StableMath.tanh(signed) / StrictMath.tanh(signed)).isCloseTo(1, within(1e-11));
        assertThat(StableMath.expm1(signed) / StrictMath.expm1(signed)).isCloseTo(1, within(1e-11));
      }
    }
  }

  @Test
  void erfIsRightToTwelvePlaces() {
    for (double x = -7; x < 7; x += 0.0137) {
      assertThat(StableMath.erf(x)).as("erf " + x).isCloseTo(Erf.erf(x), within(1e-12));
    }
    assertThat(StableMath.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
    assertThat(StableMath.erf(Double.NaN)).isNaN();
  }
}
