package org.syncbn.jobs;

import java.util.Optional;
import org.syncbn.cli.JobFailure;
import org.syncbn.model.SavedMethod;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.UnseenGroups;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options for the method, and for missing values, constant columns and unseen groups. */
final class MethodOptions {

  private static final String FOREIGN_EPS =
      "--eps belongs to --method batch-norm and unit-variance";
  private static final String FOREIGN_RANGE = "--range belongs to --method min-max";
  private static final String FOREIGN_UNSEEN =
      "--unseen global cannot be combined with --method robust: quartiles of groups cannot be"
          + " merged";

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
            "'%s' is not a range of a lower and a greater upper end, such as 0,1".formatted(text));
      }
    }
  }

  @Option(
      names = "--method",
      converter = Choices.OfMethod.class,
      completionCandidates = Choices.OfMethod.class,
      paramLabel = "METHOD",
      description =
          "batch-norm: (x - mean) / sqrt(populationVariance + eps). min-max: scales the smallest"
              + " and the greatest value to a range. max-abs: x / (largest absolute value)."
              + " unit-variance: x / sqrt(populationVariance + eps). robust: (x - median) / (upper"
              + " - lower quartile), exact, in further passes. Default: batch-norm; with --apply or"
              + " --merge, the method of their statistics.")
  private Kind chosen;

  /** The method for which the given statistics were computed. */
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
      description = "The range of min-max. Default: 0,1; with --apply or --merge as for --method.")
  Range range;

  @Option(
      names = "--missing",
      converter = Choices.OfMissing.class,
      completionCandidates = Choices.OfMissing.class,
      paramLabel = "POLICY",
      description =
          "What to do with null, NaN and infinities: error (reject the data), skip (leave them"
              + " out of the statistics and unchanged), mean (leave them out of the statistics, and"
              + " write the normalized mean). Default: error.")
  MissingValues missing;

  @Option(
      names = "--constant",
      converter = Choices.OfConstant.class,
      completionCandidates = Choices.OfConstant.class,
      paramLabel = "POLICY",
      description =
          "What to do with columns without spread: zero (write 0, or the lower end), keep (leave"
              + " them unchanged), error (reject the data). Default: zero; with --apply or --merge"
              + " as for --method.")
  private ConstantColumns constant;

  @Option(
      names = "--unseen",
      converter = Choices.OfUnseen.class,
      completionCandidates = Choices.OfUnseen.class,
      paramLabel = "POLICY",
      description =
          "With --apply of statistics per group, what to do with rows of other groups: error"
              + " (reject the data), skip (leave them unchanged), global (use the statistics of all"
              + " groups together). Default: error.")
  UnseenGroups unseen;

  @Option(
      names = "--inverse",
      description =
          "With --apply, convert normalized values back to raw ones, up to a few units in the"
              + " last place. Values that min-max clipped stay at the minimum or maximum.")
  boolean inverse;

  void check(ArgumentCheck check, NormalizeJob job) {
    check.reject(eps != null && !(eps >= 0 && eps <= Double.MAX_VALUE), "--eps must be at least 0");
    boolean isKnown = chosen != null || job.apply == null && job.merge.isEmpty();
    check.reject(isKnown && hasForeignEps(), FOREIGN_EPS);
    check.reject(isKnown && hasForeignRange(), FOREIGN_RANGE);
    check.reject(
        chosen == Kind.ROBUST && job.features.weight != null,
        "--weight cannot be combined with --method robust, whose quartiles are unweighted");
    check.reject(
        chosen == Kind.ROBUST && !job.merge.isEmpty(),
        "--merge cannot be combined with --method robust: quartiles of parts cannot be combined");
    check.reject(
        unseen != null && job.apply == null,
        "--unseen needs --apply: a fit has statistics of every group");
    check.reject(hasForeignUnseen(), FOREIGN_UNSEEN);
    check.reject(inverse && job.apply == null, "--inverse needs the statistics of --apply");
    check.reject(
        inverse && missing == MissingValues.MEAN,
        "--inverse leaves missing values unchanged, so --missing mean cannot be combined with it");
  }

  private boolean hasForeignEps() {
    return eps != null && !kind().hasEps();
  }

  private boolean hasForeignRange() {
    return range != null && !kind().hasRange();
  }

  private boolean hasForeignUnseen() {
    return kind() == Kind.ROBUST && unseen == UnseenGroups.GLOBAL;
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
          "%s, and %s was found for --method %s.".formatted(wrong, file, kind().written()));
    }
  }

  /** Whether the given statistics determined the method. */
  boolean isAdopted() {
    return chosen == null && saved.isPresent();
  }

  /** Whether it was said how to normalize. */
  boolean isChosen() {
    return chosen != null;
  }

  Kind kind() {
    return chosen != null
        ? chosen
        : savedMethod().map(NormalizationMethod::kind).orElse(Kind.BATCH_NORM);
  }

  private Optional<NormalizationMethod> savedMethod() {
    return saved.flatMap(NormalizationMethod::of);
  }

  /** The method of the statistics, if it is of the given kind. */
  private Optional<SavedMethod> ofSameKind() {
    return saved.filter(from -> from.name().equals(kind().written()));
  }

  /** The method: that of the options, or else that of the given statistics. */
  NormalizationMethod method() {
    NormalizationMethod known =
        ofSameKind().flatMap(NormalizationMethod::of).orElse(kind().method());
    NormalizationMethod withEps = eps == null ? known : known.withEps(eps);
    return range == null ? withEps : withEps.withRange(range.lower, range.upper);
  }

  ConstantColumns constant() {
    return constant != null
        ? constant
        : ofSameKind().filter(SavedMethod::keepsConstants).isPresent()
            ? ConstantColumns.KEEP
            : ConstantColumns.ZERO;
  }

  MissingValues missing() {
    return Optional.ofNullable(missing).orElse(MissingValues.ERROR);
  }

  UnseenGroups unseen() {
    return Optional.ofNullable(unseen).orElse(UnseenGroups.ERROR);
  }
}
