package org.syncbn.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.report.LineChart;
import org.syncbn.report.Spread;

/** A number that is measured now and then during a run. Not thread-safe. */
final class Trace {

  /**
   * A measurement.
   *
   * @param step how many steps were done
   * @param value that was measured then
   */
  record Sample(long step, double value) {}

  private final List<Sample> samples = new ArrayList<>();

  /** Takes the next measurement. */
  void add(long step, double value) {
    samples.add(new Sample(step, value));
  }

  /** The first. */
  double first() {
    return samples.get(0).value();
  }

  /** The mean of all; NaN if there is none. */
  double mean() {
    return samples.stream().mapToDouble(Sample::value).average().orElse(Double.NaN);
  }

  /** The greatest less the least; NaN if there is none. */
  double range() {
    Spread all = Spread.over(samples.stream().map(Sample::value).toList());
    return all.high() - all.low();
  }

  /** The same measurements of several seeds as a line, over the seeds whose run came so far. */
  static LineChart.Line line(String name, List<Trace> each) {
    int longest = each.stream().mapToInt(trace -> trace.samples.size()).max().orElse(0);
    return new LineChart.Line(
        name, IntStream.range(0, longest).mapToObj(i -> point(each, i)).toList());
  }

  private static LineChart.Point point(List<Trace> each, int index) {
    List<Sample> taken =
        each.stream()
            .filter(trace -> index < trace.samples.size())
            .map(trace -> trace.samples.get(index))
            .toList();
    return new LineChart.Point(
        taken.get(0).step(), Spread.over(taken.stream().map(Sample::value).toList()));
  }
}
