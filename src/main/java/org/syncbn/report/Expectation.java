package org.syncbn.report;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

/**
 * What the moments of a normalized feature must be, and how far rounding may carry them away.
 *
 * <p><b>What they must be.</b> From the statistics alone, without a look at what normalized: with
 * {@code center = mean()} and {@code divisor = sqrt(populationVariance() + eps)} of the statistics,
 * batch normalization gives {@code mean = (exact mean - center) / divisor} and {@code
 * populationVariance = (standard deviation / divisor)^2} of the input's exact moments, which for
 * its own statistics are {@code (exact mean - rounded mean) / divisor} and {@code var / (var +
 * eps)}. Where a variance is beyond doubles, and eps nothing beside it, its root is the exact
 * standard deviation. Max-abs, unit variance and robust scaling have other centers and divisors.
 * Min-max is the same, stretched by {@code upper - lower} and moved to {@code lower}. Where k
 * missing values among N became v, what the mean of the statistics becomes, {@code mean' = (n mean
 * + k v) / N} and {@code variance' = n/N variance + nk/N^2 (mean - v)^2}.
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
    return of(input, statistics, Scale.batchNorm(statistics, eps), stored);
  }

  /**
   * What is subtracted from values, and by what the difference is divided.
   *
   * @param center what is subtracted
   * @param divisor of the difference, times {@code unit}; 0 makes every value 0
   * @param unit 1, or 1/2 where the divisor is otherwise beyond doubles
   */
  public record Scale(double center, double divisor, double unit) {

    /** Leaves values as they are. */
    public static final Scale IDENTITY = new Scale(0, 1, 1);

    /** The mean, and the root of the population variance and eps. */
    public static Scale batchNorm(Moments statistics, double eps) {
      return new Scale(statistics.mean(), deviation(statistics, eps), 1);
    }

    /** 0, and the root of the population variance and eps. */
    public static Scale unitVariance(Moments statistics, double eps) {
      double divisor = deviation(statistics, eps);
      return new Scale(divisor == 0 ? statistics.mean() : 0, divisor, 1);
    }

    /** 0, and the largest absolute value. */
    public static Scale maxAbs(Moments statistics) {
      return new Scale(0, Math.max(-statistics.min(), statistics.max()), 1);
    }

    /** The minimum, and the range. */
    public static Scale minMax(Moments statistics) {
      return spread(statistics.min(), statistics.min(), statistics.max());
    }

    /** The median, and the range of the quartiles. */
    public static Scale robust(Quartiles quartiles) {
      return spread(quartiles.median(), quartiles.lower(), quartiles.upper());
    }

    private static Scale spread(double center, double lower, double upper) {
      double unit = Double.isInfinite(upper - lower) ? 0.5 : 1;
      return new Scale(center, upper * unit - lower * unit, unit);
    }

    private static double deviation(Moments statistics, double eps) {
      double variance = statistics.populationVariance();
      boolean lost = variance == 0 || Double.isInfinite(variance);
      return lost && !(eps > variance)
          ? statistics.populationStandardDeviation()
          : Math.sqrt(variance + eps);
    }

    private double of(double value) {
      return divisor == 0 ? 0 : (value * unit - center * unit) / divisor;
    }

    private double ofMean(Moments of) {
      return divisor == 0 ? 0 : of.exactMeanMinus(center) * unit / divisor;
    }

    private double ofDeviation(Moments of) {
      return divisor == 0 ? 0 : of.populationStandardDeviation() * unit / divisor;
    }
  }

  /**
   * After {@code (x - center) / divisor}.
   *
   * @param input of the values before
   * @param statistics whose mean replaces missing values, if anything does
   * @param scale center and divisor
   * @param stored in which numbers
   */
  public static Expectation of(Moments input, Moments statistics, Scale scale, Precision stored) {
    boolean empty = input.count() == 0;
    return new Expectation(
        input.count(),
        input.missing(),
        empty ? Double.NaN : scale.ofMean(input),
        empty ? Double.NaN : scale.ofDeviation(input),
        RELATIVE + stored.rounding,
        stored.smallest,
        Double.NEGATIVE_INFINITY,
        Double.POSITIVE_INFINITY,
        false,
        scale.of(statistics.mean()));
  }

  /**
   * After max-abs: {@code x / max(|min|, |max|)}; between -1 and 1, if the input is within the
   * statistics' range.
   *
   * @param input of the values before
   * @param statistics the extremes with which they were scaled
   * @param stored in which numbers
   */
  public static Expectation maxAbs(Moments input, Moments statistics, Precision stored) {
    Scale scale = Scale.maxAbs(statistics);
    Expectation free = of(input, statistics, scale, stored);
    boolean within = Math.max(-input.min(), input.max()) <= scale.divisor;
    return within ? free.between(-1, 1, false) : free;
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
    Scale scale = Scale.minMax(statistics);
    double width = upper - lower;
    boolean constant = scale.divisor == 0;
    boolean beyond =
        !constant && (input.min() < statistics.min() || input.max() > statistics.max());
    double mean = scale.ofMean(input) * width + lower;
    double deviation = scale.ofDeviation(input) * width;
    boolean told = !beyond && Double.isFinite(mean);
    return new Expectation(
            input.count(),
            input.missing(),
            told ? mean : Double.NaN,
            told ? deviation : Double.NaN,
            RELATIVE + stored.rounding,
            RANGE * Math.max(Math.abs(lower), Math.abs(upper)) + stored.smallest,
            Double.NEGATIVE_INFINITY,
            Double.POSITIVE_INFINITY,
            false,
            scale.of(statistics.mean()) * width + lower)
        .between(
            stored.nearest(lower),
            stored.nearest(upper),
            !constant && input.min() == statistics.min() && input.max() == statistics.max());
  }

  /**
   * After the way back: {@code (y - lower) / (upper - lower) * divisor + center}, for methods other
   * than min-max with a range of 0 to 1.
   *
   * @param input of the normalized values
   * @param scale center and divisor with which they were normalized
   * @param lower end of the range
   * @param upper end of the range
   * @param stored in which numbers
   */
  public static Expectation restored(
      Moments input, Scale scale, double lower, double upper, Precision stored) {
    double width = upper - lower;
    double ratio = input.exactMeanMinus(lower) / width;
    double deviation = input.populationStandardDeviation() / width;
    double ends = RANGE * Math.max(Math.abs(lower), Math.abs(upper)) / width;
    return new Expectation(
        input.count(),
        input.missing(),
        ratio * (scale.divisor / scale.unit) + scale.center,
        deviation * (scale.divisor / scale.unit),
        RELATIVE + stored.rounding,
        RELATIVE * Math.abs(scale.center) + ends * (scale.divisor / scale.unit) + stored.smallest,
        Double.NEGATIVE_INFINITY,
        Double.POSITIVE_INFINITY,
        false,
        scale.center);
  }

  /** The same, with no value beyond {@code least} and {@code most}. */
  private Expectation between(double least, double most, boolean taken) {
    return new Expectation(
        count,
        missing,
        mean,
        populationStandardDeviation,
        relativeError,
        absoluteError,
        least,
        most,
        taken,
        normalizedMean);
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
