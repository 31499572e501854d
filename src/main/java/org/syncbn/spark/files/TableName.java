package org.syncbn.spark.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.internals.Expressions;
import org.syncbn.spark.internals.Sessions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The name of a table of a catalog.
 *
 * @param parts the catalog and its namespaces, as far as they are not those of the session, and the
 *     name of the table
 */
public record TableName(List<String> parts) {

  /** Copies the list. */
  public TableName {
    parts = List.copyOf(parts);
  }

  /**
   * Reads a name.
   *
   * @param text in SQL: parts between dots, in backticks where they have other characters
   * @throws DataException if it is none
   */
  public static TableName of(SparkSession session, String text) {
    try {
      return new TableName(CollectionConverters.asJava(Sessions.nameParts(session, text)));
    } catch (Exception e) { // Scala throws checked exceptions undeclared.
      throw new DataException(
          "'%s' is not a name of a table; write parts between dots, others than letters and digits in backticks."
              .formatted(text));
    }
  }

  /** A table in the same namespace. */
  public TableName sibling(String name) {
    List<String> its = new ArrayList<>(parts);
    its.set(its.size() - 1, name);
    return new TableName(its);
  }

  /** What a table has under a name, as Iceberg's tables have their metadata. */
  public TableName child(String name) {
    List<String> its = new ArrayList<>(parts);
    its.add(name);
    return new TableName(its);
  }

  /** The name of the table alone. */
  public String last() {
    return parts.get(parts.size() - 1);
  }

  /** The format of the table as it is written in SQL; none if it is a view, or there is none. */
  public Optional<String> provider(SparkSession session) {
    return session.catalog().tableExists(sql())
        ? session.sql("DESCRIBE TABLE EXTENDED " + sql()).collectAsList().stream()
            .filter(row -> "Provider".equals(row.getString(0)))
            .map(row -> row.getString(1))
            .findFirst()
        : Optional.empty();
  }

  /** The name with backticks. */
  public String sql() {
    return parts.stream().map(Expressions::quoted).collect(Collectors.joining("."));
  }

  @Override
  public String toString() {
    return String.join(".", parts);
  }
}
