package org.syncbn.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Lengths side by side, from 0, with whiskers over their range; those of several series in groups.
 *
 * @param title what is shown
 * @param label of the lengths, with their unit
 * @param series what distinguishes the bars of a group; one name where there are no groups
 * @param groups from the top down
 */
public record BarChart(String title, String label, List<String> series, List<Group> groups)
    implements Chart {

  private static final double BAR = 14;
  private static final double GAP = 10;

  /**
   * Bars that belong together.
   *
   * @param name to the left of them
   * @param values one of each series; NaN where there is none
   */
  public record Group(String name, List<Spread> values) {

    /** Keeps a copy of the values. */
    public Group {
      values = List.copyOf(values);
    }
  }

  /** Checks the lengths of the groups and keeps copies. */
  public BarChart {
    series = List.copyOf(series);
    groups = List.copyOf(groups);
    for (Group group : groups) {
      if (group.values().size() != series.size()) {
        throw new IllegalArgumentException(
            "%d bars of %d series".formatted(group.values().size(), series.size()));
      }
    }
  }

  @Override
  public DataTable table() {
    return DataTable.of(
        Stream.concat(Stream.of(""), series.stream()).toList(),
        groups.stream()
            .map(
                group ->
                    Stream.concat(
                            Stream.of(group.name()), group.values().stream().map(Spread::text))
                        .toList())
            .toList());
  }

  @Override
  public Svg drawing() {
    double top = series.size() > 1 ? 44 : 26;
    double each = series.size() * BAR + GAP;
    double bottom = top + groups.size() * each;
    double left =
        12 + groups.stream().mapToDouble(group -> Svg.width(group.name())).max().orElse(0);
    double longest = values().map(spread -> spread.text()).mapToDouble(Svg::width).max().orElse(0);
    double right = Svg.WIDTH - longest - 12;
    Scale along =
        Scale.rounded(
            Axis.Kind.LINEAR,
            DoubleStream.concat(
                DoubleStream.of(0),
                values().flatMapToDouble(spread -> DoubleStream.of(spread.low(), spread.high()))),
            left,
            right);
    Svg svg = new Svg(title, bottom + 24);
    svg.text("title", 2, 12, label);
    if (series.size() > 1) {
      svg.legend(left, 32, series);
    }
    for (double tick : along.ticks()) {
      svg.line("rule", along.at(tick), top, along.at(tick), bottom);
      svg.text("label middle", along.at(tick), bottom + 16, Scale.label(tick));
    }
    for (int g = 0; g < groups.size(); g++) {
      double y = top + g * each + GAP / 2;
      svg.text("label end", left - 6, y + (each - GAP) / 2 + 4, groups.get(g).name());
      for (int s = 0; s < series.size(); s++) {
        draw(svg, groups.get(g), s, y + s * BAR, along);
      }
    }
    return svg;
  }

  private Stream<Spread> values() {
    return groups.stream().flatMap(group -> group.values().stream());
  }

  private void draw(Svg svg, Group group, int of, double y, Scale along) {
    Spread value = group.values().get(of);
    if (!value.isFinite()) {
      svg.text("label", along.at(0) + 6, y + 11, value.text());
      return;
    }
    double from = Math.min(along.at(0), along.at(value.mean()));
    double to = Math.max(along.at(0), along.at(value.mean()));
    List<String> about = new ArrayList<>(List.of(group.name()));
    if (series.size() > 1) {
      about.add(series.get(of));
    }
    svg.box(
        "fill " + Svg.colour(of),
        from,
        y + 1,
        to - from,
        BAR - 2,
        String.join(", ", about) + ": " + value.text());
    if (value.isRange()) {
      svg.line("whisker", along.at(value.low()), y + BAR / 2, along.at(value.high()), y + BAR / 2);
    }
    svg.text("label", Math.max(to, along.at(value.high())) + 6, y + 11, value.text());
  }
}
