package org.syncbn.spark.files;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.internals.Sessions;

/** Sessions for columns whose names differ only in case, which Spark does not tell apart. */
public final class LiteralNames {

  private LiteralNames() {}

  /** The session itself, or one beside it that takes names as they stand where that matters. */
  public static SparkSession session(SparkSession session, List<String> columns) {
    Set<String> seen = new HashSet<>();
    if (columns.stream().allMatch(name -> seen.add(name.toLowerCase(Locale.ROOT)))) {
      return session;
    }
    SparkSession own = Sessions.beside(session);
    own.conf().set("spark.sql.caseSensitive", "true");
    return own;
  }
}
