package org.syncbn.report;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Weights of pairs, such as which classes were taken for which; a cell is the darker the larger its
 * share of its row.
 *
 * @param title what is shown
 * @param rowLabel what the rows are
 * @param columnLabel what the columns are
 * @param names of the rows and of the columns
 * @param values row by row, not negative
 */
public record MatrixChart(
    String title,
    String rowLabel,
    String columnLabel,
    List<String> names,
    List<List<Double>> values)
    implements Chart {

  /** With more names than these a matrix is a table alone. */
  public static final int MOST_NAMES = 30;

  private static final int MOST_NUMBERS = 12;
  private static final double TOP = 44;
  private static final double LARGEST = 44;

  /** Checks that the matrix is square and keeps copies. */
  public MatrixChart {
    names = List.copyOf(names);
    values = values.stream().map(List::copyOf).toList();
    int size = names.size();
    if (values.size() != size || values.stream().anyMatch(row -> row.size() != size)) {
      throw new IllegalArgumentException("the matrix is not one of %d names".formatted(size));
    }
  }

  @Override
  public DataTable table() {
    return DataTable.of(
        Stream.concat(Stream.of(rowLabel + " \\ " + columnLabel), names.stream()).toList(),
        IntStream.range(0, names.size())
            .mapToObj(
                row ->
                    Stream.concat(
                            Stream.of(names.get(row)),
                            values.get(row).stream().map(value -> TextTable.number(value, 7)))
                        .toList())
            .toList());
  }

  @Override
  public Svg drawing() {
    double left = 16 + names.stream().mapToDouble(Svg::width).max().orElse(0);
    double cell = Math.min(LARGEST, (Svg.WIDTH - left - 8) / Math.max(1, names.size()));
    Svg svg = new Svg(title, TOP + names.size() * cell + 8);
    svg.text("title", 2, 12, rowLabel + " (rows)");
    svg.text("title", left, 12, columnLabel + " (columns)");
    for (int row = 0; row < names.size(); row++) {
      double y = TOP + row * cell;
      svg.text("label end", left - 6, y + cell / 2 + 4, names.get(row));
      double fits = left + row * cell + cell / 2;
      if (names.stream().allMatch(name -> Svg.width(name) < cell)) {
        svg.text("label middle", fits, TOP - 8, names.get(row));
      }
      double all = values.get(row).stream().mapToDouble(Double::doubleValue).sum();
      for (int column = 0; column < names.size(); column++) {
        double value = values.get(row).get(column);
        draw(svg, row, column, left + column * cell, y, cell, all > 0 ? value / all : 0);
      }
    }
    return svg;
  }

  private void draw(Svg svg, int row, int column, double x, double y, double cell, double share) {
    String number = TextTable.number(values.get(row).get(column), 7);
    svg.box(
        "fill " + Svg.colour(row == column ? 0 : 1),
        x + 0.5,
        y + 0.5,
        cell - 1,
        cell - 1,
        Math.max(0.04, share),
        "%s as %s: %s".formatted(names.get(row), names.get(column), number));
    if (names.size() <= MOST_NUMBERS && Svg.width(number) < cell) {
      svg.text(share > 0.5 ? "back middle" : "ink middle", x + cell / 2, y + cell / 2 + 4, number);
    }
  }
}
