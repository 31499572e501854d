package org.syncbn.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A table of text with aligned columns: the first column to the left, the others, being numbers, to
 * the right.
 *
 * <p>Mutable and not thread-safe.
 */
public final class TextTable {

  private static final String GAP = "  ";

  private final List<String[]> rows = new ArrayList<>();
  private final int columns;

  /** A table with these column titles and no row yet. */
  public TextTable(String... titles) {
    columns = titles.length;
    rows.add(titles.clone());
  }

  /** Adds a row; it must have as many cells as there are titles. */
  public TextTable row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(
          "a row of " + cells.length + " cells in a table of " + columns + " columns");
    }
    rows.add(cells.clone());
    return this;
  }

  /** The titles, a rule, and the rows, each line ended by a line feed and none by blanks. */
  @Override
  public String toString() {
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int c = 0; c < columns; c++) {
        widths[c] = Math.max(widths[c], row[c].length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      text.append(line(row, widths));
      if (row == rows.get(0)) {
        String[] rule = Arrays.stream(widths).mapToObj("-"::repeat).toArray(String[]::new);
        text.append(line(rule, widths));
      }
    }
    return text.toString();
  }

  private static String line(String[] cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int c = 0; c < cells.length; c++) {
      String blanks = " ".repeat(widths[c] - cells[c].length());
      line.append(c == 0 ? "" : GAP);
      line.append(c == 0 ? cells[c] + blanks : blanks + cells[c]);
    }
    return line.toString().stripTrailing() + "\n";
  }

  /** A count with thousands separated by commas. */
  public static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /**
   * A number for the eye, with about that many significant digits: plain between 1e-4 and 1e9, else
   * with an exponent. Not for reading back.
   */
  public static String number(double value, int digits) {
    if (value == 0) {
      return "0";
    }
    double magnitude = Math.abs(value);
    if (!(magnitude <= Double.MAX_VALUE)) {
      return Double.toString(value);
    }
    if (magnitude < 1e-4 || magnitude >= 1e9) {
      String[] parts = String.format(Locale.ROOT, "%." + (digits - 1) + "e", value).split("e");
      int exponent = Integer.parseInt(parts[1]);
      return withoutTrailingZeros(parts[0]) + "e" + (exponent < 0 ? "" : "+") + exponent;
    }
    int decimals = Math.max(0, digits - 1 - (int) Math.floor(Math.log10(magnitude)));
    return withoutTrailingZeros(String.format(Locale.ROOT, "%." + decimals + "f", value));
  }

  private static String withoutTrailingZeros(String decimal) {
    return decimal.contains(".") ? decimal.replaceAll("\\.?0+$", "") : decimal;
  }
}
