package org.syncbn.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Columns of parts that add up, such as the time of each epoch.
 *
 * @param title what is shown
 * @param x what the columns are
 * @param label of their heights, with their unit
 * @param series names of the parts, from the bottom up
 * @param columns from left to right
 */
public record StackedChart(
    String title, String x, String label, List<String> series, List<Column> columns)
    implements Chart {

  private static final double TOP = 46;
  private static final double BOTTOM = 230;
  private static final double WIDEST = 48;
  private static final int MOST_NAMES = 16;

  /**
   * A column.
   *
   * @param name below it
   * @param parts one of each series, not negative
   */
  public record Column(String name, List<Double> parts) {

    /** Keeps a copy of the parts. */
    public Column {
      parts = List.copyOf(parts);
    }

    private double sum() {
      return parts.stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /** Checks the columns and keeps copies. */
  public StackedChart {
    series = List.copyOf(series);
    columns = List.copyOf(columns);
    for (Column column : columns) {
      if (column.parts().size() != series.size()) {
        throw new IllegalArgumentException(
            "%d parts of %d series".formatted(column.parts().size(), series.size()));
      }
    }
  }

  @Override
  public DataTable table() {
    return DataTable.of(
        Stream.concat(Stream.of(x), series.stream()).toList(),
        columns.stream()
            .map(
                column ->
                    Stream.concat(
                            Stream.of(column.name()),
                            column.parts().stream().map(part -> TextTable.number(part, 4)))
                        .toList())
            .toList());
  }

  @Override
  public Svg drawing() {
    Scale up =
        Scale.rounded(
            Axis.Kind.LINEAR,
            DoubleStream.concat(DoubleStream.of(0), columns.stream().mapToDouble(Column::sum)),
            BOTTOM,
            TOP);
    double left = 14 + up.widestLabel();
    double right = Svg.WIDTH - 16;
    Svg svg = new Svg(title, BOTTOM + 38);
    svg.text("title", 2, 12, label);
    svg.legend(left, 32, series);
    svg.text("title middle", (left + right) / 2, BOTTOM + 34, x);
    for (double tick : up.ticks()) {
      svg.line("rule", left, up.at(tick), right, up.at(tick));
      svg.text("label end", left - 6, up.at(tick) + 4, Scale.label(tick));
    }
    double each = Math.min(WIDEST, (right - left) / Math.max(1, columns.size()));
    int named = (columns.size() + MOST_NAMES - 1) / MOST_NAMES;
    for (int i = 0; i < columns.size(); i++) {
      draw(svg, columns.get(i), left + i * each, each, up);
      if (i % named == 0) {
        svg.text("label middle", left + (i + 0.5) * each, BOTTOM + 16, columns.get(i).name());
      }
    }
    return svg;
  }

  private void draw(Svg svg, Column column, double x, double width, Scale up) {
    double below = 0;
    for (int s = 0; s < series.size(); s++) {
      double part = column.parts().get(s);
      if (part > 0) {
        svg.box(
            "fill " + Svg.colour(s),
            x + 0.1 * width,
            up.at(below + part),
            0.8 * width,
            up.at(below) - up.at(below + part),
            "%s, %s: %s".formatted(column.name(), series.get(s), TextTable.number(part, 4)));
        below += part;
      }
    }
  }
}
