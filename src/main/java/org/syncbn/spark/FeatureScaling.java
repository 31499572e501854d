package org.syncbn.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

/**
 * What normalization does with each feature's values: a shift and a division, and for min-max a
 * range to stay in; or, as the {@link #inverse}, what takes them back.
 *
 * <p>With {@code ratio = (x - center) / divisor}, all in double,
 *
 * <ul>
 *   <li>batch normalization gives {@code ratio}, with the mean as center and {@code
 *       sqrt(populationVariance + eps)} as divisor;
 *   <li>min-max gives {@code min(upper, max(0, ratio) * width + lower)}, with the minimum as
 *       center, {@code max - min} as divisor, and as width the smallest double whose sum with
 *       {@code lower} reaches {@code upper}. So the minimum becomes {@code lower} and the maximum
 *       {@code upper}, exactly, and nothing leaves the range;
 *   <li>max-abs gives {@code ratio} with 0 as center and the largest absolute value as divisor;
 *   <li>unit variance, with 0 as center and {@code sqrt(populationVariance + eps)} as divisor;
 *   <li>robust scaling, with the median as center and the quartile range as divisor.
 * </ul>
 *
 * <p>A divisor of 0 makes every value 0, or the lower end. Near the largest doubles center, divisor
 * and value are halved first, so that no difference overflows. A gamma and a beta may follow
 * ({@link #thenAffine}). Immutable.
 */
public final class FeatureScaling implements Serializable {

  private static final long serialVersionUID = 1L;

  /** From here on, differences of values could overflow. */
  private static final double LARGE = 0x1p1000;

  /** The ends of min-max. */
  record Range(double lower, double upper, double width) implements Serializable {}

  /** What follows: {@code gamma * x + beta}. */
  private static final class Affine implements Serializable {

    private static final long serialVersionUID = 1L;

    private final double[] gamma; // [features]
    private final double[] beta; // [features]

    Affine(double[] gamma, double[] beta) {
      this.gamma = gamma.clone();
      this.beta = beta.clone();
    }
  }

  private final double[] means; // [features]
  private final double[] units; // [features], 1 or 1/2; values are multiplied by it
  private final double[] centers; // [features], in units
  private final double[] divisors; // [features], in units
  private final boolean[] spreadless; // [features]
  private final boolean[] kept; // [features], values that stay as they are
  private final String[] absent; // [features], the name of a feature without statistics, or null
  private final Range range; // null: the ratio itself
  private final Affine affine; // null: none
  private final boolean isInverse;

  private FeatureScaling(int features, Range range) {
    means = new double[features];
    units = new double[features];
    centers = new double[features];
    divisors = new double[features];
    spreadless = new boolean[features];
    kept = new boolean[features];
    absent = new String[features];
    this.range = range;
    affine = null;
    isInverse = false;
  }

  private FeatureScaling(FeatureScaling of, boolean[] kept, String[] absent, boolean isInverse) {
    this(of, of.centers, of.divisors, kept, absent, of.affine, isInverse);
  }

  private FeatureScaling(
      FeatureScaling of,
      double[] centers,
      double[] divisors,
      boolean[] kept,
      String[] absent,
      Affine affine,
      boolean isInverse) {
    means = of.means;
    units = of.units;
    spreadless = of.spreadless;
    range = of.range;
    this.centers = centers;
    this.divisors = divisors;
    this.affine = affine;
    this.kept = kept;
    this.absent = absent;
    this.isInverse = isInverse;
  }

  /** Leaves every value of so many features as it is. */
  public static FeatureScaling identity(int features) {
    FeatureScaling scaling = new FeatureScaling(features, null);
    Arrays.fill(scaling.means, Double.NaN);
    Arrays.fill(scaling.units, 1);
    Arrays.fill(scaling.divisors, 1);
    return scaling;
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
    requireEps(eps);
    FeatureScaling scaling = new FeatureScaling(moments.size(), null);
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      scaling.put(i, feature, feature.mean(), divisor(feature, eps), 0);
      scaling.spreadless[i] = feature.isConstant();
    }
    return scaling;
  }

  /**
   * Unit variance without centring: {@code x / sqrt(populationVariance + eps)}. What was 0 stays 0,
   * so sparse vectors stay sparse. As {@code StandardScaler} with {@code withMean = false} in
   * Spark, but for the biased variance, and as scikit-learn's with {@code with_mean=False}.
   *
   * @param names of the features, for messages
   * @param moments of the features
   * @param eps added to the variance, finite and not negative
   * @throws DataException if a feature has no value at all
   */
  public static FeatureScaling unitVariance(List<String> names, List<Moments> moments, double eps) {
    requireEps(eps);
    FeatureScaling scaling = new FeatureScaling(moments.size(), null);
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      double divisor = divisor(feature, eps);
      // Of a constant that becomes 0, the center is what it comes back as.
      scaling.put(i, feature, divisor == 0 ? feature.min() : 0, divisor, 0);
      scaling.spreadless[i] = feature.isConstant();
    }
    return scaling;
  }

  /**
   * Max-abs: {@code x} divided by the largest absolute value, so that all lie between -1 and 1.
   * What was 0 stays 0, so sparse vectors stay sparse. As {@code MaxAbsScaler} of Spark and
   * scikit-learn.
   *
   * @param names of the features, for messages
   * @param moments of the features
   * @throws DataException if a feature has no value at all
   */
  public static FeatureScaling maxAbs(List<String> names, List<Moments> moments) {
    FeatureScaling scaling = new FeatureScaling(moments.size(), null);
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      double largest = Math.max(Math.abs(feature.min()), Math.abs(feature.max()));
      scaling.put(i, feature, 0, largest, 0);
      scaling.spreadless[i] = largest == 0;
    }
    return scaling;
  }

  /**
   * Robust scaling: {@code (x - median) / (upper quartile - lower quartile)}, which outliers hardly
   * move. As {@code RobustScaler} of scikit-learn, and of Spark with centring, whose quantiles are
   * approximate.
   *
   * @param names of the features, for messages
   * @param moments of the features
   * @param quartiles of the features
   * @throws DataException if a feature has no value at all
   */
  public static FeatureScaling robust(
      List<String> names, List<Moments> moments, List<Quartiles> quartiles) {
    FeatureScaling scaling = new FeatureScaling(moments.size(), null);
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      Quartiles of = quartiles.get(i);
      scaling.put(i, feature, of.median(), of.upper(), of.lower());
      scaling.spreadless[i] = of.lower() == of.upper();
    }
    return scaling;
  }

  private static void requireEps(double eps) {
    if (!(eps >= 0 && eps <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException("eps must be finite and at least 0, was " + eps + ".");
    }
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
          "The lower end of a range must be below the upper end, but the range was %s to %s."
              .formatted(lower, upper));
    }
    while (width + lower < upper) {
      width = Math.nextUp(width);
    }
    FeatureScaling scaling = new FeatureScaling(moments.size(), new Range(lower, upper, width));
    for (int i = 0; i < moments.size(); i++) {
      Moments feature = requireValues(names, moments, i);
      scaling.put(i, feature, feature.min(), feature.max(), feature.min());
      scaling.spreadless[i] = feature.isConstant();
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

  /**
   * Whether the method finds no spread in a feature: all its values are equal, or all are 0
   * (max-abs), or its quartiles are equal (robust scaling).
   */
  public boolean isSpreadless(int feature) {
    return spreadless[feature];
  }

  /** The same, but features without spread stay as they are. */
  public FeatureScaling keepingSpreadless() {
    return new FeatureScaling(this, spreadless, absent, isInverse);
  }

  /**
   * What takes normalized values back: {@code ratio * divisor + center}. With {@code u = 2^-53}, a
   * value {@code x} that was normalized and taken back, in double, is off by at most {@code 5 u |x
   * - center| + u |x|}; a constant feature is its center again, exactly. What min-max moved to an
   * end of its range stays the extreme that the end stands for.
   */
  public FeatureScaling inverse() {
    return new FeatureScaling(this, kept, absent, !isInverse);
  }

  /**
   * The same, without some of its steps. A constant feature that becomes 0 does so either way.
   *
   * @param center whether the center is subtracted; if not, what was 0 stays 0
   * @param scale whether values are divided
   */
  public FeatureScaling withSteps(boolean center, boolean scale) {
    double[] newCenters = centers.clone();
    double[] newDivisors = scale ? divisors : units;
    for (int i = 0; i < newCenters.length; i++) {
      // Of a constant that becomes 0, the center is what it comes back as.
      if (!center && newDivisors[i] != 0) {
        newCenters[i] = 0;
      }
    }
    return new FeatureScaling(this, newCenters, newDivisors, kept, absent, affine, isInverse);
  }

  /**
   * The same, followed by {@code gamma * x + beta}. The inverse takes that back first.
   *
   * @param gamma of each feature; copied
   * @param beta of each feature; copied
   */
  public FeatureScaling thenAffine(double[] gamma, double[] beta) {
    if (gamma.length != size() || beta.length != size()) {
      throw new IllegalArgumentException(
          "%d gammas and %d betas do not fit %d features."
              .formatted(gamma.length, beta.length, size()));
    }
    Affine following = new Affine(gamma, beta);
    return new FeatureScaling(this, centers, divisors, kept, absent, following, isInverse);
  }

  /**
   * The same, but some features have no statistics: their values stay as they are, or are an error,
   * and nothing can replace what is missing of them.
   *
   * @param names of these features by their places, for messages
   * @param keeps whether values stay as they are
   */
  public FeatureScaling without(SortedMap<Integer, String> names, boolean keeps) {
    boolean[] staying = kept.clone();
    String[] unknown = absent.clone();
    names.forEach(
        (feature, name) -> {
          staying[feature] = keeps;
          unknown[feature] = name;
        });
    return new FeatureScaling(this, staying, unknown, isInverse);
  }

  /** What {@code value}, which is finite, becomes as a value of {@code feature}. */
  public double apply(int feature, double value) {
    if (kept[feature]) {
      return value;
    } else if (absent[feature] != null) {
      throw new DataException(
          "The statistics have no value of '%s', but the data have; use --unseen skip or --unseen global, or exclude the column."
              .formatted(absent[feature]));
    } else if (isInverse) {
      double plain =
          affine == null ? value : (value - affine.beta[feature]) / affine.gamma[feature];
      double ratio = range == null ? plain : (plain - range.lower) / range.width;
      return (ratio * divisors[feature] + centers[feature]) / units[feature];
    }
    double ratio =
        divisors[feature] == 0
            ? 0
            : (value * units[feature] - centers[feature]) / divisors[feature];
    double normalized =
        range == null
            ? ratio
            : Math.min(range.upper, Math.max(0, ratio) * range.width + range.lower);
    return affine == null ? normalized : affine.gamma[feature] * normalized + affine.beta[feature];
  }

  /**
   * Whether {@link #apply} is {@code (value - center) / divisor}, and maps NaN and infinities so.
   */
  boolean isPlain(int feature) {
    return range == null
        && affine == null
        && !isInverse
        && !kept[feature]
        && absent[feature] == null
        && divisors[feature] > 0
        && units[feature] == 1;
  }

  /** Whether 0 stays 0. */
  boolean keepsZero(int feature) {
    boolean isShifted = range != null || affine != null && affine.beta[feature] != 0;
    return kept[feature] || !isShifted && (centers[feature] == 0 || divisors[feature] == 0);
  }

  /** What the mean of a feature becomes: the replacement of its missing values. */
  public double normalizedMean(int feature) {
    if (absent[feature] != null) {
      throw new DataException(
          "All values of '%s' are missing, so there is no mean to write; use --missing skip, or exclude the column."
              .formatted(absent[feature]));
    }
    return isInverse ? means[feature] : apply(feature, means[feature]);
  }
}
