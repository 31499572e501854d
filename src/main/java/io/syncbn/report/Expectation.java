package io.syncbn.report;

import io.syncbn.sums.Moments;
import java.util.ArrayList;
import java.util.List;

/**
 * What the moments of a normalized feature must be, and how far rounding may carry them away.
 *
 * <p><b>What they must be.</b> From the statistics alone, without a look at what normalized: with
 * {@code center = mean()} and {@code divisor = sqrt(populationVariance() + eps)} of the statistics,
 * batch normalization gives {@code mean = (exact mean - center) / divisor} and {@code
 * populationVariance = (standard deviation / divisor)^2} of the input's exact moments, which for
 * its own statistics are {@code (exact mean - rounded mean) / divisor} and {@code var / (var +
 * eps)}. Where a variance is beyond doubles, and eps nothing beside it, its root is the exact
 * standard deviation. Min-max is the same, stretched by {@code upper - lower} and moved to {@code
 * lower}. Where k missing values among N became v, what the mean of the statistics becomes, {@code
 * mean' = (n mean + k v) / N} and {@code variance' = n/N variance + nk/N^2 (mean - v)^2}.
 *
 * <p><b>How far off.</b> Let {@code u = 2^-53}, {@code t} a value's exact image and {@code y} the
 * stored one. Batch normalization subtracts and divides (a relative error of 2u) within 2 ulp (4u);
 * min-max further multiplies, adds, and widens its range by at most two ulp of its ends, all of
 * which is absolute, below {@code 32 u max(|lower|, |upper|)}; a float adds {@code 2^-24},
 * relative. So {@code |y - t| <= r |t| + a}. By the triangle inequality the root mean square of
 * {@code y - t} is at most {@code e = r sqrt(mean^2 + variance) + a}, and therefore
 *
 * <pre>{@code
 * |mean(y) - mean(t)|         <= e
 * |variance(y) - variance(t)| <= 2 e sqrt(variance(t)) + e^2
 * }</pre>
 *
 * <p>Here {@code r = 16u} instead of 6u, which covers the rounding of the expected and the measured
 * moments themselves, and {@code a} includes the smallest subnormal.
 *
 * @param count number of finite values
 * @param missing number of nulls, NaNs and infinities
 * @param mean of the values; NaN where there is none or where it cannot be told
 * @param populationStandardDeviation of the values, whose square may underflow; NaN where {@code
 *     mean} is
 * @param relativeError of a value, r above
 * @param absoluteError of a value, a above
 * @param lower no value is below it
 * @param upper no value is above it
 * @param endsTaken whether the smallest value is {@code lower} and the greatest {@code upper}
 * @param normalizedMean what the mean of the statistics becomes, v above
 */
public record Expectation(
    long count,
    long missing,
    double mean,
    double populationStandardDeviation,
    double relativeError,
    double absoluteError,
    double lower,
    double upper,
    boolean endsTaken,
    double normalizedMean) {

  private static final double HALF_ULP = 0x1p-53;
  private static final double RELATIVE = 16 * HALF_ULP;
  private static final double RANGE = 32 * HALF_ULP;

  /** The numbers in which normalized values are stored. */
  public enum Precision {
    /** 24 bits. */
    FLOAT(0x1p-24, Float.MIN_VALUE),
    /** 53 bits. */
    DOUBLE(0, Double.MIN_VALUE);

    private final double rounding; // relative, beyond that of a double
    private final double smallest;

    Precision(double rounding, double smallest) {
      this.rounding = rounding;
      this.smallest = smallest;
    }

    private double nearest(double value) {
      return this == FLOAT ? (float) value : value;
    }
  }

  /**
   * After batch normalization: {@code (x - mean) / sqrt(populationVariance + eps)}, and 0 where the
   * divisor is 0.
   *
   * @param input of the values before
   * @param statistics with which they were normalized: mean and population variance
   * @param eps added to the variance
   * @param stored in which numbers
   */
  public static Expectation batchNorm(
      Moments input, Moments statistics, double eps, Precision stored) {
    double variance = statistics.populationVariance();
    boolean lost = variance == 0 || Double.isInfinite(variance);
    double divisor =
        lost && !(eps > variance)
            ? statistics.populationStandardDeviation()
            : Math.sqrt(variance + eps);
    boolean constant = divisor == 0 && input.count() > 0;
    return new Expectation(
        input.count(),
        input.missing(),
        constant ? 0 : input.exactMeanMinus(statistics.mean()) / divisor,
        constant ? 0 : input.populationStandardDeviation() / divisor,
        RELATIVE + stored.rounding,
        stored.smallest,
        Double.NEGATIVE_INFINITY,
        Double.POSITIVE_INFINITY,
        false,
        0);
  }

  /**
   * After min-max: {@code (x - center) / divisor * (upper - lower) + lower}, kept in the range.
   * Where values were beyond the statistics' range, and so moved to its ends, mean and variance
   * cannot be told.
   *
   * @param input of the values before
   * @param statistics the extremes with which they were scaled
   * @param lower end of the range
   * @param upper end of the range
   * @param stored in which numbers
   */
  public static Expectation minMax(
      Moments input, Moments statistics, double lower, double upper, Precision stored) {
    // In halves where the difference of two doubles would be beyond the largest.
    double unit = Double.isInfinite(statistics.max() - statistics.min()) ? 0.5 : 1;
    double spread = statistics.max() * unit - statistics.min() * unit;
    double width = upper - lower;
    boolean constant = spread == 0;
    boolean beyond =
        !constant && (input.min() < statistics.min() || input.max() > statistics.max());
    double mean =
        constant ? lower : input.exactMeanMinus(statistics.min()) * unit / spread * width + lower;
    double ofMean =
        constant
            ? lower
            : (statistics.mean() * unit - statistics.min() * unit) / spread * width + lower;
    double deviation = constant ? 0 : input.populationStandardDeviation() * unit / spread * width;
    boolean told = !beyond && Double.isFinite(mean);
    return new Expectation(
        input.count(),
        input.missing(),
        told ? mean : Double.NaN,
        told ? deviation : Double.NaN,
        RELATIVE + stored.rounding,
        RANGE * Math.max(Math.abs(lower), Math.abs(upper)) + stored.smallest,
        stored.nearest(lower),
        stored.nearest(upper),
        !constant && input.min() == statistics.min() && input.max() == statistics.max(),
        ofMean);
  }

  /** The same with every missing value replaced by what the mean of the statistics becomes. */
  public Expectation withMissingReplaced() {
    double value = normalizedMean;
    double all = (double) count + missing;
    double kept = count / all;
    double replaced = missing / all;
    boolean nothingKept = count == 0;
    return new Expectation(
        count + missing,
        0,
        missing == 0 ? mean : nothingKept ? value : kept * mean + replaced * value,
        missing == 0
            ? populationStandardDeviation
            : nothingKept
                ? 0
                : Math.hypot(
                    Math.sqrt(kept) * populationStandardDeviation,
                    Math.sqrt(kept * replaced) * (mean - value)),
        relativeError,
        absoluteError,
        lower,
        upper,
        endsTaken,
        normalizedMean);
  }

  /** What the population variance must be. */
  public double populationVariance() {
    return square(populationStandardDeviation);
  }

  /** How far the mean may be off, e above. */
  public double meanBound() {
    return relativeError * Math.hypot(mean, populationStandardDeviation) + absoluteError;
  }

  /** How far the population variance may be off. */
  public double varianceBound() {
    double error = meanBound();
    return 2 * error * populationStandardDeviation + square(error) + Double.MIN_VALUE;
  }

  /** What is wrong with the measured moments, a sentence each; empty when all is as expected. */
  public List<String> deviations(Moments measured) {
    List<String> deviations = new ArrayList<>();
    if (measured.count() != count || measured.missing() != missing) {
      deviations.add(
          "it has %d values and %d missing ones, not %d and %d"
              .formatted(measured.count(), measured.missing(), count, missing));
    }
    check(deviations, "mean", measured.mean(), mean, meanBound());
    check(
        deviations,
        "variance",
        measured.populationVariance(),
        populationVariance(),
        varianceBound());
    if (measured.min() < lower || measured.max() > upper) {
      deviations.add(
          "values from %s to %s are beyond %s to %s"
              .formatted(measured.min(), measured.max(), lower, upper));
    } else if (endsTaken && (measured.min() != lower || measured.max() != upper)) {
      deviations.add(
          "its values go from %s to %s instead of %s to %s"
              .formatted(measured.min(), measured.max(), lower, upper));
    }
    return deviations;
  }

  /** Compares if the expected value can be told. */
  private static void check(
      List<String> deviations, String what, double measured, double expected, double bound) {
    if (!Double.isNaN(expected) && !(Math.abs(measured - expected) <= bound)) {
      deviations.add(
          "its %s is %s instead of %s, off by more than %s"
              .formatted(what, measured, expected, bound));
    }
  }

  private static double square(double value) {
    return value * value;
  }
}
