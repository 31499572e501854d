package org.syncbn.sums;

import java.util.Arrays;

/**
 * The fast way into {@link ColumnSums}: a block of values is first summed by exponent, without
 * shifts or carries, and then only the few exponents that occurred are added to the long integers.
 *
 * <p>The upper 12 bits of a double, sign and exponent, choose a bin; the other 52 are its fraction
 * f. A bin keeps four {@code long}s, in which nothing is rounded:
 *
 * <ul>
 *   <li>the number n of its values,
 *   <li>the sum of f,
 *   <li>the sum of f^2 modulo 2^64,
 *   <li>the sum of the integer parts of f^2 / 2^52.
 * </ul>
 *
 * <p>Bounds, for at most {@code BLOCK} = 2^11 values: f < 2^52, so the sum of f and that of the
 * integer parts are below 2^63. Each integer part leaves out less than 2^52, so the exact sum of
 * f^2 exceeds 2^52 times the last sum by less than 2^63, and that excess is known modulo 2^64: it
 * is known. With the hidden bit, present unless the exponent field is 0, a significand is m = f +
 * 2^52, and m^2 = f^2 + 2^53 f + 2^104.
 *
 * <p>Two tables take turns, so that equal exponents in a row do not wait for each other's stores.
 * One thread keeps one pair of tables (256 KiB) for all columns. Not thread-safe.
 */
final class ExponentBins {

  /** Most values of one block. */
  static final int BLOCK = 1 << 11;

  /** Fewer values than this are added one by one. */
  private static final int WORTH_A_BLOCK = 16;

  private static final int FRACTION_BITS = 52;
  private static final long FRACTION = (1L << FRACTION_BITS) - 1;
  private static final int LONGS_PER_BIN = 4;
  private static final int EXPONENTS = 1 << 11;

  /** From the bin of a positive exponent to that of the same negative one. */
  private static final int NEGATIVE = EXPONENTS * LONGS_PER_BIN;

  private static final ThreadLocal<ExponentBins> OF_THREAD =
      ThreadLocal.withInitial(ExponentBins::new);

  private final long[] even = new long[2 * EXPONENTS * LONGS_PER_BIN];
  private final long[] odd = new long[2 * EXPONENTS * LONGS_PER_BIN];

  /** False while a block is under way, and from then on when an error ended it half-way. */
  private boolean clean = true;

  static ExponentBins ofThread() {
    return OF_THREAD.get();
  }

  /** Adds {@code values[from] .. values[to - 1]} to {@code sums}. */
  void add(double[] values, int from, int to, ColumnSums sums) {
    int start = from;
    while (to - start >= WORTH_A_BLOCK) {
      int end = start + Math.min(BLOCK, (to - start) & -2);
      addBlock(values, start, end, sums);
      start = end;
    }
    for (; start < to; start++) {
      sums.add(values[start]);
    }
  }

  /** An even number of values, at most BLOCK. */
  private void addBlock(double[] values, int from, int to, ColumnSums sums) {
    if (!clean) {
      Arrays.fill(even, 0);
      Arrays.fill(odd, 0);
    }
    clean = false;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    int notFinite = 0;
    long[] first = even;
    long[] second = odd;
    for (int i = from; i < to; i += 2) {
      double x = values[i];
      double y = values[i + 1];
      if (!(x >= min && x <= max && y >= min && y <= max)) { // rare; NaN and infinities come here
        if (Double.isFinite(x)) {
          min = Math.min(min, x);
          max = Math.max(max, x);
        } else {
          sums.countNotFinite(x);
          notFinite++;
          x = 0.0;
        }
        if (Double.isFinite(y)) {
          min = Math.min(min, y);
          max = Math.max(max, y);
        } else {
          sums.countNotFinite(y);
          notFinite++;
          y = 0.0;
        }
      }
      put(first, x);
      put(second, y);
    }
    // What was not finite stands in the bin of zero, where it changed nothing but the number.
    even[0] -= notFinite;
    int count = to - from - notFinite;
    int left = count - drain(0, sums);
    for (int exponent = Math.max(exponentField(min), exponentField(max)); left > 0; exponent--) {
      left -= drain(exponent, sums);
    }
    sums.count(count, min, max);
    clean = true;
  }

  private static void put(long[] bins, double value) {
    long bits = Double.doubleToRawLongBits(value);
    int bin = (int) (bits >>> FRACTION_BITS) * LONGS_PER_BIN;
    long fraction = bits & FRACTION;
    long scaled = fraction << 6; // its square's upper half is fraction^2 / 2^52
    bins[bin]++;
    bins[bin + 1] += fraction;
    bins[bin + 2] += fraction * fraction;
    bins[bin + 3] += Math.multiplyHigh(scaled, scaled);
  }

  /** Moves what has one exponent to the sums, and returns how many values that was. */
  private int drain(int exponent, ColumnSums sums) {
    int plus = exponent * LONGS_PER_BIN;
    int minus = plus + NEGATIVE;
    long positives = take(plus);
    long negatives = take(minus);
    long count = positives + negatives;
    if (count == 0) {
      return 0;
    }
    long fractions = take(plus + 1);
    long negativeFractions = take(minus + 1);
    long squares = take(plus + 2) + take(minus + 2);
    long squaresUpper = take(plus + 3) + take(minus + 3);
    // Positions as in ColumnSums: subnormals have the weight of the first normal exponent.
    int position = Math.max(exponent - 1, 0);
    sums.sum.add(fractions - negativeFractions, position);
    int square = 2 * position;
    sums.sumOfSquares.add(squares - (squaresUpper << FRACTION_BITS), square);
    sums.sumOfSquares.add(squaresUpper, square + FRACTION_BITS);
    if (exponent > 0) {
      sums.sum.add(positives - negatives, position + FRACTION_BITS);
      sums.sumOfSquares.add(fractions + negativeFractions, square + FRACTION_BITS + 1);
      sums.sumOfSquares.add(count, square + 2 * FRACTION_BITS);
    }
    return (int) count;
  }

  private long take(int index) {
    long value = even[index] + odd[index];
    even[index] = 0;
    odd[index] = 0;
    return value;
  }

  private static int exponentField(double value) {
    return (int) (Double.doubleToRawLongBits(value) >>> FRACTION_BITS) & (EXPONENTS - 1);
  }
}
