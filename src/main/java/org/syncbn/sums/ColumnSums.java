package org.syncbn.sums;

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
 * <p>Sums made by {@link #weighted()} take a weight with each value, and hold the sums of {@code
 * w}, {@code w^2}, {@code w x} and {@code w x^2}, as exactly. A value of weight 0 counts for
 * nothing, whatever it is. Weighted sums and others cannot be merged.
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
  final ExactInteger sum; // in units of 2^SMALLEST_EXPONENT and of a weight
  final ExactInteger sumOfSquares; // in units of 2^(2 * SMALLEST_EXPONENT) and of a weight
  final WeightSums weights; // null: each value counts once, and a unit of a weight is 1

  /** The sums of nothing. */
  public ColumnSums() {
    this(new ExactInteger(), new ExactInteger(), null);
  }

  private ColumnSums(ExactInteger sum, ExactInteger sumOfSquares, WeightSums weights) {
    this.sum = sum;
    this.sumOfSquares = sumOfSquares;
    this.weights = weights;
  }

  /** The weighted sums of nothing. */
  public static ColumnSums weighted() {
    return new ColumnSums(new ExactInteger(), new ExactInteger(), new WeightSums());
  }

  /** Whether values have weights. */
  public boolean isWeighted() {
    return weights != null;
  }

  /**
   * Adds one value; to weighted sums with weight 1.
   *
   * @param value any double; one that is not finite is counted only
   */
  public void add(double value) {
    if (!Double.isFinite(value)) {
      countNotFinite(value);
      return;
    }
    if (isWeighted()) {
      add(value, 1);
      return;
    }
    count(1, value, value);
    long significand = significand(value);
    int position = position(value);
    sum.add(value < 0 ? -significand : significand, position);
    sumOfSquares.add(
        Math.multiplyHigh(significand, significand), significand * significand, 2 * position);
  }

  /**
   * Adds one value to weighted sums.
   *
   * @param value any double; one that is not finite is counted only
   * @param weight how much the value counts: finite, not negative; 0 leaves all as it is
   * @throws IllegalArgumentException for another weight
   * @throws IllegalStateException if these sums are not {@link #weighted()}
   */
  public void add(double value, double weight) {
    if (!requireWeight(weight)) {
      return;
    }
    if (!Double.isFinite(value)) {
      countNotFinite(value);
      return;
    }
    count(1, value, value);
    weights.add(weight);
    long w = significand(weight);
    long x = significand(value);
    int positionOfWeight = position(weight);
    int position = position(value);
    long high = Math.multiplyHigh(w, x);
    long low = w * x;
    if (value < 0) {
      high = low == 0 ? -high : ~high;
      low = -low;
    }
    sum.add(high, low, positionOfWeight + position);
    // w * x^2 in two parts: w times the lower 64 bits of x^2, and w times the upper ones.
    long squareHigh = Math.multiplyHigh(x, x);
    long squareLow = x * x;
    int positionOfSquare = positionOfWeight + 2 * position;
    sumOfSquares.add(unsignedMultiplyHigh(squareLow, w), squareLow * w, positionOfSquare);
    sumOfSquares.add(Math.multiplyHigh(squareHigh, w), squareHigh * w, positionOfSquare + 64);
  }

  /** Whether a value of this weight counts. */
  private boolean requireWeight(double weight) {
    if (!isWeighted()) {
      throw new IllegalStateException(
          "These sums are unweighted; use weighted() for weighted sums.");
    }
    if (!(weight >= 0 && weight <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "A weight must be finite and at least 0, was " + weight + ".");
    }
    return weight > 0;
  }

  /** m of a finite value that is {@code sign * m * 2^(position + SMALLEST_EXPONENT)}. */
  static long significand(double value) {
    long bits = Double.doubleToRawLongBits(value);
    boolean isSubnormal = (bits >>> 52 & 0x7FF) == 0;
    return isSubnormal ? bits & FRACTION : bits & FRACTION | FRACTION + 1;
  }

  static int position(double value) {
    int biased = (int) (Double.doubleToRawLongBits(value) >>> 52) & 0x7FF;
    return Math.max(biased - 1, 0);
  }

  /** The upper half of a product of which only {@code a} may have its highest bit set. */
  private static long unsignedMultiplyHigh(long a, long b) {
    return Math.multiplyHigh(a, b) + (a >> 63 & b);
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
    if (isWeighted()) {
      for (int i = from; i < to; i++) {
        add(values[i], 1);
      }
    } else {
      ExponentBins.ofThread().add(values, from, to, this);
    }
  }

  /**
   * Counts a null of a row with a weight.
   *
   * @param weight as in {@link #add(double, double)}
   */
  public void addNull(double weight) {
    if (requireWeight(weight)) {
      addNulls(1);
    }
  }

  /**
   * Counts nulls.
   *
   * @param nulls how many, not negative
   */
  public void addNulls(long nulls) {
    if (nulls < 0) {
      throw new IllegalArgumentException(
          "A number of nulls must be at least 0, was " + nulls + ".");
    }
    nullCount += nulls;
  }

  /**
   * Adds all that {@code other} was given, and leaves {@code other} the same sums.
   *
   * @param other the sums of other values of the same feature
   * @throws IllegalArgumentException if one is weighted and the other is not
   */
  public void merge(ColumnSums other) {
    if (isWeighted() != other.isWeighted()) {
      throw new IllegalArgumentException(
          "Weighted sums cannot be merged with sums without weights.");
    }
    count = Math.addExact(count, other.count);
    nullCount += other.nullCount;
    nanCount += other.nanCount;
    positiveInfinityCount += other.positiveInfinityCount;
    negativeInfinityCount += other.negativeInfinityCount;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    sum.add(other.sum);
    sumOfSquares.add(other.sumOfSquares);
    if (isWeighted()) {
      weights.merge(other.weights);
    }
  }

  /** The moments of all that was added so far. */
  public Moments moments() {
    return new Moments(this);
  }

  /**
   * The exact sums as bytes: equal for equal contents, however they were reached. About 60 bytes
   * for ordinary data, and never more than about 900; with weights twice and thrice that.
   */
  public byte[] toBytes() {
    return (isWeighted() ? SumsFormat.WEIGHTED_COLUMN : SumsFormat.COLUMN).write(this::writeTo);
  }

  /**
   * The sums that {@link #toBytes()} wrote.
   *
   * @param bytes the bytes, whole
   * @throws SumsFormatException when the bytes are damaged or of a newer version
   */
  public static ColumnSums fromBytes(byte[] bytes) {
    boolean weighted = SumsFormat.WEIGHTED_COLUMN.isKindOf(bytes);
    SumsFormat format = weighted ? SumsFormat.WEIGHTED_COLUMN : SumsFormat.COLUMN;
    return format.read(bytes, in -> readFrom(in, weighted), ColumnSums::toBytes);
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
      if (isWeighted()) {
        weights.writeTo(out);
      }
    }
  }

  static ColumnSums readFrom(ByteBuffer in, boolean weighted) {
    long count = SumsFormat.readCount(in);
    long nullCount = SumsFormat.readCount(in);
    long nanCount = SumsFormat.readCount(in);
    long positiveInfinityCount = SumsFormat.readCount(in);
    long negativeInfinityCount = SumsFormat.readCount(in);
    ColumnSums sums;
    if (count == 0) {
      sums = weighted ? weighted() : new ColumnSums();
    } else {
      double min = in.getDouble();
      double max = in.getDouble();
      BigInteger sum = SumsFormat.readInteger(in);
      BigInteger sumOfSquares = SumsFormat.readInteger(in);
      WeightSums weights = weighted ? WeightSums.readFrom(in, count) : null;
      BigInteger total = weighted ? weights.total.toBigInteger() : BigInteger.valueOf(count);
      // Cauchy and Schwarz: what contradicts them would have a negative variance.
      BigInteger spread = total.multiply(sumOfSquares).subtract(sum.pow(2));
      SumsFormat.require(
          Double.isFinite(min) && Double.isFinite(max) && min <= max && spread.signum() >= 0);
      sums = new ColumnSums(ExactInteger.of(sum), ExactInteger.of(sumOfSquares), weights);
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
