package org.syncbn.report;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A table of a {@link Page}, with a line for each row; in a browser, a click on a title sorts it,
 * and a long one can be searched.
 *
 * @param columns titles and what stands below them
 * @param rows of as many cells as there are columns; plain text, not HTML
 */
public record DataTable(List<Column> columns, List<List<String>> rows) implements PagePart {

  /** From so many rows on, a table can be searched and scrolls inside its frame. */
  private static final int LONG = 25;

  /**
   * A column.
   *
   * @param title above it
   * @param holds how its cells are aligned and sorted
   */
  public record Column(String title, Holds holds) {}

  /** What the cells of a column are. */
  public enum Holds {
    /** Words, to the left, as the first column is anyway. */
    WORDS,
    /** Numbers, to the right. */
    NUMBERS
  }

  /** Checks the rows and keeps copies. */
  public DataTable {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "a row of %d cells in a table of %d columns".formatted(row.size(), columns.size()));
      }
    }
  }

  /** A table whose first column holds words and whose others hold numbers. */
  public static DataTable of(List<String> titles, List<List<String>> rows) {
    List<Column> columns =
        IntStream.range(0, titles.size())
            .mapToObj(i -> new Column(titles.get(i), i == 0 ? Holds.WORDS : Holds.NUMBERS))
            .toList();
    return new DataTable(columns, rows);
  }

  @Override
  public String html() {
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"").append(rows.size() < LONG ? "table" : "table long");
    int last = columns.size() - 1;
    boolean endsInWords = last >= 0 && columns.get(last).holds() == Holds.WORDS;
    html.append("\"><table").append(endsInWords ? " class=e" : "").append(">\n<thead><tr>");
    for (Column column : columns) {
      html.append(column.holds() == Holds.WORDS ? "<th class=w>" : "<th>");
      html.append(Html.escape(column.title()));
    }
    html.append("\n<tbody>\n");
    for (List<String> row : rows) { // end tags may be left out, which halves large tables
      html.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        boolean marked =
            i > 0 && i < last && columns.get(i).holds() == Holds.WORDS && !row.get(i).isEmpty();
        html.append(marked ? "<td class=w>" : "<td>").append(Html.escape(row.get(i)));
      }
      html.append('\n');
    }
    return html.append("</table></div>\n").toString();
  }
}
