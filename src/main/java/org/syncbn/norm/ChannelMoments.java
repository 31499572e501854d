package org.syncbn.norm;

/**
 * The layout of a forward contribution, and how two of them join. For each ghost batch of a layer
 * with C channels:
 *
 * <pre>
 *   0        1          2 .. C + 1   C + 2 .. 2C + 1
 *  +--------+----------+------------+----------------------+
 *  | V1     | V2       | mean       | M2                   |
 *  | sum w  | sum w^2  | by channel | sum w * (x - mean)^2 |
 *  +--------+----------+------------+----------------------+
 * </pre>
 *
 * <p>Without weights V1 and V2 are the number of values per channel. Where V1 is 0 all numbers are
 * 0. Means and M2 do not cancel, however far the values are from 0.
 */
public final class ChannelMoments {

  private ChannelMoments() {}

  /** How many numbers one ghost batch has. */
  public static int length(int channels) {
    return 2 + 2 * channels;
  }

  /**
   * The moments of the values of both sides (Chan, Golub and LeVeque 1983, equation 2.1), written
   * into the left one. A side without values leaves the bits of the other.
   *
   * @param left one or more ghost batches
   * @param right as many
   */
  public static void join(double[] left, double[] right, int channels) {
    if (left.length != right.length || left.length % length(channels) != 0) {
      throw new IllegalStateException(
          "moments of %d and %d numbers are not those of one layer with %d channels"
              .formatted(left.length, right.length, channels));
    }
    for (int at = 0; at < left.length; at += length(channels)) {
      joinGhost(left, right, at, channels);
    }
  }

  private static void joinGhost(double[] left, double[] right, int at, int channels) {
    double leftWeight = left[at];
    double rightWeight = right[at];
    if (rightWeight == 0) {
      return;
    }
    if (leftWeight == 0) {
      System.arraycopy(right, at, left, at, length(channels));
      return;
    }
    double weight = leftWeight + rightWeight;
    left[at] = weight;
    left[at + 1] += right[at + 1];
    for (int mean = at + 2; mean < at + 2 + channels; mean++) {
      int m2 = mean + channels;
      double delta = right[mean] - left[mean];
      left[mean] += delta * (rightWeight / weight);
      left[m2] += right[m2] + delta * delta * (leftWeight * (rightWeight / weight));
    }
  }

  /**
   * Turns sums of one ghost batch into moments, in place: instead of the means the sums {@code w *
   * (x - origin)}, instead of M2 the sums {@code w * (x - origin)^2}. An origin that is one of the
   * values costs no digits that matter.
   *
   * @param at where the ghost batch begins
   * @param origins from {@code originsAt} on, one per channel
   */
  static void ofSums(double[] sums, int at, int channels, float[] origins, int originsAt) {
    double weight = sums[at];
    if (weight == 0) {
      return;
    }
    for (int c = 0; c < channels; c++) {
      int mean = at + 2 + c;
      int m2 = mean + channels;
      double meanFromOrigin = sums[mean] / weight;
      // NaN stays NaN: Math.max passes it on.
      sums[m2] = Math.max(0, sums[m2] - sums[mean] * meanFromOrigin);
      sums[mean] = origins[originsAt + c] + meanFromOrigin;
    }
  }

  /** How many values of equal weight say as much: V1^2 / V2 (Kish); n where weights are equal. */
  static double effectiveCount(double v1, double v2) {
    return v2 == 0 ? 0 : v1 * (v1 / v2);
  }

  /**
   * Bessel's correction, {@code V1 / (V1 - V2 / V1)}, which is {@code n / (n - 1)} without weights:
   * what makes a sample variance of a population variance. 1 where one value says all; both
   * variances are 0 there.
   */
  static double sampleFactor(double v1, double v2) {
    return effectiveCount(v1, v2) > 1 ? v1 / (v1 - v2 / v1) : 1;
  }
}
