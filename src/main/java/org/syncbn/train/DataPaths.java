package org.syncbn.train;

import java.util.List;

/**
 * Where the rows of a run are: one place, or several whose files make one table.
 *
 * @param all the places, in any order: a row's part and shard follow from its content
 */
public record DataPaths(List<String> all) {

  /** Checks that there is one. */
  public DataPaths {
    all = List.copyOf(all);
    if (all.isEmpty()) {
      throw new IllegalArgumentException("name at least one path");
    }
  }

  /** One place. */
  public static DataPaths of(String place) {
    return new DataPaths(List.of(place));
  }

  /** The only place of rows that are not files of a table. */
  public String only() {
    if (all.size() > 1) {
      throw new IllegalStateException("several places: " + all);
    }
    return all.get(0);
  }

  /** The places, for a person. */
  @Override
  public String toString() {
    return String.join(", ", all);
  }
}
