package org.syncbn.jobs;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.data.TableEncoding;
import org.syncbn.report.TextTable;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataFile;
import org.syncbn.spark.files.InputTable;
import org.syncbn.train.DataOptions;
import picocli.CommandLine.Option;

/** The option {@code --dry-run}: prints what a command would read and write. */
final class DryRun {

  private static final int MOST_FILES = 5;

  @Option(
      names = "--dry-run",
      description =
          "Check the arguments, and print the files, the number of rows, the columns with their"
              + " types and roles, and what would be written. Writes nothing.")
  boolean isWanted;

  /**
   * Files, rows and columns of a table.
   *
   * @param title such as {@code "Input"}
   * @param roles of the columns that have one
   * @param otherwise the role of all others
   */
  static String table(String title, InputTable table, Map<String, String> roles, String otherwise) {
    StringBuilder text = new StringBuilder(rows(title, table.rows(), roles, otherwise));
    List<DataFile> files = table.files();
    if (!files.isEmpty()) {
      text.append("\n%s from %s:\n".formatted(title, count(files.size(), "file")));
      files.stream().limit(MOST_FILES).forEach(file -> text.append("  " + file + "\n"));
      if (files.size() > MOST_FILES) {
        text.append("  ... and %s more\n".formatted(TextTable.count(files.size() - MOST_FILES)));
      }
    }
    table.notes().forEach(sentence -> text.append(sentence).append("\n"));
    return text.toString();
  }

  /** Rows and columns of a table: see {@link #table}. */
  static String rows(String title, Dataset<Row> rows, Map<String, String> roles, String otherwise) {
    return rows(title, rows.schema(), rows.count(), roles, otherwise);
  }

  /** Rows and columns of a table: see {@link #table}. */
  static String rows(
      String title, StructType schema, long rows, Map<String, String> roles, String otherwise) {
    TextTable columns = new TextTable("column", "type", "role");
    for (StructField field : schema.fields()) {
      columns.row(
          field.name(),
          field.dataType().simpleString(),
          roles.getOrDefault(field.name(), otherwise));
    }
    return "%s: %s\n\n%s".formatted(title, count(rows, "row"), columns);
  }

  /** What the columns of a table are to a network. */
  static Map<String, String> roles(DataOptions data, TableEncoding encoding) {
    Map<String, String> roles = new HashMap<>();
    new TrainingColumns(data).labels().forEach(column -> roles.put(column, "label"));
    data.weight().ifPresent(column -> roles.put(column, "weight"));
    encoding.numbers().forEach(column -> roles.put(column, "feature"));
    for (TableEncoding.Category category : encoding.categories()) {
      String others = category.others() ? " and others" : "";
      String units = category.isEmbedded() ? ", %d units each".formatted(category.units()) : "";
      roles.put(
          category.column(),
          "%s%,d categories%s%s"
              .formatted(
                  category.isEmbedded() ? "embedding of " : "",
                  category.values().size(),
                  others,
                  units));
    }
    return roles;
  }

  /** What would be written. */
  static String outputs(Collection<String> places) {
    StringBuilder text = new StringBuilder("\n");
    places.forEach(place -> text.append("Would write ").append(place).append("\n"));
    return text.append("Nothing was written.\n").toString();
  }

  static String count(long count, String thing) {
    return TextTable.count(count) + " " + thing + (count == 1 ? "" : "s");
  }
}
