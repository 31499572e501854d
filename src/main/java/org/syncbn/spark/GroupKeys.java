package org.syncbn.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.Group;

/**
 * Finds the groups of rows by their texts, without a new object for a row of a known group.
 *
 * <p>Not thread-safe.
 */
final class GroupKeys {

  private final int first; // ordinal of the first text in a row
  private final ArrayList<UTF8String> key = new ArrayList<>();
  private final Map<List<UTF8String>, Group> groups = new HashMap<>();
  private final int most;
  private final List<String> by;

  /**
   * Groups of the texts that begin at an ordinal.
   *
   * @param most groups that there may be
   */
  GroupKeys(List<String> by, int first, int most) {
    this.by = by;
    this.first = first;
    this.most = most;
    by.forEach(column -> key.add(null));
  }

  Group of(InternalRow row) {
    for (int i = 0; i < key.size(); i++) {
      key.set(i, row.isNullAt(first + i) ? null : row.getUTF8String(first + i));
    }
    Group known = groups.get(key);
    return known == null ? added() : known;
  }

  private Group added() {
    requireAtMost(by, groups.size() + 1, most);
    ArrayList<UTF8String> copy = new ArrayList<>();
    ArrayList<String> texts = new ArrayList<>();
    for (UTF8String text : key) {
      copy.add(text == null ? null : text.copy()); // the next row takes its memory
      texts.add(text == null ? null : text.toString());
    }
    Group group = Group.of(texts);
    groups.put(copy, group);
    return group;
  }

  static void requireAtMost(List<String> by, int groups, int most) {
    if (groups > most) {
      throw new DataException(
          "There are more than %,d groups of %s, the most for so many features; group by columns with fewer values."
              .formatted(most, String.join(", ", by)));
    }
  }
}
