package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.syncbn.experiment.Lab.Courses;
import org.syncbn.report.Axis;
import org.syncbn.report.BarChart;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;
import org.syncbn.report.TextTable;

/** How experiments write and draw what they measured. */
final class Figures {

  private Figures() {}

  /** A share as a percentage, with its range over the seeds. */
  static String percent(Spread share) {
    return share.isRange()
        ? String.format(
            Locale.ROOT,
            "%.1f (%.1f to %.1f)",
            100 * share.mean(),
            100 * share.low(),
            100 * share.high())
        : percent(share.mean());
  }

  /** A share as a percentage. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  /** A number for a sentence. */
  static String number(double value) {
    return TextTable.number(value, 2);
  }

  /** How many steps the runs took to a test accuracy; "never" if one of them did not reach it. */
  static String steps(Optional<Spread> steps) {
    return steps.map(Spread::text).orElse("never");
  }

  /** The test accuracy at the end, of each variant. */
  static BarChart bars(List<Courses> variants) {
    return new BarChart(
        "Test accuracy at the end",
        "test accuracy, %",
        List.of("test accuracy"),
        variants.stream()
            .map(v -> new BarChart.Group(v.name(), List.of(v.of(c -> 100 * c.testAccuracy()))))
            .toList());
  }

  /** The test accuracy over the steps. */
  static LineChart accuracies(List<Courses> variants) {
    return courses("Test accuracy over steps", "test accuracy", variants, Course.Point::accuracy);
  }

  /** A number of each point, with its range over the seeds. */
  static LineChart courses(
      String title, String label, List<Courses> variants, ToDoubleFunction<Course.Point> number) {
    List<LineChart.Line> lines = new ArrayList<>();
    for (Courses variant : variants) {
      int points = variant.each().stream().mapToInt(c -> c.points().size()).max().orElse(0);
      lines.add(
          new LineChart.Line(
              variant.name(),
              IntStream.range(0, points).mapToObj(i -> point(variant, i, number)).toList()));
    }
    return new LineChart(title, Axis.linear("steps"), Axis.linear(label), lines);
  }

  /** Over the seeds whose run came so far. */
  private static LineChart.Point point(
      Courses variant, int index, ToDoubleFunction<Course.Point> number) {
    List<Course.Point> points =
        variant.each().stream()
            .map(Course::points)
            .filter(all -> index < all.size())
            .map(all -> all.get(index))
            .toList();
    return new LineChart.Point(
        points.get(0).step(), Spread.over(points.stream().map(number::applyAsDouble).toList()));
  }
}
