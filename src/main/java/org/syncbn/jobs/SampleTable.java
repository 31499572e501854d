package org.syncbn.jobs;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.syncbn.report.TextTable;

/** A few rows as a table for people. */
final class SampleTable {

  private static final int MOST_COLUMNS = 10;
  private static final int LONGEST_CELL = 24;

  private SampleTable() {}

  /** All rows, and the first columns. */
  static String text(Dataset<Row> rows) {
    String[] names = rows.columns();
    int shown = Math.min(names.length, MOST_COLUMNS);
    TextTable table = new TextTable(Arrays.copyOf(names, shown));
    List<Row> all = rows.collectAsList();
    for (Row row : all) {
      table.row(IntStream.range(0, shown).mapToObj(c -> cell(row.get(c))).toArray(String[]::new));
    }
    int left = names.length - shown;
    return "Normalized:\n\n"
        + table
        + (left > 0 ? "... and %d more columns\n".formatted(left) : "");
  }

  private static String cell(Object value) {
    if (value instanceof Double || value instanceof Float) {
      return TextTable.number(((Number) value).doubleValue(), 7);
    }
    String text = String.valueOf(value).replaceAll("\\R", " ");
    return text.length() > LONGEST_CELL ? text.substring(0, LONGEST_CELL - 3) + "..." : text;
  }
}
