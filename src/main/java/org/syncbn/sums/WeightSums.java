package org.syncbn.sums;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;

/**
 * The exact sums of weights and of their squares, of the values that weighted sums count.
 *
 * <p>Not thread-safe.
 */
final class WeightSums {

  final ExactInteger total; // in units of 2^SMALLEST_EXPONENT
  final ExactInteger totalOfSquares; // in units of 2^(2 * SMALLEST_EXPONENT)

  /** The sums of no weights. */
  WeightSums() {
    this(new ExactInteger(), new ExactInteger());
  }

  private WeightSums(ExactInteger total, ExactInteger totalOfSquares) {
    this.total = total;
    this.totalOfSquares = totalOfSquares;
  }

  /** Adds a weight, which is finite and positive. */
  void add(double weight) {
    long significand = ColumnSums.significand(weight);
    int position = ColumnSums.position(weight);
    total.add(significand, position);
    totalOfSquares.add(
        Math.multiplyHigh(significand, significand), significand * significand, 2 * position);
  }

  void merge(WeightSums other) {
    total.add(other.total);
    totalOfSquares.add(other.totalOfSquares);
  }

  void writeTo(ByteArrayOutputStream out) {
    SumsFormat.writeInteger(out, total.toBigInteger());
    SumsFormat.writeInteger(out, totalOfSquares.toBigInteger());
  }

  /** The sums of {@code count} weights. */
  static WeightSums readFrom(ByteBuffer in, long count) {
    BigInteger total = SumsFormat.readInteger(in);
    BigInteger squares = SumsFormat.readInteger(in);
    BigInteger square = total.pow(2);
    // Of positive weights, and after Cauchy and Schwarz.
    SumsFormat.require(
        total.signum() > 0
            && squares.compareTo(square) <= 0
            && squares.multiply(BigInteger.valueOf(count)).compareTo(square) >= 0);
    return new WeightSums(ExactInteger.of(total), ExactInteger.of(squares));
  }
}
