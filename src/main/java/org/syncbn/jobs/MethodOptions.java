package org.syncbn.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.syncbn.model.SavedMethod;
import org.syncbn.model.SavedStatistics;
import org.syncbn.report.Expectation;
import org.syncbn.report.Expectation.Precision;
import org.syncbn.report.Expectation.Scale;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What is done with values: the method, and what becomes of special ones. */
final class MethodOptions {

  static final double DEFAULT_EPS = 1e-5;
  private static final Range DEFAULT_RANGE = new Range(0, 1);
  private static final String FOREIGN_EPS =
      "--eps belongs to --method batch-norm and unit-variance";
  private static final String FOREIGN_RANGE = "--range belongs to --method min-max";
  private static final String FOREIGN_UNSEEN =
      "--unseen global cannot go with --method robust: the quartiles of groups do not tell those"
          + " of all";

  /** What is done with a value. */
  enum Method {
    /** Minus the mean, divided by the standard deviation. */
    BATCH_NORM,
    /** From the extremes to a range. */
    MIN_MAX,
    /** Divided by the largest absolute value. */
    MAX_ABS,
    /** Divided by the standard deviation. */
    UNIT_VARIANCE,
    /** Minus the median, divided by the range of the quartiles. */
    ROBUST
  }

  /** What becomes of columns in which the method finds no spread. */
  enum ConstantColumns {
    /** They become 0, or the lower end of the range. */
    ZERO,
    /** They stay as they are. */
    KEEP,
    /** The data are refused. */
    ERROR
  }

  /** The ends of min-max. */
  record Range(double lower, double upper) {

    /** Reads {@code lower,upper}. */
    static final class Converter implements ITypeConverter<Range> {
      @Override
      public Range convert(String text) {
        String[] ends = text.split(",", -1);
        try {
          Range range = new Range(Double.parseDouble(ends[0]), Double.parseDouble(ends[1]));
          double width = range.upper - range.lower;
          if (ends.length == 2 && width > 0 && width <= Double.MAX_VALUE) {
            return range;
          }
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
          // Falls through to the one sentence.
        }
        throw new TypeConversionException(
            "'%s' is not a lower and a greater upper end, such as 0,1".formatted(text));
      }
    }
  }

  @Option(
      names = "--method",
      converter = Choice.OfMethod.class,
      completionCandidates = Choice.OfMethod.class,
      paramLabel = "METHOD",
      description =
          "batch-norm: (x - mean) / sqrt(populationVariance + eps). min-max: from the smallest and"
              + " the greatest value to a range. max-abs: x / (largest absolute value)."
              + " unit-variance: x / sqrt(populationVariance + eps). robust: (x - median) / (upper"
              + " - lower quartile), exact, in further passes. Default: batch-norm; with --apply or"
              + " --merge, what their statistics were found for.")
  private Method chosen;

  /** What the statistics at hand were found for. */
  private Optional<SavedMethod> saved = Optional.empty();

  @Option(
      names = "--eps",
      paramLabel = "NUMBER",
      description =
          "Added to the variance by batch-norm and unit-variance. Default: 1e-5 for batch-norm, 0"
              + " for unit-variance; with --apply or --merge as for --method.")
  Double eps;

  @Option(
      names = "--range",
      converter = Range.Converter.class,
      paramLabel = "LOWER,UPPER",
      description = "The ends of min-max. Default: 0,1; with --apply or --merge as for --method.")
  Range range;

  @Option(
      names = "--missing",
      converter = Choice.OfMissing.class,
      completionCandidates = Choice.OfMissing.class,
      paramLabel = "POLICY",
      description =
          "What to do with null, NaN and infinities: error (refuse the data), skip (leave them out"
              + " of the statistics, and as they are), mean (leave them out of the statistics, and"
              + " write what the mean becomes). Default: error.")
  MissingValues missing;

  @Option(
      names = "--constant",
      converter = Choice.OfConstant.class,
      completionCandidates = Choice.OfConstant.class,
      paramLabel = "POLICY",
      description =
          "What to do with columns without spread: zero (they become 0, or the lower end), keep"
              + " (leave them as they are), error (refuse the data). Default: zero; with --apply or"
              + " --merge as for --method.")
  private ConstantColumns constant;

  @Option(
      names = "--unseen",
      converter = Choice.OfUnseen.class,
      completionCandidates = Choice.OfUnseen.class,
      paramLabel = "POLICY",
      description =
          "With --apply of statistics per group, what to do with rows of other groups: error"
              + " (refuse the data), skip (leave them as they are), global (use the statistics of"
              + " all groups together). Default: error.")
  UnseenGroups unseen;

  @Option(
      names = "--inverse",
      description =
          "With --apply, the way back: from normalized values to the raw ones, a few units in the"
              + " last place off. What min-max moved to an end of its range stays there.")
  boolean inverse;

  void check(Refusal refusal, NormalizeJob job) {
    refusal.refuse(eps != null && !(eps >= 0 && eps <= Double.MAX_VALUE), "--eps is not negative");
    boolean isKnown = chosen != null || job.apply == null && job.merge.isEmpty();
    refusal.refuse(isKnown && hasForeignEps(), FOREIGN_EPS);
    refusal.refuse(isKnown && hasForeignRange(), FOREIGN_RANGE);
    refusal.refuse(
        chosen == Method.ROBUST && job.features.weight != null,
        "--weight cannot go with --method robust, whose quartiles have no weights");
    refusal.refuse(
        chosen == Method.ROBUST && !job.merge.isEmpty(),
        "--merge cannot go with --method robust: the quartiles of parts do not tell those of the"
            + " whole");
    refusal.refuse(
        unseen != null && job.apply == null,
        "--unseen belongs to --apply: what is fitted has seen every group");
    refusal.refuse(hasForeignUnseen(), FOREIGN_UNSEEN);
    refusal.refuse(inverse && job.apply == null, "--inverse needs the statistics of --apply");
    refusal.refuse(
        inverse && missing == MissingValues.MEAN,
        "--inverse restores what was there, so --missing mean cannot go with it");
  }

  private boolean hasForeignEps() {
    return eps != null && method() != Method.BATCH_NORM && method() != Method.UNIT_VARIANCE;
  }

  private boolean hasForeignRange() {
    return range != null && method() != Method.MIN_MAX;
  }

  private boolean hasForeignUnseen() {
    return method() == Method.ROBUST && unseen == UnseenGroups.GLOBAL;
  }

  /** Takes what was not said from statistics. */
  void adopt(SavedStatistics statistics, String file) {
    saved = statistics.method();
    if (saved.isPresent() && savedMethod().isEmpty()) {
      throw new JobFailure(
          "%s was found for --method %s, which this release does not have; use a newer one."
              .formatted(file, saved.get().name()));
    }
    String wrong =
        hasForeignEps()
            ? FOREIGN_EPS
            : hasForeignRange() ? FOREIGN_RANGE : hasForeignUnseen() ? FOREIGN_UNSEEN : "";
    if (!wrong.isEmpty()) {
      throw new JobFailure(
          "%s, and %s was found for --method %s.".formatted(wrong, file, Choice.name(method())));
    }
  }

  /** Whether the statistics at hand decided how to normalize. */
  boolean isAdopted() {
    return chosen == null && saved.isPresent();
  }

  /** Whether it was said how to normalize. */
  boolean isChosen() {
    return chosen != null;
  }

  Method method() {
    return chosen != null ? chosen : savedMethod().orElse(Method.BATCH_NORM);
  }

  private Optional<Method> savedMethod() {
    return saved.flatMap(from -> new Choice.OfMethod().find(from.name()));
  }

  /** What the statistics were found for, if that is the method at hand. */
  private Optional<SavedMethod> ofSameMethod() {
    return saved.filter(from -> savedMethod().equals(Optional.of(method())));
  }

  double eps() {
    return eps != null ? eps : ofSameMethod().flatMap(SavedMethod::eps).orElse(defaultEps());
  }

  private double defaultEps() {
    return method() == Method.BATCH_NORM ? DEFAULT_EPS : 0;
  }

  Range range() {
    return range != null
        ? range
        : ofSameMethod()
            .map(SavedMethod::range)
            .filter(ends -> ends.size() == 2)
            .map(ends -> new Range(ends.get(0), ends.get(1)))
            .orElse(DEFAULT_RANGE);
  }

  ConstantColumns constant() {
    return constant != null
        ? constant
        : ofSameMethod().filter(SavedMethod::keepsConstants).isPresent()
            ? ConstantColumns.KEEP
            : ConstantColumns.ZERO;
  }

  /** What later runs with the statistics have to know; nothing where it is the default. */
  Optional<SavedMethod> saved() {
    boolean hasEps = method() == Method.BATCH_NORM || method() == Method.UNIT_VARIANCE;
    boolean keeps = constant() == ConstantColumns.KEEP;
    return method() == Method.BATCH_NORM && eps() == DEFAULT_EPS && !keeps
        ? Optional.empty()
        : Optional.of(
            new SavedMethod(
                Choice.name(method()),
                hasEps ? Optional.of(eps()) : Optional.empty(),
                method() == Method.MIN_MAX ? List.of(range().lower(), range().upper()) : List.of(),
                keeps));
  }

  MissingValues missing() {
    return Optional.ofNullable(missing).orElse(MissingValues.ERROR);
  }

  UnseenGroups unseen() {
    return Optional.ofNullable(unseen).orElse(UnseenGroups.ERROR);
  }

  /** What is done with the values of features that have these statistics. */
  FeatureScaling scaling(List<String> names, List<Moments> moments, List<Quartiles> quartiles) {
    FeatureScaling scaling =
        switch (method()) {
          case BATCH_NORM -> FeatureScaling.batchNorm(names, moments, eps());
          case MIN_MAX -> FeatureScaling.minMax(names, moments, range().lower(), range().upper());
          case MAX_ABS -> FeatureScaling.maxAbs(names, moments);
          case UNIT_VARIANCE -> FeatureScaling.unitVariance(names, moments, eps());
          case ROBUST -> FeatureScaling.robust(names, moments, quartiles);
        };
    if (constant() == ConstantColumns.ERROR) {
      requireSpread(names, scaling);
    }
    FeatureScaling there =
        constant() == ConstantColumns.KEEP ? scaling.keepingSpreadless() : scaling;
    return inverse ? there.inverse() : there;
  }

  private static void requireSpread(List<String> names, FeatureScaling scaling) {
    List<String> spreadless = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (scaling.isSpreadless(i)) {
        spreadless.add("'" + names.get(i) + "'");
      }
    }
    if (!spreadless.isEmpty()) {
      throw new JobFailure(
          "There is no spread in %s; exclude such columns, or say --constant zero or --constant keep."
              .formatted(Sentences.first(spreadless, "columns")));
    }
  }

  /** What the moments of a feature must be afterwards. */
  Expectation expectation(Moments own, Moments statistics, Quartiles quartiles, Precision stored) {
    Scale scale =
        switch (method()) {
          case BATCH_NORM -> Scale.batchNorm(statistics, eps());
          case MIN_MAX -> Scale.minMax(statistics);
          case MAX_ABS -> Scale.maxAbs(statistics);
          case UNIT_VARIANCE -> Scale.unitVariance(statistics, eps());
          case ROBUST -> Scale.robust(quartiles);
        };
    boolean spreadless =
        switch (method()) {
          case BATCH_NORM, UNIT_VARIANCE, MIN_MAX -> statistics.isConstant();
          case MAX_ABS, ROBUST -> scale.divisor() == 0;
        };
    if (spreadless && constant() == ConstantColumns.KEEP) {
      return replaced(Expectation.of(own, statistics, Scale.IDENTITY, stored));
    }
    boolean toRange = method() == Method.MIN_MAX;
    if (inverse) {
      double lower = toRange ? range().lower() : 0;
      return Expectation.restored(own, scale, lower, toRange ? range().upper() : 1, stored);
    }
    return replaced(
        toRange
            ? Expectation.minMax(own, statistics, range().lower(), range().upper(), stored)
            : method() == Method.MAX_ABS
                ? Expectation.maxAbs(own, statistics, stored)
                : Expectation.of(own, statistics, scale, stored));
  }

  private Expectation replaced(Expectation expectation) {
    return missing() == MissingValues.MEAN ? expectation.withMissingReplaced() : expectation;
  }
}
