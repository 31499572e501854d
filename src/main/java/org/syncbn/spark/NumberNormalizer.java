package org.syncbn.spark;

import java.io.Serializable;
import org.syncbn.spark.files.DataException;

/**
 * Normalizes the numbers of one column: {@link #apply} is called from generated code, by name.
 *
 * <p>Immutable.
 */
public final class NumberNormalizer implements Serializable {

  private static final long serialVersionUID = 1L;

  private final String name;
  private final FeatureScaling scaling;
  private final int feature; // of the scaling
  private final MissingValues missing;
  private final boolean isPlain; // and then these two are all of the scaling
  private final double center;
  private final double divisor;

  NumberNormalizer(String name, FeatureScaling scaling, int feature, MissingValues missing) {
    this.name = name;
    this.scaling = scaling;
    this.feature = feature;
    this.missing = missing;
    this.isPlain = scaling.isPlain(feature);
    this.center = scaling.center(feature);
    this.divisor = scaling.divisor(feature);
  }

  /** What a number becomes; NaN stands for null where null does not pass through. */
  public double apply(double value) {
    if (Double.isFinite(value)) {
      return isPlain ? (value - center) / divisor : scaling.apply(feature, value);
    }
    return switch (missing) {
      case ERROR -> throw DataException.missingValues("'" + name + "'");
      case SKIP -> value;
      case MEAN -> scaling.normalizedMean(feature);
    };
  }
}
