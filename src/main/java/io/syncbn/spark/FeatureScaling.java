package io.syncbn.spark;

import io.syncbn.spark.files.DataException;
import io.syncbn.sums.Moments;
import java.io.Serializable;
import java.util.List;

/**
 * What normalization does with each feature's values: a shift and a division, and for min-max a
 * range to stay in.
 *
 * <p>With {@code ratio = (x - center) / divisor}, all in double,
 *
 * <ul>
 *   <li>batch normalization gives {@code ratio}, with the mean as center and {@code
 *       sqrt(populationVariance + eps)} as divisor;
 *   <li>min-max gives {@code min(upper, max(0, ratio) * width + lower)}, with the minimum as
 *       center, {@code max - min} as divisor, and as width the smallest double whose sum with
 *       {@code lower} reaches {@code upper}. So the minimum becomes {@code lower} and the maximum
 *       {@code upper}, exactly, and nothing leaves the range.
 * </ul>
 *
 * <p>A divisor of 0 is a constant feature: it becomes 0, or the lower end. Near the largest doubles
 * center, divisor and value are halved first, so that no difference overflows. Immutable.
 */
public final class FeatureScaling implements Serializable {

  private static final long serialVersionUID = 1L;

  /** From here on, differences of values could overflow. */
  private static final double LARGE = 0x1p1000;

  /** The ends of min-max. */
  record Range(double lower, double upper, double width) implements Serializable {}

  private final double[] means; // [features]
  private final double[] units; // [features], 1 or 1/2; values are multiplied by it
  private final double[] centers; // [features], in units
  private final double[] divisors; // [features], in units
  private final Range range; // null: batch normalization

  private FeatureScaling(int features, Range range) {
    means = new double[features];
    units = new double[features];
    centers = new double[features];
    divisors = new double[features];
    this.range = range;
  }

  /**
   * Batch normalization with the statistics of each feature: {@code (x - mean) /
   * sqrt(populationVariance + eps)}. Where the variance is beyond the range of doubles, and eps
   * therefore vanishes beside it, the divisor is the exact standard deviation.
   *
   * @param names of the features, for messages
   * @param moments of the features
   * @param eps added to the variance, finite and not negative
   * @throws DataException if a feature has no value at all
   */
  public static FeatureScaling batchNorm(List<String> names, List<Moments> moments, double eps) {
    if (!(eps >= 0 && eps <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException("eps is finite and not negative, but was " + eps + ".");
    }
    FeatureScaling scaling = new FeatureScaling(moments.size(), null);
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      double divisor = divisor(feature, eps);
      scaling.put(i, feature, feature.mean(), divisor, 0);
    }
    return scaling;
  }

  /**
   * Min-max: the smallest value becomes {@code lower}, the greatest {@code upper}, those between
   * keep their proportions, and values beyond (of other data) go to the nearer end.
   *
   * @param names of the features, for messages
   * @param moments of the features
   * @param lower end of the range
   * @param upper end of the range, greater than {@code lower}
   * @throws DataException if a feature has no value at all
   */
  public static FeatureScaling minMax(
      List<String> names, List<Moments> moments, double lower, double upper) {
    double width = upper - lower;
    if (!(width > 0 && width <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "A range has a lower and a greater upper end, but was %s to %s.".formatted(lower, upper));
    }
    while (width + lower < upper) {
      width = Math.nextUp(width);
    }
    FeatureScaling scaling = new FeatureScaling(moments.size(), new Range(lower, upper, width));
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      scaling.put(i, feature, feature.min(), feature.max(), feature.min());
    }
    return scaling;
  }

  /** Sets the divisor to {@code minuend - subtrahend}, which may be beyond the range of doubles. */
  private void put(int i, Moments feature, double center, double minuend, double subtrahend) {
    boolean large = Math.max(Math.abs(feature.min()), Math.abs(feature.max())) >= LARGE;
    means[i] = feature.mean();
    units[i] = large ? 0.5 : 1;
    centers[i] = center * units[i];
    divisors[i] = minuend * units[i] - subtrahend * units[i];
  }

  private static Moments requireValues(List<String> names, List<Moments> moments, int i) {
    if (names.size() != moments.size()) {
      throw new IllegalArgumentException(
          "%d names do not fit %d features.".formatted(names.size(), moments.size()));
    }
    if (moments.get(i).count() == 0) {
      throw new DataException(
          "All values of '%s' are missing; exclude the column.".formatted(names.get(i)));
    }
    return moments.get(i);
  }

  private static double divisor(Moments moments, double eps) {
    double variance = moments.populationVariance();
    boolean representable = variance > 0 && variance <= Double.MAX_VALUE;
    return representable || eps > variance
        ? Math.sqrt(variance + eps)
        : moments.populationStandardDeviation();
  }

  /** The number of features. */
  public int size() {
    return centers.length;
  }

  /** The value subtracted from those of a feature: the mean, or the minimum. */
  public double center(int feature) {
    return centers[feature] / units[feature];
  }

  /**
   * The divisor of a feature: 0 where the feature is constant, infinite where a range is beyond
   * doubles.
   */
  public double divisor(int feature) {
    return divisors[feature] / units[feature];
  }

  /** What {@code value}, which is finite, becomes as a value of {@code feature}. */
  public double apply(int feature, double value) {
    double ratio =
        divisors[feature] == 0
            ? 0
            : (value * units[feature] - centers[feature]) / divisors[feature];
    return range == null
        ? ratio
        : Math.min(range.upper, Math.max(0, ratio) * range.width + range.lower);
  }

  /**
   * Whether {@link #apply} is {@code (value - center) / divisor}, and maps NaN and infinities so.
   */
  boolean isPlain(int feature) {
    return range == null && divisors[feature] > 0 && units[feature] == 1;
  }

  /** What the mean of a feature becomes: the replacement of its missing values. */
  public double normalizedMean(int feature) {
    return apply(feature, means[feature]);
  }
}
