package org.syncbn.sums;

import static org.syncbn.sums.CorrectRounding.SMALLEST_EXPONENT;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * The moments computed from the exact sums of one feature: counts, extremes, mean and variance.
 *
 * <p>Every number is computed from the exact sums with integers and rounded once, to the nearest
 * double (ties to even): there is no cancellation, no negative variance, and an infinity only where
 * the exact value lies beyond the largest double. Mean, variance and extremes are those of the
 * finite values alone.
 *
 * <p>Of weighted sums, mean and variances are the weighted ones, with {@code V1} the sum of the
 * weights and {@code V2} that of their squares; without weights, both are the count. Weights of 1
 * give what no weights give, to the bit.
 *
 * <p>No values, no mean: without a finite value the mean, the variances, the standard deviations
 * and both extremes are NaN. Of a single value the population variance is 0 and the sample variance
 * is NaN.
 *
 * <p>Immutable, so safe for use by several threads.
 */
public final class Moments {

  private final long count;
  private final long nullCount;
  private final long nanCount;
  private final long positiveInfinityCount;
  private final long negativeInfinityCount;
  private final double min;
  private final double max;
  private final BigInteger sum; // in units of 2^SMALLEST_EXPONENT and of a weight
  private final BigInteger total; // of the weights, in units of a weight
  private final double weight;
  private final double mean;
  private final double populationVariance;
  private final double sampleVariance;
  private final double reliabilityVariance;
  private final double populationStandardDeviation;
  private final double sampleStandardDeviation;

  Moments(ColumnSums sums) {
    count = sums.count;
    nullCount = sums.nullCount;
    nanCount = sums.nanCount;
    positiveInfinityCount = sums.positiveInfinityCount;
    negativeInfinityCount = sums.negativeInfinityCount;
    sum = sums.sum.toBigInteger();
    if (count == 0) {
      min = Double.NaN;
      max = Double.NaN;
      mean = Double.NaN;
      populationVariance = Double.NaN;
      sampleVariance = Double.NaN;
      reliabilityVariance = Double.NaN;
      populationStandardDeviation = Double.NaN;
      sampleStandardDeviation = Double.NaN;
      total = BigInteger.ZERO;
      weight = 0;
      return;
    }
    min = sums.min;
    max = sums.max;
    BigInteger one; // a weight of 1, in units of a weight
    BigInteger squares; // V2, in units of the square of a weight
    if (sums.isWeighted()) {
      total = sums.weights.total.toBigInteger();
      one = BigInteger.ONE.shiftLeft(-SMALLEST_EXPONENT);
      squares = sums.weights.totalOfSquares.toBigInteger();
    } else {
      total = BigInteger.valueOf(count);
      one = BigInteger.ONE;
      squares = total;
    }
    // V1 * (V1 * sum of squares - sum^2) / V1^3: the deviation, in units of 2^(2 *
    // SMALLEST_EXPONENT).
    BigInteger spread = total.multiply(sums.sumOfSquares.toBigInteger()).subtract(sum.pow(2));
    BigInteger population = total.pow(2);
    weight = CorrectRounding.ratio(total, one, 0);
    mean = CorrectRounding.ratio(sum, total, SMALLEST_EXPONENT);
    BigInteger sample = population.subtract(total.multiply(one));
    populationVariance = variance(spread, population);
    sampleVariance = variance(spread, sample);
    reliabilityVariance = variance(spread, population.subtract(squares));
    populationStandardDeviation = standardDeviation(spread, population);
    sampleStandardDeviation = standardDeviation(spread, sample);
  }

  private static double variance(BigInteger spread, BigInteger divisor) {
    return divisor.signum() <= 0
        ? Double.NaN
        : CorrectRounding.ratio(spread, divisor, 2 * SMALLEST_EXPONENT);
  }

  private static double standardDeviation(BigInteger spread, BigInteger divisor) {
    return divisor.signum() <= 0
        ? Double.NaN
        : CorrectRounding.squareRootOfRatio(spread, divisor, 2 * SMALLEST_EXPONENT);
  }

  /** Number of finite values, of a weight above 0. */
  public long count() {
    return count;
  }

  /** Sum of the weights of the finite values, V1; without weights their number. */
  public double weight() {
    return weight;
  }

  /** Number of nulls. */
  public long nullCount() {
    return nullCount;
  }

  /** Number of NaNs. */
  public long nanCount() {
    return nanCount;
  }

  /** Number of values that were positive infinity. */
  public long positiveInfinityCount() {
    return positiveInfinityCount;
  }

  /** Number of values that were negative infinity. */
  public long negativeInfinityCount() {
    return negativeInfinityCount;
  }

  /** Number of values that are not finite numbers: nulls, NaNs and infinities. */
  public long missing() {
    return nullCount + nanCount + positiveInfinityCount + negativeInfinityCount;
  }

  /** Whether the finite values are all the same one. */
  public boolean isConstant() {
    return min == max;
  }

  /** Mean of the finite values; +0.0 when it is exactly zero. */
  public double mean() {
    return mean;
  }

  /** Variance with divisor {@code V1}, the biased one, with which batches are normalized. */
  public double populationVariance() {
    return populationVariance;
  }

  /**
   * Variance with divisor {@code V1 - 1}, the unbiased one where a weight says how often a value
   * was seen (frequency weights); NaN where {@code V1 <= 1}.
   */
  public double sampleVariance() {
    return sampleVariance;
  }

  /**
   * Variance with divisor {@code V1 - V2 / V1}, the unbiased one where a weight says how reliable a
   * value is (the inverse of its own variance), whatever the unit of weights; NaN of a single
   * value.
   */
  public double reliabilityVariance() {
    return reliabilityVariance;
  }

  /**
   * Square root of the exact population variance, rounded once: finite even where {@link
   * #populationVariance()} overflows and positive where that underflows to 0.
   */
  public double populationStandardDeviation() {
    return populationStandardDeviation;
  }

  /**
   * Square root of the exact sample variance, rounded once, as {@link
   * #populationStandardDeviation()} is; NaN where {@link #sampleVariance()} is.
   */
  public double sampleStandardDeviation() {
    return sampleStandardDeviation;
  }

  /** Smallest finite value; never -0.0. */
  public double min() {
    return min;
  }

  /** Largest finite value; never -0.0. */
  public double max() {
    return max;
  }

  /**
   * The exact mean minus {@code subtrahend}, rounded once: with {@link #mean()} as subtrahend, what
   * rounding the mean left out.
   *
   * @param subtrahend any double; one that is not finite gives what {@code mean() - subtrahend}
   *     does
   * @return the nearest double; +0.0 when the difference is exactly zero; NaN when there is no mean
   */
  public double exactMeanMinus(double subtrahend) {
    if (count == 0 || !Double.isFinite(subtrahend)) {
      return mean - subtrahend;
    }
    BigInteger units =
        new BigDecimal(subtrahend)
            .multiply(new BigDecimal(BigInteger.ONE.shiftLeft(-SMALLEST_EXPONENT)))
            .toBigIntegerExact();
    return CorrectRounding.ratio(sum.subtract(total.multiply(units)), total, SMALLEST_EXPONENT);
  }

  /** A line for people: counts, mean, variance and extremes. */
  @Override
  public String toString() {
    return "Moments(count %d, missing %d, mean %s, populationVariance %s, min %s, max %s)"
        .formatted(count, missing(), mean, populationVariance, min, max);
  }
}
