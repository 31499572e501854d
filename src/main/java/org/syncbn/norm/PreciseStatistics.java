package org.syncbn.norm;

import org.syncbn.tensor.Tensor;

/**
 * One shard's sums over all values that reach a batch-norm layer, block by block. Merged over the
 * shards they give {@link BatchNorm#withStatistics} the statistics of a whole dataset, which
 * running averages only estimate (Wu and Johnson 2021, section 3: PreciseBN).
 *
 * <p>Every value is added in double, as a deviation from the layer's running mean, with the weight
 * that its row has in the layer's statistics. Not thread-safe.
 */
public final class PreciseStatistics {

  private final int channels;
  private final float[] origin;
  private final double[] sums; // n, then sum x per channel, then sum x^2
  private float[] run = new float[0];

  /** Sums of nothing yet. */
  public PreciseStatistics(BatchNorm layer, BatchNormState state) {
    channels = layer.channels();
    origin = BatchNorm.origins(state);
    sums = new double[layer.ghostLength()];
  }

  /** Adds a block of values whose rows all count 1. */
  public void add(Tensor x, ChannelLayout layout) {
    add(x, layout, new float[0]);
  }

  /**
   * Adds a block of values.
   *
   * @param weights one per row; none if all rows count 1
   */
  public void add(Tensor x, ChannelLayout layout, float[] weights) {
    int inner = layout.inner();
    if (run.length != layout.columns()) {
      run = new float[layout.columns()];
    }
    for (int outer = 0; outer < layout.outer(); outer++) {
      double weight = weights.length == 0 ? 1 : weights[outer / layout.outerPerRow()];
      if (weight == 0) {
        continue;
      }
      x.read(outer * run.length, run, 0, run.length);
      for (int c = 0; c < channels; c++) {
        for (int i = c * inner; i < (c + 1) * inner; i++) {
          double deviation = (double) run[i] - origin[c];
          sums[1 + c] += weight * deviation;
          sums[1 + channels + c] += weight * deviation * deviation;
        }
      }
      sums[0] += weight * inner;
    }
  }

  /** A copy: n, then the sum of x per channel, then of x^2, from origins that the state fixes. */
  public double[] sums() {
    return sums.clone();
  }
}
