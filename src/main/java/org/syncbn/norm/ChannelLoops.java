package org.syncbn.norm;

import org.syncbn.tensor.TileLoops;

/**
 * Inner loops beside {@link TileLoops}: those with weights, which need a branch, and those with
 * fixed statistics.
 */
final class ChannelLoops {

  private ChannelLoops() {}

  /** {@link TileLoops#gate}, but closed where y is NaN, as masked rows may be; with a branch. */
  static void gateNaN(float[] y, float[] dy, int length) {
    for (int i = 0; i < length; i++) {
      dy[i] = y[i] > 0 ? dy[i] : 0;
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
