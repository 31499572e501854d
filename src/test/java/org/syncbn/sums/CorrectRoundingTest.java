package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorrectRoundingTest {

  private static final BigInteger ONE = BigInteger.ONE;

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.1, Double.MIN_VALUE, Double.MIN_NORMAL, Double.MAX_VALUE, 3e-320})
  void aDoubleRoundsToItselfAndItsSquareHasItAsRoot(double value) {
    BigInteger units = units(value);
    assertThat(CorrectRounding.ratio(units, ONE, -1074)).isEqualTo(value);
    assertThat(CorrectRounding.ratio(units.negate(), ONE, -1074)).isEqualTo(-value);
    assertThat(CorrectRounding.squareRootOfRatio(units.pow(2), ONE, -2148)).isEqualTo(value);
  }

  @Test
  void tiesGoToTheEvenNeighbour() {
    // (2^53 + 1) and (2^53 + 3) lie half-way between doubles.
    BigInteger two53 = ONE.shiftLeft(53);
    assertThat(CorrectRounding.ratio(two53.add(ONE), ONE, 0)).isEqualTo(0x1p53);
    assertThat(CorrectRounding.ratio(two53.add(BigInteger.valueOf(3)), ONE, 0))
        .isEqualTo(0x1p53 + 4);
    // The same within the subnormals: half, one and a half, two and a half units.
    assertThat(CorrectRounding.ratio(ONE, ONE, -1075)).isZero();
    assertThat(CorrectRounding.ratio(BigInteger.valueOf(3), ONE, -1075))
        .isEqualTo(2 * Double.MIN_VALUE);
    assertThat(CorrectRounding.ratio(BigInteger.valueOf(5), ONE, -1075))
        .isEqualTo(2 * Double.MIN_VALUE);
  }

  @Test
  void theSmallestExcessBreaksATie() {
    BigInteger tie = ONE.shiftLeft(53).add(ONE);
    BigInteger far = ONE.shiftLeft(3000);
    assertThat(CorrectRounding.ratio(tie.multiply(far).add(ONE), far, 0)).isEqualTo(0x1p53 + 2);
    assertThat(CorrectRounding.ratio(tie.multiply(far).subtract(ONE), far, 0)).isEqualTo(0x1p53);
    // The root of (2^53 + 1)^2 + tiny lies just above the tie.
    BigInteger square = tie.pow(2).multiply(far);
    assertThat(CorrectRounding.squareRootOfRatio(square, far, 0)).isEqualTo(0x1p53);
    assertThat(CorrectRounding.squareRootOfRatio(square.add(ONE), far, 0)).isEqualTo(0x1p53 + 2);
  }

  @Test
  void theBorderOfOverflowIsHalfAUnitAboveTheLargestDouble() {
    BigInteger largest = units(Double.MAX_VALUE);
    BigInteger halfUnit = ONE.shiftLeft(1074 + 970);
    assertThat(CorrectRounding.ratio(largest.add(halfUnit).subtract(ONE), ONE, -1074))
        .isEqualTo(Double.MAX_VALUE);
    assertThat(CorrectRounding.ratio(largest.add(halfUnit), ONE, -1074))
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(CorrectRounding.ratio(largest.add(halfUnit).negate(), ONE, -1074))
        .isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void noDoubleIsNearerToARatioOrARoot() {
    Random random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      BigInteger numerator = new BigInteger(1 + random.nextInt(300), random).add(ONE);
      BigInteger denominator = new BigInteger(1 + random.nextInt(300), random).add(ONE);
      int exponent = -random.nextInt(1400);
      double ratio = CorrectRounding.ratio(numerator, denominator, exponent);
      BigInteger scaled = numerator.shiftLeft(1500 + exponent);
      assertThat(middle(ratio, Math.nextDown(ratio), 1500).multiply(denominator))
          .isLessThanOrEqualTo(scaled);
      assertThat(middle(ratio, Math.nextUp(ratio), 1500).multiply(denominator))
          .isGreaterThanOrEqualTo(scaled);
      double root = CorrectRounding.squareRootOfRatio(numerator, denominator, 2 * exponent);
      BigInteger scaledSquare = numerator.shiftLeft(3000 + 2 * exponent);
      assertThat(middle(root, Math.nextDown(root), 1500).pow(2).multiply(denominator))
          .isLessThanOrEqualTo(scaledSquare);
      assertThat(middle(root, Math.nextUp(root), 1500).pow(2).multiply(denominator))
          .isGreaterThanOrEqualTo(scaledSquare);
    }
  }

  /** The middle of two neighbours, not below 0, in units of 2^-bits. */
  private static BigInteger middle(double a, double b, int bits) {
    BigDecimal unit = new BigDecimal(ONE.shiftLeft(bits - 1));
    return new BigDecimal(a)
        .add(new BigDecimal(b))
        .multiply(unit)
        .toBigIntegerExact()
        .max(BigInteger.ZERO);
  }

  private static BigInteger units(double value) {
    return new BigDecimal(value).multiply(new BigDecimal(ONE.shiftLeft(1074))).toBigIntegerExact();
  }
}
