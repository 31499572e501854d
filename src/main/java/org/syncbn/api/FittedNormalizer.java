package org.syncbn.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.api.NormalizedRows.NumberType;
import org.syncbn.model.SavedStatistics;
import org.syncbn.report.Expectation;
import org.syncbn.report.Expectation.Precision;
import org.syncbn.report.Expectation.Scale;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.FeatureScaling;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupScalings;
import org.syncbn.spark.GroupStatistics;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.RowRoles;
import org.syncbn.spark.Sentences;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Group;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

/**
 * Normalizes data sets with exact statistics that were found before: the result of {@link
 * Normalizer#fit}, or a request {@link Normalizer#with} saved ones.
 *
 * <p>Immutable.
 */
public final class FittedNormalizer {

  private final Normalizer request;
  private final SavedStatistics statistics;
  private final boolean isInverse;

  private FittedNormalizer(Normalizer request, SavedStatistics statistics, boolean isInverse) {
    this.request = request;
    this.statistics = statistics;
    this.isInverse = isInverse;
  }

  static FittedNormalizer of(Normalizer request, SavedStatistics statistics) {
    return new FittedNormalizer(
        request, statistics.with(request.method().saved(request.constants())), false);
  }

  /** What was asked for. */
  public Normalizer request() {
    return request;
  }

  /**
   * The exact statistics, which say the method too. {@link SavedStatistics#json} is the text of
   * their file, which {@link SavedStatistics#parse} reads.
   */
  public SavedStatistics statistics() {
    return statistics;
  }

  /** Whether this takes normalized values back to raw ones. */
  public boolean isInverse() {
    return isInverse;
  }

  /**
   * What takes normalized values back to raw ones, a few units in the last place off. What min-max
   * moved to an end of its range stays there.
   */
  public FittedNormalizer inverse() {
    return new FittedNormalizer(request, statistics, !isInverse);
  }

  /**
   * The same request with these statistics and others, as if found in one run.
   *
   * @param other statistics of the same features, in any order
   * @throws org.syncbn.model.FileFormatException if they are of other features or groups, or one is
   *     weighted and the other is not
   */
  public FittedNormalizer mergedWith(SavedStatistics other) {
    return of(request, statistics.mergedWith(other));
  }

  /** The features that have missing values, and how many: {@code age (3)}. */
  public List<String> missing() {
    List<String> counts = new ArrayList<>();
    List<Moments> moments = statistics.moments();
    for (int i = 0; i < moments.size(); i++) {
      if (moments.get(i).missing() > 0) {
        counts.add("%s (%d)".formatted(statistics.names().get(i), moments.get(i).missing()));
      }
    }
    return counts;
  }

  /**
   * The columns of {@code rows} that hold the features of the statistics, in the order of these
   * columns.
   *
   * @throws DataException if one is not there, or is of another type or length
   */
  public Features features(Dataset<Row> rows) {
    Map<String, Integer> places = new HashMap<>();
    for (String column : rows.columns()) {
      places.put(column, places.size());
    }
    Comparator<String> byColumn =
        Comparator.comparingInt(
            name ->
                places.getOrDefault(
                    name, places.getOrDefault(FeatureColumn.ofBlockFeature(name), 0)));
    return Features.ofFeatures(rows, statistics.names().stream().sorted(byColumn).toList());
  }

  /**
   * The rows with the features of the statistics normalized, in place: all other columns, and the
   * order of all, stay. Lazy; works on streams too.
   *
   * @throws DataException if {@code rows} lack a feature, or the statistics have no value of one
   */
  public Dataset<Row> transform(Dataset<Row> rows) {
    return transform(rows, request.missing(), "", NumberType.DOUBLE).rows();
  }

  /**
   * As {@link #transform(Dataset)}, with all options.
   *
   * @param missing what becomes of missing values; {@link MissingValues#SKIP} is quickest where
   *     there are none
   * @param suffix of the names of normalized columns beside raw ones; empty to replace those
   * @param type of normalized numbers and of the elements of arrays; float columns stay float
   */
  public NormalizedRows transform(
      Dataset<Row> rows, MissingValues missing, String suffix, NumberType type) {
    Features features = features(rows);
    return NormalizedRows.of(
        rows, features, statistics.by(), scalings(features.names()), missing, suffix, type);
  }

  /**
   * What is done with the values of the features.
   *
   * @param names of the features of the statistics, in the order wanted
   * @throws DataException if the statistics have no value of a feature, or lack what the method
   *     needs
   */
  public GroupScalings scalings(List<String> names) {
    if (request.method().kind() == Kind.ROBUST && statistics.quartiles().isEmpty()) {
      throw new DataException(
          "The statistics hold no quartiles, which the method robust needs; fit them with it.");
    }
    SavedStatistics ordered = statistics.inOrder(names);
    SortedMap<Group, FeatureScaling> ofGroups = new TreeMap<>();
    ordered
        .groups()
        .groups()
        .forEach(
            (group, sums) ->
                ofGroups.put(
                    group,
                    scaling(
                        names.stream().map(name -> Sentences.of(name, group)).toList(),
                        sums.moments(),
                        ordered.quartiles().getOrDefault(group, List.of()),
                        ordered.moments())));
    FeatureScaling ofAll =
        request.unseen() == UnseenGroups.GLOBAL
            ? scaling(names, ordered.moments(), List.of())
            : FeatureScaling.identity(names.size());
    return new GroupScalings(ofGroups, request.unseen(), ofAll);
  }

  /**
   * The scaling of a group. A feature without a value in it takes the statistics of all groups, if
   * they are for rows of unseen groups, or has none.
   */
  private FeatureScaling scaling(
      List<String> names, List<Moments> ofGroup, List<Quartiles> quartiles, List<Moments> ofAll) {
    List<Moments> known = new ArrayList<>();
    SortedMap<Integer, String> without = new TreeMap<>();
    for (int i = 0; i < names.size(); i++) {
      boolean isAbsent = ofGroup.get(i).count() == 0 && ofAll.get(i).count() > 0;
      known.add(isAbsent ? ofAll.get(i) : ofGroup.get(i));
      if (isAbsent) {
        without.put(i, names.get(i));
      }
    }
    FeatureScaling scaling = scaling(names, known, quartiles);
    return without.isEmpty() || request.unseen() == UnseenGroups.GLOBAL
        ? scaling
        : scaling.without(without, request.unseen() == UnseenGroups.SKIP);
  }

  private FeatureScaling scaling(
      List<String> names, List<Moments> moments, List<Quartiles> quartiles) {
    FeatureScaling scaling =
        request.constants().in(request.method().scaling(names, moments, quartiles), names);
    return isInverse ? scaling.inverse() : scaling;
  }

  /**
   * Compares the moments of normalized rows with what they must be, in two passes.
   *
   * @param raw the rows before
   * @param normalized the rows after, read again or computed
   */
  public Verification verify(Dataset<Row> raw, Dataset<Row> normalized) {
    RowRoles groups = new RowRoles(Optional.empty(), statistics.by());
    Features features = features(normalized);
    return Verification.of(
        this,
        GroupStatistics.fit(raw, Features.ofFeatures(raw, features.names()), groups),
        GroupStatistics.fit(normalized, features, groups),
        features);
  }

  /** What the moments of a feature must be afterwards. */
  Expectation expectation(Moments own, Moments found, Quartiles quartiles, Precision stored) {
    NormalizationMethod method = request.method();
    Scale scale =
        switch (method.kind()) {
          case BATCH_NORM -> Scale.batchNorm(found, method.eps());
          case MIN_MAX -> Scale.minMax(found);
          case MAX_ABS -> Scale.maxAbs(found);
          case UNIT_VARIANCE -> Scale.unitVariance(found, method.eps());
          case ROBUST -> Scale.robust(quartiles);
        };
    boolean spreadless =
        switch (method.kind()) {
          case BATCH_NORM, UNIT_VARIANCE, MIN_MAX -> found.isConstant();
          case MAX_ABS, ROBUST -> scale.divisor() == 0;
        };
    if (spreadless && request.constants() == ConstantColumns.KEEP) {
      return replaced(Expectation.of(own, found, Scale.IDENTITY, stored));
    }
    double lower = method.kind().hasRange() ? method.range().get(0) : 0;
    double upper = method.kind().hasRange() ? method.range().get(1) : 1;
    if (isInverse) {
      return Expectation.restored(own, scale, lower, upper, stored);
    }
    return replaced(
        switch (method.kind()) {
          case MIN_MAX -> Expectation.minMax(own, found, lower, upper, stored);
          case MAX_ABS -> Expectation.maxAbs(own, found, stored);
          case BATCH_NORM, UNIT_VARIANCE, ROBUST -> Expectation.of(own, found, scale, stored);
        });
  }

  private Expectation replaced(Expectation expectation) {
    return request.missing() == MissingValues.MEAN
        ? expectation.withMissingReplaced()
        : expectation;
  }
}
