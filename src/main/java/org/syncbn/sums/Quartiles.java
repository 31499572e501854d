package org.syncbn.sums;

/**
 * The quartiles of the finite values of a feature, interpolated linearly between order statistics:
 * of n sorted values, that of p is the value at the place {@code (n - 1) p}, counted from 0, where
 * scikit-learn and NumPy see it by default.
 *
 * @param lower of p = 1/4; NaN, as the others, if there is no value
 * @param median of p = 1/2
 * @param upper of p = 3/4
 */
public record Quartiles(double lower, double median, double upper) {

  /** The quartiles of no values. */
  public static final Quartiles OF_NOTHING = new Quartiles(Double.NaN, Double.NaN, Double.NaN);

  /** How many there are. */
  public static final int COUNT = 3;

  /**
   * The place below that of a quartile, among values that are sorted and counted from 0.
   *
   * @param quartile 1 for the lower one, 2 for the median, 3 for the upper one
   * @param count number of values, above 0
   */
  public static long placeBelow(int quartile, long count) {
    // (count - 1) * quartile / 4, which may be beyond a long
    return (count - 1) / 4 * quartile + (count - 1) % 4 * quartile / 4;
  }

  /**
   * A quartile between the values at its place below and at the next one.
   *
   * @param quartile as in {@link #placeBelow}
   * @param count number of values
   * @param below the value at the place below
   * @param above that at the next place, or {@code below} where there is none
   */
  public static double between(int quartile, long count, double below, double above) {
    double fraction = (count - 1) % 4 * quartile % 4 / 4.0;
    if (fraction == 0 || below == above) {
      return below;
    }
    // In halves where the difference of two doubles could be beyond the largest.
    double unit = Math.max(Math.abs(below), Math.abs(above)) >= 0x1p1000 ? 0.5 : 1;
    double difference = above * unit - below * unit;
    double value =
        fraction < 0.5
            ? below * unit + difference * fraction
            : above * unit - difference * (1 - fraction);
    return value / unit;
  }

  /** Upper minus lower quartile; infinite where that is beyond doubles. */
  public double range() {
    return upper - lower;
  }
}
