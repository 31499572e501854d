package org.syncbn.spark;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.syncbn.sums.Group;

/**
 * What normalization does with the rows of each group.
 *
 * @param ofGroups the scaling of each group
 * @param unseen what becomes of rows of other groups
 * @param ofAll the scaling of all groups together
 */
public record GroupScalings(
    SortedMap<Group, FeatureScaling> ofGroups, UnseenGroups unseen, FeatureScaling ofAll) {

  /** The same with each scaling changed. */
  public GroupScalings with(UnaryOperator<FeatureScaling> change) {
    SortedMap<Group, FeatureScaling> changed = new TreeMap<>();
    ofGroups.forEach((group, scaling) -> changed.put(group, change.apply(scaling)));
    return new GroupScalings(changed, unseen, change.apply(ofAll));
  }

  /** The place of each group among {@link #scalings}. */
  HashMap<Group, Integer> places() {
    HashMap<Group, Integer> places = new HashMap<>();
    ofGroups.keySet().forEach(group -> places.put(group, places.size()));
    return places;
  }

  /** The scaling of each group, and at last that of rows of other groups. */
  List<FeatureScaling> scalings() {
    List<FeatureScaling> scalings = new ArrayList<>(ofGroups.values());
    scalings.add(unseen == UnseenGroups.SKIP ? FeatureScaling.identity(ofAll.size()) : ofAll);
    return scalings;
  }

  /** What is done with a missing value, for each of {@link #scalings}. */
  List<MissingValues> missing(MissingValues missing) {
    List<MissingValues> policies = new ArrayList<>(Collections.nCopies(ofGroups.size(), missing));
    policies.add(unseen == UnseenGroups.SKIP ? MissingValues.SKIP : missing);
    return policies;
  }
}
