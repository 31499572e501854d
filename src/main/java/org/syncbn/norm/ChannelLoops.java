package org.syncbn.norm;

/**
 * The inner loops: all arrays on the heap and indexed alike, because only such loops become vector
 * instructions on every JVM; no branch unless there are weights, because a branch or a ternary
 * costs ten times the work.
 */
final class ChannelLoops {

  private ChannelLoops() {}

  /** {@code y = (x - center) * scale + offset}. */
  static void normalize(
      float[] x, float[] center, float[] scale, float[] offset, float[] y, int length) {
    for (int i = 0; i < length; i++) {
      y[i] = (x[i] - center[i]) * scale[i] + offset[i];
    }
  }

  /** {@code y = max(0, y)}. */
  static void relu(float[] y, int length) {
    for (int i = 0; i < length; i++) {
      y[i] = Math.max(0f, y[i]);
    }
  }

  /**
   * {@code dy = y > 0 ? dy : 0}: {@code y + |y|} is 0 or above, two factors of 2^127 lift the least
   * subnormal above 1, and adding 0 turns -0 to 0. Where y is NaN, so is dy.
   */
  static void gate(float[] y, float[] dy, int length) {
    for (int i = 0; i < length; i++) {
      float open = Math.min(1f, (y[i] + Math.abs(y[i])) * 0x1p127f * 0x1p127f);
      dy[i] = dy[i] * open + 0f;
    }
  }

  /** {@link #gate}, but closed where y is NaN, as masked rows may be; with a branch. */
  static void gateNaN(float[] y, float[] dy, int length) {
    for (int i = 0; i < length; i++) {
      dy[i] = y[i] > 0 ? dy[i] : 0;
    }
  }

  /** {@link #normalize}, then {@link #gate}, without storing y. */
  static void normalizeAndGate(
      float[] x, float[] center, float[] scale, float[] offset, float[] dy, int length) {
    for (int i = 0; i < length; i++) {
      float y = (x[i] - center[i]) * scale[i] + offset[i];
      float open = Math.min(1f, (y + Math.abs(y)) * 0x1p127f * 0x1p127f);
      dy[i] = dy[i] * open + 0f;
    }
  }

  /** {@code dy = dyFactor * dy + weight * (xFactor * (x - center) + offset)}; weight 0 hides x. */
  static void weightedInputGradient(
      float[] x,
      float[] dy,
      float[] center,
      float[] dyFactor,
      float[] xFactor,
      float[] offset,
      float[] weight,
      int length) {
    for (int i = 0; i < length; i++) {
      float statistics =
          weight[i] == 0 ? 0 : weight[i] * (xFactor[i] * (x[i] - center[i]) + offset[i]);
      dy[i] = dyFactor[i] * dy[i] + statistics;
    }
  }

  /** {@code values = factor * values}. */
  static void multiply(float[] values, float[] factor, int length) {
    for (int i = 0; i < length; i++) {
      values[i] *= factor[i];
    }
  }
}
