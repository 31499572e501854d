package org.syncbn.api;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.syncbn.report.TextTable;
import org.syncbn.sums.Moments;

/** How features that a network reads as they are differ in scale. */
final class FeatureScales {

  /** Scales that differ by more slow training down. */
  private static final double MOST = 100;

  private FeatureScales() {}

  /**
   * A sentence if one feature is of a much larger scale than another. The scale is the root of the
   * mean square; features that are 0 everywhere have none.
   *
   * @param names of the features
   * @param moments of each
   */
  static Optional<String> warning(List<String> names, List<Moments> moments) {
    List<Integer> scaled =
        IntStream.range(0, names.size()).filter(i -> scale(moments.get(i)) > 0).boxed().toList();
    Comparator<Integer> byScale = Comparator.comparingDouble(i -> scale(moments.get(i)));
    Optional<Integer> least = scaled.stream().min(byScale);
    Optional<Integer> greatest = scaled.stream().max(byScale);
    if (least.isEmpty()
        || scale(moments.get(greatest.get())) <= MOST * scale(moments.get(least.get()))) {
      return Optional.empty();
    }
    return Optional.of(
        "warning: the network reads features as they are, and they differ in scale: '%s' is around %s, '%s' around %s; set data.standardize = true, or begin the network with a batchNorm"
            .formatted(
                names.get(greatest.get()),
                TextTable.number(scale(moments.get(greatest.get())), 2),
                names.get(least.get()),
                TextTable.number(scale(moments.get(least.get())), 2)));
  }

  private static double scale(Moments feature) {
    return feature.count() == 0
        ? 0
        : Math.hypot(feature.mean(), Math.sqrt(feature.populationVariance()));
  }
}
