package org.syncbn.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.syncbn.model.SavedMethod;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

/**
 * How the values of a feature are normalized by its statistics.
 *
 * @param kind what is done
 * @param eps added to the variance by the kinds that have one, finite and at least 0; else 0
 * @param range the lower and the greater upper end, of the kind that has a range; else empty
 */
public record NormalizationMethod(Kind kind, double eps, List<Double> range) {

  /** What is done with a value. */
  public enum Kind {
    /** {@code (x - mean) / sqrt(populationVariance + eps)}. */
    BATCH_NORM(1e-5, List.of()),
    /** From the smallest and the greatest value to a range; values beyond go to the nearer end. */
    MIN_MAX(0, List.of(0.0, 1.0)),
    /** {@code x} divided by the largest absolute value: 0 stays 0. */
    MAX_ABS(0, List.of()),
    /** {@code x / sqrt(populationVariance + eps)}: 0 stays 0. */
    UNIT_VARIANCE(0, List.of()),
    /** {@code (x - median) / (upper quartile - lower quartile)}. */
    ROBUST(0, List.of());

    private final double defaultEps;
    private final List<Double> defaultRange;

    Kind(double defaultEps, List<Double> defaultRange) {
      this.defaultEps = defaultEps;
      this.defaultRange = defaultRange;
    }

    /** Whether something is added to the variance. */
    public boolean hasEps() {
      return this == BATCH_NORM || this == UNIT_VARIANCE;
    }

    /** Whether values are moved to a range. */
    public boolean hasRange() {
      return !defaultRange.isEmpty();
    }

    /** The method with its default settings. */
    public NormalizationMethod method() {
      return new NormalizationMethod(this, defaultEps, defaultRange);
    }

    /** The kind that is written so. */
    public static Optional<Kind> of(String written) {
      return Arrays.stream(values()).filter(kind -> kind.written().equals(written)).findFirst();
    }

    /** How the command line and statistics files write it, as in {@code batch-norm}. */
    public String written() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Checks eps and the range. */
  public NormalizationMethod {
    range = List.copyOf(range);
    if (!(eps >= 0 && eps <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException("eps must be finite and at least 0, but was " + eps + ".");
    }
    if (eps != 0 && !kind.hasEps() || range.size() != kind.defaultRange.size()) {
      throw new IllegalArgumentException(
          "%s has %s and %s."
              .formatted(
                  kind.written(),
                  kind.hasEps() ? "an eps" : "no eps",
                  kind.hasRange() ? "a range of two ends" : "no range"));
    }
    if (kind.hasRange()) {
      double width = range.get(1) - range.get(0);
      if (!(width > 0 && width <= Double.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "The lower end of a range must be below the upper end, but the range was %s to %s."
                .formatted(range.get(0), range.get(1)));
      }
    }
  }

  /** The same kind with another eps. */
  public NormalizationMethod withEps(double newEps) {
    return new NormalizationMethod(kind, newEps, range);
  }

  /** The same kind with another range. */
  public NormalizationMethod withRange(double lower, double upper) {
    return new NormalizationMethod(kind, eps, List.of(lower, upper));
  }

  /**
   * What is done with the values of features that have these statistics.
   *
   * @param names of the features, for messages
   * @param moments of the features
   * @param quartiles of the features; only {@link Kind#ROBUST} looks at them
   * @throws org.syncbn.spark.files.DataException if a feature has no value at all
   */
  public FeatureScaling scaling(
      List<String> names, List<Moments> moments, List<Quartiles> quartiles) {
    return switch (kind) {
      case BATCH_NORM -> FeatureScaling.batchNorm(names, moments, eps);
      case MIN_MAX -> FeatureScaling.minMax(names, moments, range.get(0), range.get(1));
      case MAX_ABS -> FeatureScaling.maxAbs(names, moments);
      case UNIT_VARIANCE -> FeatureScaling.unitVariance(names, moments, eps);
      case ROBUST -> FeatureScaling.robust(names, moments, quartiles);
    };
  }

  /** What later runs with the statistics have to know; nothing where it is the default. */
  public Optional<SavedMethod> saved(ConstantColumns constants) {
    boolean keeps = constants == ConstantColumns.KEEP;
    return equals(Kind.BATCH_NORM.method()) && !keeps
        ? Optional.empty()
        : Optional.of(
            new SavedMethod(
                kind.written(), kind.hasEps() ? Optional.of(eps) : Optional.empty(), range, keeps));
  }

  /**
   * The method that statistics were found for.
   *
   * @return empty if this release does not have the method
   */
  public static Optional<NormalizationMethod> of(SavedMethod saved) {
    return Kind.of(saved.name())
        .map(
            kind ->
                new NormalizationMethod(
                    kind,
                    saved.eps().orElse(kind.defaultEps),
                    kind.hasRange() && !saved.range().isEmpty()
                        ? saved.range()
                        : kind.defaultRange));
  }
}
