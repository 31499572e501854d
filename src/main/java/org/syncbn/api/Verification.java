package org.syncbn.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.model.SavedStatistics;
import org.syncbn.report.Expectation;
import org.syncbn.report.Expectation.Precision;
import org.syncbn.report.Expectation.Scale;
import org.syncbn.spark.FeatureColumn;
import org.syncbn.spark.Features;
import org.syncbn.spark.Sentences;
import org.syncbn.spark.UnseenGroups;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;
import org.syncbn.sums.TableSums;

/**
 * The expected and the measured moments of normalized rows; each list has one entry per feature and
 * group.
 *
 * @param names of the features, with their groups where there are some
 * @param expected what the moments must be
 * @param measured what they are
 */
public record Verification(List<String> names, List<Expectation> expected, List<Moments> measured) {

  /**
   * Compares, group by group.
   *
   * @param normalizer which normalized the rows
   * @param own the sums of the input, without weights
   * @param written the sums of the output, without weights
   * @param output the normalized features
   */
  public static Verification of(
      FittedNormalizer normalizer, GroupSums own, GroupSums written, Features output) {
    SavedStatistics statistics = normalizer.statistics();
    List<Precision> precisions =
        output.columns().stream()
            .flatMap(column -> Collections.nCopies(column.width(), precision(column)).stream())
            .toList();
    Verification all = new Verification(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    Map<Group, TableSums> known = statistics.groups().groups();
    for (Group group : own.groups().keySet()) {
      List<Moments> input = own.groups().get(group).moments();
      boolean seen = known.containsKey(group);
      List<Moments> used = seen ? known.get(group).moments() : statistics.moments();
      List<Quartiles> quartiles = statistics.quartiles().get(group);
      List<Moments> found = written.group(group).moments();
      for (int i = 0; i < input.size(); i++) {
        boolean hasStatistics = seen && used.get(i).count() > 0;
        Moments its = hasStatistics ? used.get(i) : statistics.moments().get(i);
        all.names.add(Sentences.of(statistics.names().get(i), group));
        all.measured.add(found.get(i));
        all.expected.add(
            hasStatistics || normalizer.request().unseen() == UnseenGroups.GLOBAL
                ? normalizer.expectation(
                    input.get(i),
                    its,
                    quartiles == null ? Quartiles.OF_NOTHING : quartiles.get(i),
                    precisions.get(i))
                : Expectation.of(input.get(i), its, Scale.IDENTITY, precisions.get(i)));
      }
    }
    return all;
  }

  private static Precision precision(FeatureColumn column) {
    boolean isFloat =
        column.dataType().equals(DataTypes.FloatType)
            || column.dataType() instanceof ArrayType array
                && array.elementType().equals(DataTypes.FloatType);
    return isFloat ? Precision.FLOAT : Precision.DOUBLE;
  }

  /** Fails with the first of those that are not as they must be. */
  public void requireAsExpected() {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      List<String> deviations = expected.get(i).deviations(measured.get(i));
      if (!deviations.isEmpty()) {
        wrong.add("'%s': %s".formatted(names.get(i), String.join(", ", deviations)));
      }
    }
    if (!wrong.isEmpty()) {
      throw new DataException(
          "The verification failed for %d of %d features; %s."
              .formatted(wrong.size(), names.size(), wrong.get(0)));
    }
  }
}
