package org.syncbn.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Values over one axis, each line with a band from its least to its greatest where it is a range.
 * Points that cannot be drawn, such as NaN, interrupt a line.
 *
 * @param title what is shown
 * @param x the axis along which the points lie
 * @param y the axis of their values
 * @param lines in the order of their colours
 */
public record LineChart(String title, Axis x, Axis y, List<Line> lines) implements Chart {

  /** A line has at most so many points; adjacent ones are taken together. */
  private static final int MOST_POINTS = 200;

  private static final int MOST_DOTS = 40;
  private static final double TOP = 26;
  private static final double BOTTOM = 250;
  private static final double HEIGHT = 288;
  private static final double LINE_HEIGHT = 14;

  /**
   * A point.
   *
   * @param x along the axis
   * @param y its value or values
   */
  public record Point(double x, Spread y) {

    /** A point with one value. */
    public static Point of(double x, double y) {
      return new Point(x, Spread.of(y));
    }
  }

  /**
   * A line.
   *
   * @param name what distinguishes it from the others
   * @param points in ascending order of x; of more than 200, adjacent ones become one, at the last
   *     x, with their mean and their range
   */
  public record Line(String name, List<Point> points) {

    /** Sorts the points, and takes together what is too dense to be drawn. */
    public Line {
      List<Point> sorted = points.stream().sorted(Comparator.comparingDouble(Point::x)).toList();
      int each = (sorted.size() + MOST_POINTS - 1) / MOST_POINTS;
      List<Point> drawn = new ArrayList<>();
      for (int from = 0; from < sorted.size(); from += each) {
        List<Point> part = sorted.subList(from, Math.min(from + each, sorted.size()));
        drawn.add(
            new Point(
                part.get(part.size() - 1).x(),
                Spread.around(part.stream().map(Point::y).toList())));
      }
      points = List.copyOf(drawn);
    }
  }

  /** Keeps a copy of the lines. */
  public LineChart {
    lines = List.copyOf(lines);
  }

  @Override
  public DataTable table() {
    SortedMap<Double, List<String>> rows = new TreeMap<>();
    for (int i = 0; i < lines.size(); i++) {
      for (Point point : lines.get(i).points()) {
        List<String> row =
            rows.computeIfAbsent(point.x(), x -> new ArrayList<>(List.of(TextTable.number(x, 7))));
        while (row.size() <= i) {
          row.add("");
        }
        row.add(point.y().text());
      }
    }
    rows.values()
        .forEach(
            row -> {
              while (row.size() <= lines.size()) {
                row.add("");
              }
            });
    List<DataTable.Column> columns =
        Stream.concat(Stream.of(x.label()), lines.stream().map(Line::name))
            .map(name -> new DataTable.Column(name, DataTable.Holds.NUMBERS))
            .toList();
    return new DataTable(columns, List.copyOf(rows.values()));
  }

  @Override
  public Svg drawing() {
    Scale up = Scale.rounded(y.kind(), values(), BOTTOM, TOP);
    double left = 14 + up.widestLabel();
    double names = lines.stream().mapToDouble(line -> Svg.width(line.name())).max().orElse(0);
    double right = Svg.WIDTH - (lines.size() > 1 ? names + 16 : 16);
    Scale along = Scale.exact(x.kind(), each(point -> point.x()), left + 8, right);
    Svg svg = new Svg(title, HEIGHT);
    for (double tick : up.ticks()) {
      svg.line("rule", left, up.at(tick), right, up.at(tick));
      svg.text("label end", left - 6, up.at(tick) + 4, Scale.label(tick));
    }
    for (double tick : along.ticks()) {
      svg.line("tick", along.at(tick), BOTTOM, along.at(tick), BOTTOM + 4);
      svg.text("label middle", along.at(tick), BOTTOM + 18, Scale.label(tick));
    }
    svg.text("title", 2, 12, y.label());
    svg.text("title middle", (left + right) / 2, HEIGHT - 4, x.label());
    for (int i = 0; i < lines.size(); i++) {
      draw(svg, lines.get(i), Svg.colour(i), along, up);
    }
    if (lines.size() > 1) {
      name(svg, right + 8, up);
    }
    return svg;
  }

  private DoubleStream values() {
    return DoubleStream.concat(each(point -> point.y().low()), each(point -> point.y().high()));
  }

  private DoubleStream each(ToDoubleFunction<Point> value) {
    return lines.stream().flatMap(line -> line.points().stream()).mapToDouble(value);
  }

  private static void draw(Svg svg, Line line, String colour, Scale along, Scale up) {
    List<List<Point>> pieces = pieces(line.points(), along, up);
    for (List<Point> piece : pieces) {
      if (piece.stream().anyMatch(point -> point.y().isRange())) {
        List<String> around = new ArrayList<>();
        piece.forEach(point -> around.add(place(along, up, point.x(), point.y().high())));
        for (int i = piece.size() - 1; i >= 0; i--) {
          around.add(place(along, up, piece.get(i).x(), piece.get(i).y().low()));
        }
        svg.path("band " + colour, "M" + String.join("L", around) + "Z");
      }
      svg.path(
          "line " + colour,
          "M"
              + String.join(
                  "L",
                  piece.stream()
                      .map(point -> place(along, up, point.x(), point.y().mean()))
                      .toList()));
    }
    boolean few = line.points().size() <= MOST_DOTS;
    pieces.stream()
        .filter(piece -> few || piece.size() == 1)
        .flatMap(List::stream)
        .forEach(
            point ->
                svg.dot(
                    "fill " + colour,
                    along.at(point.x()),
                    up.at(point.y().mean()),
                    "%s, %s: %s"
                        .formatted(line.name(), TextTable.number(point.x(), 7), point.y().text())));
  }

  private static String place(Scale along, Scale up, double x, double y) {
    return Svg.at(along.at(x)) + " " + Svg.at(up.at(y));
  }

  /** The runs of points that can be drawn. */
  private static List<List<Point>> pieces(List<Point> points, Scale along, Scale up) {
    List<List<Point>> pieces = new ArrayList<>();
    boolean continues = false;
    for (Point point : points) {
      boolean isDrawn =
          along.holds(point.x())
              && Stream.of(point.y().low(), point.y().mean(), point.y().high()).allMatch(up::holds);
      if (isDrawn && !continues) {
        pieces.add(new ArrayList<>());
      }
      if (isDrawn) {
        pieces.get(pieces.size() - 1).add(point);
      }
      continues = isDrawn;
    }
    return pieces;
  }

  /** Names the lines at their ends, from the top down and none over another. */
  private void name(Svg svg, double x, Scale up) {
    record Name(int series, double y) {}
    List<Name> names = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      List<Double> drawn =
          lines.get(i).points().stream().map(p -> p.y().mean()).filter(up::holds).toList();
      names.add(new Name(i, drawn.isEmpty() ? BOTTOM : up.at(drawn.get(drawn.size() - 1))));
    }
    names.sort(Comparator.comparingDouble(Name::y));
    double[] places = names.stream().mapToDouble(Name::y).toArray();
    for (int i = 1; i < places.length; i++) {
      places[i] = Math.max(places[i], places[i - 1] + LINE_HEIGHT);
    }
    double lowest = BOTTOM;
    for (int i = places.length - 1; i >= 0; i--) {
      places[i] = Math.min(places[i], lowest);
      lowest = places[i] - LINE_HEIGHT;
    }
    for (int i = 0; i < places.length; i++) {
      int series = names.get(i).series();
      svg.text("name " + Svg.colour(series), x, places[i] + 4, lines.get(series).name());
    }
  }
}
