package org.syncbn.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.model.SavedStatistics;
import org.syncbn.spark.ColumnChoice;
import org.syncbn.spark.ConstantColumns;
import org.syncbn.spark.FeatureQuartiles;
import org.syncbn.spark.Features;
import org.syncbn.spark.GroupStatistics;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.NormalizationMethod;
import org.syncbn.spark.NormalizationMethod.Kind;
import org.syncbn.spark.RowRoles;
import org.syncbn.spark.Sentences;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Quartiles;

/**
 * How to normalize the features of a data set: a request that {@link #fit} carries out.
 *
 * <pre>{@code
 * FittedNormalizer fitted = Normalizer.batchNorm().withoutColumns("id", "label").fit(sales);
 * Dataset<Row> normalized = fitted.transform(sales);
 * }</pre>
 *
 * <p>Without further words all numeric columns, vectors and arrays are normalized, a missing value
 * is an error, and columns without spread become 0. Immutable: each method gives a new request.
 */
public final class Normalizer {

  private final NormalizationMethod method;
  private final ConstantColumns constants;
  private final MissingValues missing;
  private final UnseenGroups unseen;
  private final List<String> columns;
  private final List<String> excluded;
  private final Optional<String> weight;
  private final List<String> by;

  private Normalizer(
      NormalizationMethod method,
      ConstantColumns constants,
      MissingValues missing,
      UnseenGroups unseen,
      List<String> columns,
      List<String> excluded,
      Optional<String> weight,
      List<String> by) {
    this.method = method;
    this.constants = constants;
    this.missing = missing;
    this.unseen = unseen;
    this.columns = List.copyOf(columns);
    this.excluded = List.copyOf(excluded);
    this.weight = weight;
    this.by = List.copyOf(by);
  }

  /** Normalizes by a method. */
  public static Normalizer of(NormalizationMethod method) {
    return new Normalizer(
        method,
        ConstantColumns.ZERO,
        MissingValues.ERROR,
        UnseenGroups.ERROR,
        List.of(),
        List.of(),
        Optional.empty(),
        List.of());
  }

  /** Batch normalization with an eps of 1e-5, PyTorch's default. */
  public static Normalizer batchNorm() {
    return of(Kind.BATCH_NORM.method());
  }

  /** Min-max normalization to the range from 0 to 1. */
  public static Normalizer minMax() {
    return of(Kind.MIN_MAX.method());
  }

  /** What becomes of columns without spread. */
  public Normalizer with(ConstantColumns newConstants) {
    return new Normalizer(method, newConstants, missing, unseen, columns, excluded, weight, by);
  }

  /** What becomes of missing values: null, NaN and infinities. */
  public Normalizer with(MissingValues newMissing) {
    return new Normalizer(method, constants, newMissing, unseen, columns, excluded, weight, by);
  }

  /** What becomes of rows whose group has no statistics. */
  public Normalizer with(UnseenGroups newUnseen) {
    return new Normalizer(method, constants, missing, newUnseen, columns, excluded, weight, by);
  }

  /**
   * Normalizes these columns and no others.
   *
   * @param names literal; if no column has the name, {@code *} matches any characters and {@code ?}
   *     for any one, and {@code type:double}, {@code float}, {@code integer}, {@code decimal},
   *     {@code vector} or {@code array} for all columns of that type
   */
  public Normalizer withColumns(String... names) {
    return new Normalizer(
        method, constants, missing, unseen, List.of(names), List.of(), weight, by);
  }

  /** Leaves these columns as they are; written as for {@link #withColumns}. */
  public Normalizer withoutColumns(String... names) {
    return new Normalizer(
        method, constants, missing, unseen, List.of(), List.of(names), weight, by);
  }

  /**
   * Weighted statistics.
   *
   * @param column of the rows' weights: finite and at least 0; rows of weight 0 do not count. Not
   *     normalized.
   */
  public Normalizer withWeight(String column) {
    return new Normalizer(
        method, constants, missing, unseen, columns, excluded, Optional.of(column), by);
  }

  /**
   * Normalizes each row with the statistics of its own group.
   *
   * @param names of columns of texts, whole numbers, booleans or dates; null makes a group. Not
   *     normalized.
   */
  public Normalizer by(String... names) {
    return new Normalizer(
        method, constants, missing, unseen, columns, excluded, weight, List.of(names));
  }

  /** How values are normalized. */
  public NormalizationMethod method() {
    return method;
  }

  /** What becomes of columns without spread. */
  public ConstantColumns constants() {
    return constants;
  }

  /** What becomes of missing values. */
  public MissingValues missing() {
    return missing;
  }

  /** What becomes of rows of groups without statistics. */
  public UnseenGroups unseen() {
    return unseen;
  }

  /**
   * What columns of {@code rows} say of a row.
   *
   * @throws DataException if there is no such column
   */
  public RowRoles roles(Dataset<Row> rows) {
    return new RowRoles(weight, ColumnChoice.names(rows, by, List.of()));
  }

  /**
   * The features of {@code rows} that are normalized.
   *
   * @throws DataException if a column is not there, is of another type, or is both a feature and a
   *     weight or group
   */
  public Features features(Dataset<Row> rows) {
    List<String> reserved = roles(rows).columns();
    List<String> named = ColumnChoice.names(rows, columns, reserved);
    named.stream()
        .filter(reserved::contains)
        .findFirst()
        .ifPresent(
            both -> {
              throw new DataException(
                  "Column '%s' is a weight or makes groups, so it cannot be normalized; leave it out of the columns to normalize."
                      .formatted(both));
            });
    return Features.of(
        rows,
        columns.isEmpty()
            ? FeatureSelection.allNumericExcept(
                Stream.concat(
                        ColumnChoice.names(rows, excluded, List.of()).stream(), reserved.stream())
                    .distinct()
                    .toList())
            : FeatureSelection.named(named));
  }

  /**
   * Finds the exact statistics of the features of {@code rows}, in one pass (quartiles need further
   * ones). The result has the same bits for any number of partitions and any order of rows.
   *
   * @throws DataException if the data cannot be read or, under {@link MissingValues#ERROR}, hold
   *     missing values
   */
  public FittedNormalizer fit(Dataset<Row> rows) {
    return fit(rows, features(rows));
  }

  /** As {@link #fit(Dataset)}, of features that {@link #features} has found. */
  public FittedNormalizer fit(Dataset<Row> rows, Features features) {
    RowRoles roles = roles(rows);
    GroupSums sums = GroupStatistics.fit(rows, features, roles);
    Map<Group, List<Quartiles>> quartiles =
        method.kind() == Kind.ROBUST ? FeatureQuartiles.fit(rows, features, roles, sums) : Map.of();
    FittedNormalizer fitted =
        with(new SavedStatistics(features.names(), roles.by(), sums, quartiles));
    List<String> incomplete = missing == MissingValues.ERROR ? fitted.missing() : List.of();
    if (!incomplete.isEmpty()) {
      throw DataException.missingValues(Sentences.first(incomplete, "columns"));
    }
    return fitted;
  }

  /** Normalizes with statistics that are known already. */
  public FittedNormalizer with(SavedStatistics statistics) {
    return FittedNormalizer.of(this, statistics);
  }
}
