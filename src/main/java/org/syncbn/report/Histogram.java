package org.syncbn.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * How many values lie in each of some bins of equal width.
 *
 * @param title what is shown
 * @param low end of the first bin
 * @param high end of the last bin, which holds it
 * @param counts of the bins
 */
public record Histogram(String title, double low, double high, List<Long> counts) implements Chart {

  private static final double TOP = 8;
  private static final double BOTTOM = 100;
  private static final double LEFT = 40;
  private static final double RIGHT = Svg.WIDTH - 40;

  /** Keeps a copy of the counts. */
  public Histogram {
    counts = List.copyOf(counts);
  }

  private double edge(int bin) {
    return low + (high - low) * ((double) bin / counts.size());
  }

  @Override
  public DataTable table() {
    return DataTable.of(
        List.of("from", "to", "values"),
        IntStream.range(0, counts.size())
            .mapToObj(
                bin ->
                    List.of(
                        TextTable.number(edge(bin), 5),
                        TextTable.number(edge(bin + 1), 5),
                        TextTable.count(counts.get(bin))))
            .toList());
  }

  @Override
  public Svg drawing() {
    Scale along = Scale.exact(Axis.Kind.LINEAR, DoubleStream.of(low, high), LEFT, RIGHT);
    long most = counts.stream().mapToLong(Long::longValue).max().orElse(0);
    Svg svg = new Svg(title, BOTTOM + 24);
    svg.line("rule", LEFT, BOTTOM, RIGHT, BOTTOM);
    for (double tick : along.ticks()) {
      svg.text("label middle", along.at(tick), BOTTOM + 18, Scale.label(tick));
    }
    double width = (RIGHT - LEFT) / Math.max(1, counts.size());
    for (int bin = 0; bin < counts.size(); bin++) {
      if (counts.get(bin) > 0) {
        double height = Math.max(1, (BOTTOM - TOP) * counts.get(bin) / most);
        svg.box(
            "fill " + Svg.colour(0),
            LEFT + bin * width + 0.5,
            BOTTOM - height,
            width - 1,
            height,
            "%s to %s: %s"
                .formatted(
                    TextTable.number(edge(bin), 5),
                    TextTable.number(edge(bin + 1), 5),
                    TextTable.count(counts.get(bin))));
      }
    }
    return svg;
  }
}
