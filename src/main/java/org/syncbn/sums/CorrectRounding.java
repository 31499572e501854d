package org.syncbn.sums;

import java.math.BigInteger;

/**
 * Doubles nearest to exact rational numbers and to their square roots, ties to even: one rounding,
 * subnormals and overflow to infinity included.
 */
final class CorrectRounding {

  /** Bits of a quotient or root that are computed before rounding: more than 53 + 2. */
  private static final int WORKING_BITS = 64;

  private static final int SIGNIFICAND_BITS = 53;

  /** {@code Double.MIN_VALUE} is 2 to this power, and every finite double a multiple of it. */
  static final int SMALLEST_EXPONENT = -1074;

  private CorrectRounding() {}

  /** The double nearest to {@code numerator / denominator * 2^exponent}, for a denominator > 0. */
  static double ratio(BigInteger numerator, BigInteger denominator, int exponent) {
    if (numerator.signum() == 0) {
      return 0.0;
    }
    int shift = WORKING_BITS + denominator.bitLength() - numerator.bitLength() + 1;
    BigInteger quotient = quotientWithStickyBit(numerator.abs(), denominator, shift);
    double magnitude = nearest(quotient, exponent - shift);
    return numerator.signum() < 0 ? -magnitude : magnitude;
  }

  /**
   * The double nearest to {@code sqrt(numerator / denominator * 2^exponent)}, for a numerator >= 0
   * and a denominator > 0.
   */
  static double squareRootOfRatio(BigInteger numerator, BigInteger denominator, int exponent) {
    if (numerator.signum() == 0) {
      return 0.0;
    }
    int shift = 2 * WORKING_BITS + denominator.bitLength() - numerator.bitLength() + 1;
    shift += (exponent - shift) & 1;
    BigInteger quotient = quotientWithStickyBit(numerator, denominator, shift);
    BigInteger[] rootAndRest = quotient.sqrtAndRemainder();
    BigInteger root = rootAndRest[1].signum() == 0 ? rootAndRest[0] : rootAndRest[0].setBit(0);
    return nearest(root, (exponent - shift) / 2);
  }

  /**
   * The integer part of {@code numerator / denominator * 2^shift}; its lowest bit is set when the
   * division leaves a rest, so that a rounding at a higher bit still sees on which side it lies.
   */
  private static BigInteger quotientWithStickyBit(
      BigInteger numerator, BigInteger denominator, int shift) {
    BigInteger[] quotientAndRest =
        shift >= 0
            ? numerator.shiftLeft(shift).divideAndRemainder(denominator)
            : numerator.divideAndRemainder(denominator.shiftLeft(-shift));
    return quotientAndRest[1].signum() == 0 ? quotientAndRest[0] : quotientAndRest[0].setBit(0);
  }

  /** The double nearest to {@code value * 2^exponent}, for a value of WORKING_BITS or more. */
  private static double nearest(BigInteger value, int exponent) {
    int unit = Math.max(value.bitLength() + exponent - SIGNIFICAND_BITS, SMALLEST_EXPONENT);
    int dropped = unit - exponent;
    long kept = value.shiftRight(dropped).longValueExact();
    boolean atLeastHalf = value.testBit(dropped - 1);
    boolean exactlyHalf = atLeastHalf && value.getLowestSetBit() == dropped - 1;
    if (exactlyHalf ? (kept & 1) == 1 : atLeastHalf) {
      kept++;
    }
    return Math.scalb((double) kept, unit);
  }
}
