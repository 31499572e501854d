package org.syncbn.train;

import java.util.HashSet;
import java.util.List;

/**
 * The columns of a table that a run predicts. Of several, each is a target of its own: a number, or
 * from 0 to 1 whether something holds.
 *
 * @param names of the columns, in the order of the network's outputs
 */
public record LabelColumns(List<String> names) {

  /** Checks that there is one, and none twice. */
  public LabelColumns {
    names = List.copyOf(names);
    if (names.isEmpty()) {
      throw new IllegalArgumentException("name at least one column to predict");
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new IllegalArgumentException("a column to predict is named twice: " + names);
    }
  }

  /** One column. */
  public static LabelColumns of(String name) {
    return new LabelColumns(List.of(name));
  }
}
