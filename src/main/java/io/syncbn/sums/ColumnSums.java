package io.syncbn.sums;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Exact sums of one feature: counts, sum, sum of squares and extremes, which only grow.
 *
 * <p>The sum of the values and the sum of their squares are integers, in units of the smallest
 * subnormal double and of its square, so nothing is ever rounded: {@link #merge} is associative and
 * commutative to the bit, and equal multisets of values give equal {@link #toBytes()}, however they
 * were grouped, ordered and merged. Values that are not finite, and nulls, are counted apart and
 * enter nothing else.
 *
 * <p>Values are doubles. A column of {@code long}s beyond 2^53 or of decimals is converted to the
 * nearest doubles by whoever adds it; the sums are exact for the doubles.
 *
 * <p>Not thread-safe.
 */
public final class ColumnSums {

  private static final long FRACTION = (1L << 52) - 1;

  long count;
  long nullCount;
  long nanCount;
  long positiveInfinityCount;
  long negativeInfinityCount;
  double min = Double.POSITIVE_INFINITY;
  double max = Double.NEGATIVE_INFINITY;
  final ExactInteger sum; // in units of 2^SMALLEST_EXPONENT
  final ExactInteger sumOfSquares; // in units of 2^(2 * SMALLEST_EXPONENT)

  /** The sums of nothing. */
  public ColumnSums() {
    this(new ExactInteger(), new ExactInteger());
  }

  private ColumnSums(ExactInteger sum, ExactInteger sumOfSquares) {
    this.sum = sum;
    this.sumOfSquares = sumOfSquares;
  }

  /**
   * Adds one value.
   *
   * @param value any double; one that is not finite is counted only
   */
  public void add(double value) {
    if (!Double.isFinite(value)) {
      countNotFinite(value);
      return;
    }
    count(1, value, value);
    long bits = Double.doubleToRawLongBits(value);
    int biased = (int) (bits >>> 52) & 0x7FF;
    // The value is sign * significand * 2^(position + SMALLEST_EXPONENT).
    long significand = biased == 0 ? bits & FRACTION : bits & FRACTION | FRACTION + 1;
    int position = Math.max(biased - 1, 0);
    sum.add(bits < 0 ? -significand : significand, position);
    long low = significand * significand;
    sumOfSquares.add(low & 0xFFFF_FFFFL, 2 * position);
    sumOfSquares.add(low >>> 32, 2 * position + 32);
    sumOfSquares.add(Math.multiplyHigh(significand, significand), 2 * position + 64);
  }

  /**
   * Adds the values {@code values[from] .. values[to - 1]}, faster than one by one.
   *
   * @param values any doubles, which are left as they are
   * @param from index of the first value
   * @param to index after the last value
   * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= values.length}
   */
  public void add(double[] values, int from, int to) {
    Objects.checkFromToIndex(from, to, values.length);
    ExponentBins.ofThread().add(values, from, to, this);
  }

  /**
   * Counts nulls.
   *
   * @param nulls how many, not negative
   */
  public void addNulls(long nulls) {
    if (nulls < 0) {
      throw new IllegalArgumentException(
          "A number of nulls is not negative, but was " + nulls + ".");
    }
    nullCount += nulls;
  }

  /**
   * Adds all that {@code other} was given, and leaves {@code other} the same sums.
   *
   * @param other the sums of other values of the same feature
   */
  public void merge(ColumnSums other) {
    count = Math.addExact(count, other.count);
    nullCount += other.nullCount;
    nanCount += other.nanCount;
    positiveInfinityCount += other.positiveInfinityCount;
    negativeInfinityCount += other.negativeInfinityCount;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    sum.add(other.sum);
    sumOfSquares.add(other.sumOfSquares);
  }

  /** The moments of all that was added so far. */
  public Moments moments() {
    return new Moments(this);
  }

  /**
   * The exact sums as bytes: equal for equal contents, however they were reached. About 60 bytes
   * for ordinary data, and never more than about 900.
   */
  public byte[] toBytes() {
    return SumsFormat.COLUMN.write(this::writeTo);
  }

  /**
   * The sums that {@link #toBytes()} wrote.
   *
   * @param bytes the bytes, whole
   * @throws SumsFormatException when the bytes are damaged or of a newer version
   */
  public static ColumnSums fromBytes(byte[] bytes) {
    return SumsFormat.COLUMN.read(bytes, ColumnSums::readFrom, ColumnSums::toBytes);
  }

  void writeTo(ByteArrayOutputStream out) {
    SumsFormat.writeCount(out, count);
    SumsFormat.writeCount(out, nullCount);
    SumsFormat.writeCount(out, nanCount);
    SumsFormat.writeCount(out, positiveInfinityCount);
    SumsFormat.writeCount(out, negativeInfinityCount);
    if (count > 0) {
      SumsFormat.writeDouble(out, min);
      SumsFormat.writeDouble(out, max);
      SumsFormat.writeInteger(out, sum.toBigInteger());
      SumsFormat.writeInteger(out, sumOfSquares.toBigInteger());
    }
  }

  static ColumnSums readFrom(ByteBuffer in) {
    long count = SumsFormat.readCount(in);
    long nullCount = SumsFormat.readCount(in);
    long nanCount = SumsFormat.readCount(in);
    long positiveInfinityCount = SumsFormat.readCount(in);
    long negativeInfinityCount = SumsFormat.readCount(in);
    ColumnSums sums;
    if (count == 0) {
      sums = new ColumnSums();
    } else {
      double min = in.getDouble();
      double max = in.getDouble();
      BigInteger sum = SumsFormat.readInteger(in);
      BigInteger sumOfSquares = SumsFormat.readInteger(in);
      // Cauchy and Schwarz: what contradicts them would have a negative variance.
      BigInteger spread = BigInteger.valueOf(count).multiply(sumOfSquares).subtract(sum.pow(2));
      SumsFormat.require(
          Double.isFinite(min) && Double.isFinite(max) && min <= max && spread.signum() >= 0);
      sums = new ColumnSums(ExactInteger.of(sum), ExactInteger.of(sumOfSquares));
      sums.count(count, min, max);
    }
    sums.nullCount = nullCount;
    sums.nanCount = nanCount;
    sums.positiveInfinityCount = positiveInfinityCount;
    sums.negativeInfinityCount = negativeInfinityCount;
    return sums;
  }

  /** Counts finite values and takes their extremes; -0.0 becomes 0.0. */
  void count(long finite, double smallest, double largest) {
    count = Math.addExact(count, finite);
    min = Math.min(min, smallest + 0.0);
    max = Math.max(max, largest + 0.0);
  }

  void countNotFinite(double value) {
    if (Double.isNaN(value)) {
      nanCount++;
    } else if (value > 0) {
      positiveInfinityCount++;
    } else {
      negativeInfinityCount++;
    }
  }
}
