package org.syncbn.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A drawing that grows: shapes with classes, whose colours are those of {@code chart.css}, and
 * coordinates in tenths of a pixel, so that equal charts are equal bytes. Charts draw it.
 *
 * <p>Mutable and not thread-safe.
 */
public final class Svg {

  /** All charts are so wide, and scaled to their place. */
  static final double WIDTH = 720;

  /** About the width of a character of the labels. */
  private static final double CHARACTER = 6.4;

  private static final int LONGEST_LABEL = 28;

  /** Colours of {@code chart.css}; more series than these are dashed. */
  private static final int COLOURS = 6;

  private final String title;
  private final double height;
  private final StringBuilder shapes = new StringBuilder();

  Svg(String title, double height) {
    this.title = title;
    this.height = height;
  }

  /** The colour of a series, as a class. */
  static String colour(int series) {
    return "c" + series % COLOURS + (series < COLOURS ? "" : " dashed");
  }

  /** About how wide a label is: an m or w takes more room than most. */
  static double width(String label) {
    return shortened(label)
        .chars()
        .mapToDouble(c -> "mwMW@%".indexOf(c) >= 0 ? 1.5 * CHARACTER : CHARACTER)
        .sum();
  }

  private static String shortened(String label) {
    return label.length() <= LONGEST_LABEL
        ? label
        : label.substring(0, LONGEST_LABEL - 1).stripTrailing() + "\u2026";
  }

  /** A coordinate, to a tenth. */
  static String at(double coordinate) {
    long tenths = Math.round(coordinate * 10);
    return tenths % 10 == 0 ? Long.toString(tenths / 10) : Double.toString(tenths / 10.0);
  }

  Svg line(String kind, double x1, double y1, double x2, double y2) {
    return path(kind, "M%s %sL%s %s".formatted(at(x1), at(y1), at(x2), at(y2)));
  }

  Svg path(String kind, String path) {
    shapes.append("<path class=\"%s\" d=\"%s\"/>\n".formatted(kind, path));
    return this;
  }

  /** A rectangle with a text for the pointer that rests on it. */
  Svg box(String kind, double x, double y, double width, double height, String about) {
    shapes.append(
        "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\">%s</rect>\n"
            .formatted(kind, at(x), at(y), at(width), at(height), titled(about)));
    return this;
  }

  /** A rectangle that is more or less transparent. */
  Svg box(
      String kind, double x, double y, double width, double height, double opacity, String about) {
    shapes.append(
        "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill-opacity=\"%s\">%s</rect>\n"
            .formatted(
                kind,
                at(x),
                at(y),
                at(width),
                at(height),
                TextTable.number(opacity, 2),
                titled(about)));
    return this;
  }

  /** A dot with a text for the pointer that rests on it. */
  Svg dot(String kind, double x, double y, String about) {
    shapes.append(
        "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"2.5\">%s</circle>\n"
            .formatted(kind, at(x), at(y), titled(about)));
    return this;
  }

  /** A label; long ones are shortened. Its kind says where it is anchored. */
  Svg text(String kind, double x, double y, String text) {
    shapes.append(
        "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n"
            .formatted(kind, at(x), at(y), Html.escape(shortened(text))));
    return this;
  }

  private static String titled(String about) {
    return "<title>" + Html.escape(about) + "</title>";
  }

  /** The names of several series with their colours, in a line that begins at some place. */
  Svg legend(double x, double y, Iterable<String> names) {
    int series = 0;
    double place = x;
    for (String name : names) {
      box("fill " + colour(series), place, y - 9, 10, 10, name);
      text("label", place + 15, y, name);
      place += width(name) + 34;
      series++;
    }
    return this;
  }

  /** For a page, whose style sheet holds that of charts. */
  String inline() {
    return element("", "");
  }

  /** As a file of its own, in the colours that its reader prefers. */
  String standAlone() {
    String size = " width=\"%s\" height=\"%s\"".formatted(at(WIDTH), at(height));
    return element(
        " xmlns=\"http://www.w3.org/2000/svg\"" + size,
        "<style>\n" + resource("chart.css") + "</style>\n");
  }

  private String element(String attributes, String style) {
    return "<svg%s viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">\n%s%s</svg>\n"
        .formatted(attributes, at(WIDTH), at(height), Html.escape(title), style, shapes);
  }

  /** A text beside this class. */
  static String resource(String name) {
    try (InputStream in = Svg.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
