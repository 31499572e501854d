package org.syncbn.report;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A measured value and the range in which its repetitions lie, such as those of several seeds.
 *
 * @param low the least
 * @param mean of all; NaN, which charts leave out, where there is none
 * @param high the greatest
 */
public record Spread(double low, double mean, double high) {

  /** Of a single value. */
  public static Spread of(double value) {
    return new Spread(value, value, value);
  }

  /** Of some values; NaN if one of them is, or if there is none. */
  public static Spread over(List<Double> values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (double value : values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      sum += value;
    }
    return values.isEmpty() ? of(Double.NaN) : new Spread(low, sum / values.size(), high);
  }

  /** The least of the lows, the mean of the means, the greatest of the highs. */
  static Spread around(List<Spread> parts) {
    return new Spread(
        over(each(parts, Spread::low)).low(),
        over(each(parts, Spread::mean)).mean(),
        over(each(parts, Spread::high)).high());
  }

  private static List<Double> each(List<Spread> parts, ToDoubleFunction<Spread> value) {
    return parts.stream().map(value::applyAsDouble).toList();
  }

  /** Whether there is more than one value. */
  public boolean isRange() {
    return low < high;
  }

  /** Whether all of it can be drawn. */
  boolean isFinite() {
    return Double.isFinite(low) && Double.isFinite(mean) && Double.isFinite(high);
  }

  /** The mean, and the range in parentheses if there is one. */
  public String text() {
    String middle = TextTable.number(mean, 4);
    return isRange()
        ? "%s (%s to %s)".formatted(middle, TextTable.number(low, 4), TextTable.number(high, 4))
        : middle;
  }
}
