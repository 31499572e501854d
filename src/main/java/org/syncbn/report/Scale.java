package org.syncbn.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * Places the values of an axis between two coordinates of a drawing, and chooses its ticks.
 *
 * @param kind of the axis
 * @param low place of the value at {@code from}: the value, or its decimal logarithm
 * @param high place of the value at {@code to}
 * @param from coordinate
 * @param to coordinate
 * @param ticks values to be marked
 */
record Scale(Axis.Kind kind, double low, double high, double from, double to, List<Double> ticks) {

  private static final double NEAR = 1e-9; // steps; a tick so near to an end is at the end
  private static final double PIXELS_ACROSS = 80; // from tick to tick, at least
  private static final double PIXELS_UP = 45;

  /** A scale over values that begins and ends with 1, 2 or 5 times a power of ten. */
  static Scale rounded(Axis.Kind kind, DoubleStream values, double from, double to) {
    Scale exact = exact(kind, values, from, to);
    double step = exact.step();
    double low = exact.low;
    double high = exact.high;
    switch (kind) {
      case LINEAR -> {
        low = Math.floor(low / step + NEAR) * step;
        high = Math.ceil(high / step - NEAR) * step;
      }
      case LOGARITHMIC -> {
        low = fine(low).filter(place -> place <= exact.low + NEAR).max().orElseThrow();
        high = fine(high).filter(place -> place >= exact.high - NEAR).min().orElseThrow();
      }
    }
    return new Scale(kind, low, high, from, to, List.of()).withTicks(step);
  }

  /** The places of 1, 2, 5 and 10 times the power of ten below. */
  private static DoubleStream fine(double place) {
    double power = Math.floor(place + NEAR);
    return DoubleStream.of(1, 2, 5, 10).map(digit -> power + StrictMath.log10(digit));
  }

  /** A scale over values that begins and ends with their extremes. */
  static Scale exact(Axis.Kind kind, DoubleStream values, double from, double to) {
    double[] places =
        values.map(value -> place(kind, value)).filter(Double::isFinite).sorted().toArray();
    double low = places.length == 0 ? 0 : places[0];
    double high = places.length == 0 ? 1 : places[places.length - 1];
    if (low == high) {
      double half = kind == Axis.Kind.LOGARITHMIC || low == 0 ? 0.5 : Math.abs(low) / 2;
      low -= half;
      high += half;
    }
    Scale bare = new Scale(kind, low, high, from, to, List.of());
    return bare.withTicks(bare.step());
  }

  /** Multiples of a step; of a decade also 2 and 5 times a power of ten where there is room. */
  private Scale withTicks(double step) {
    DoubleStream places =
        LongStream.rangeClosed((long) Math.floor(low / step) - 1, (long) Math.ceil(high / step) + 1)
            .mapToDouble(i -> i * step);
    boolean hasRoom = kind == Axis.Kind.LOGARITHMIC && high - low < 2.5;
    List<Double> values =
        places
            .flatMap(
                place ->
                    switch (kind) {
                      case LINEAR -> DoubleStream.of(place);
                      case LOGARITHMIC -> {
                        double power = StrictMath.pow(10, place);
                        yield hasRoom
                            ? DoubleStream.of(power, 2 * power, 5 * power)
                            : DoubleStream.of(power);
                      }
                    })
            .filter(
                value ->
                    place(kind, value) >= low - NEAR * step
                        && place(kind, value) <= high + NEAR * step)
            .boxed()
            .toList();
    return new Scale(kind, low, high, from, to, values);
  }

  /** The distance of ticks: 1, 2 or 5 times a power of ten, or some whole decades. */
  private double step() {
    double least =
        (high - low)
            / Math.max(2, from < to ? (to - from) / PIXELS_ACROSS : (from - to) / PIXELS_UP);
    if (kind == Axis.Kind.LOGARITHMIC) {
      return Math.max(1, Math.ceil(least));
    }
    double power = StrictMath.pow(10, Math.floor(StrictMath.log10(least)));
    double digit = least / power;
    return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
  }

  private static double place(Axis.Kind kind, double value) {
    return switch (kind) {
      case LINEAR -> value;
      case LOGARITHMIC -> value > 0 ? StrictMath.log10(value) : Double.NaN;
    };
  }

  /** Whether a value can be drawn. */
  boolean holds(double value) {
    return Double.isFinite(place(kind, value));
  }

  /** The coordinate of a value. */
  double at(double value) {
    return from + (place(kind, value) - low) / (high - low) * (to - from);
  }

  /** About how wide the widest label is. */
  double widestLabel() {
    return ticks.stream().mapToDouble(tick -> Svg.width(label(tick))).max().orElse(0);
  }

  /** What stands at a tick. */
  static String label(double tick) {
    return TextTable.number(tick, 4);
  }
}
