package org.syncbn.tensor;

/**
 * Inner loops that normalization and rectification share: all arrays on the heap and indexed alike,
 * because only such loops become vector instructions on every JVM; no branch, because a branch or a
 * ternary costs ten times the work.
 */
public final class TileLoops {

  private TileLoops() {}

  /**
   * {@code y = (x - center) * scale + offset} of the columns [from, to).
   *
   * @param y may be x
   */
  public static void normalize(
      float[] x, float[] center, float[] scale, float[] offset, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = normalized(x[i], center[i], scale[i], offset[i]);
    }
  }

  /** {@code y = max(0, y)} of the columns [from, to). */
  public static void relu(float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      y[i] = Math.max(0f, y[i]);
    }
  }

  /**
   * {@code dy = y > 0 ? dy : 0} of the columns [from, to), for finite dy. Where y is NaN, so is dy,
   * and where dy is infinite or NaN and y is not above 0.
   */
  public static void gate(float[] y, float[] dy, int from, int to) {
    for (int i = from; i < to; i++) {
      dy[i] = gated(y[i], dy[i]);
    }
  }

  /** {@link #normalize}, then {@link #gate}, without storing y. */
  public static void normalizeAndGate(
      float[] x, float[] center, float[] scale, float[] offset, float[] dy, int from, int to) {
    for (int i = from; i < to; i++) {
      dy[i] = gated(normalized(x[i], center[i], scale[i], offset[i]), dy[i]);
    }
  }

  private static float normalized(float x, float center, float scale, float offset) {
    return (x - center) * scale + offset;
  }

  /**
   * {@code y + |y|} is 0 or above, two factors of 2^127 lift the least subnormal above 1, and
   * adding 0 turns -0 to 0.
   */
  private static float gated(float y, float dy) {
    float open = Math.min(1f, (y + Math.abs(y)) * 0x1p127f * 0x1p127f);
    return dy * open + 0f;
  }
}
