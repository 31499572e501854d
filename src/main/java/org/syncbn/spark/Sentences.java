package org.syncbn.spark;

import java.util.List;
import org.syncbn.sums.Group;

/** Parts of sentences. */
public final class Sentences {

  private static final int MOST = 5;

  private Sentences() {}

  /** A feature of a group: {@code age (north, 2026)}; of all rows, its name alone. */
  public static String of(String feature, Group group) {
    String texts = String.join(", ", group.texts().map(text -> text.orElse("null")).toList());
    return group.equals(Group.ALL) ? feature : "%s (%s)".formatted(feature, texts);
  }

  /** The first few of a list, and how many more there are. */
  public static String first(List<String> all, String what) {
    String first = String.join(", ", all.subList(0, Math.min(MOST, all.size())));
    return all.size() > MOST
        ? "%s and %d more %s".formatted(first, all.size() - MOST, what)
        : first;
  }
}
