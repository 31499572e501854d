package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Group;

/**
 * Finds the place of a row's group among those with statistics: {@link #of} is called from
 * generated code, by name.
 *
 * <p>Immutable.
 */
public final class GroupIndex implements Serializable {

  private static final long serialVersionUID = 1L;

  private final ArrayList<String> by;
  private final HashMap<Group, Integer> places;
  private final boolean requireSeen;

  GroupIndex(List<String> by, GroupScalings scalings) {
    this.by = new ArrayList<>(by);
    places = scalings.places();
    requireSeen = scalings.unseen() == UnseenGroups.ERROR;
  }

  /**
   * The place of the group with these texts; behind all others if there are no statistics of it.
   */
  public int of(ArrayData texts) {
    ArrayList<String> key = new ArrayList<>(texts.numElements());
    for (int i = 0; i < texts.numElements(); i++) {
      key.add(texts.isNullAt(i) ? null : texts.getUTF8String(i).toString());
    }
    Group group = Group.of(key);
    Integer place = places.get(group);
    if (place == null && requireSeen) {
      throw new DataException(
          "There are no statistics of the group %s of %s; skip such rows, or normalize them with the statistics of all groups."
              .formatted(group, String.join(", ", by)));
    }
    return place == null ? places.size() : place;
  }
}
