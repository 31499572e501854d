package org.syncbn.norm;

import org.syncbn.tensor.Tensor;

/**
 * One shard's moments of all values that reach a batch-norm layer, block by block. Joined over the
 * shards they give {@link BatchNorm#withStatistics} the statistics of a whole dataset, which
 * running averages only estimate (Wu and Johnson 2021, section 3: PreciseBN).
 *
 * <p>Every value is added in double, as a deviation from the first one of its channel, with the
 * weight that its row has in the layer's statistics. Not thread-safe.
 */
public final class PreciseStatistics {

  private final int channels;
  private final float[] origin;
  private final double[] sums; // in the layout of ChannelMoments, as its ofSums wants them
  private float[] run = new float[0];

  /** Moments of nothing yet. */
  public PreciseStatistics(BatchNorm layer) {
    channels = layer.channels();
    origin = new float[channels];
    sums = new double[ChannelMoments.length(channels)];
  }

  /**
   * Adds a block of values.
   *
   * @param weights one per row, or one per position where channels are innermost; none if all count
   *     1
   */
  public void add(Tensor x, ChannelLayout layout, float[] weights) {
    int inner = layout.inner();
    if (run.length != layout.columns()) {
      run = new float[layout.columns()];
    }
    int outerPerWeight = weights.length == 0 ? 0 : layout.outer() / weights.length;
    for (int outer = 0; outer < layout.outer(); outer++) {
      double weight = weights.length == 0 ? 1 : weights[outer / outerPerWeight];
      if (weight == 0) {
        continue;
      }
      x.read(outer * run.length, run, 0, run.length);
      for (int c = 0; c < channels; c++) {
        if (sums[0] == 0) {
          origin[c] = run[c * inner];
        }
        for (int i = c * inner; i < (c + 1) * inner; i++) {
          double deviation = (double) run[i] - origin[c];
          sums[2 + c] += weight * deviation;
          sums[2 + channels + c] += weight * deviation * deviation;
        }
      }
      sums[0] += weight * inner;
      sums[1] += weight * weight * inner;
    }
  }

  /** A copy, in the layout of {@link ChannelMoments}. */
  public double[] moments() {
    double[] moments = sums.clone();
    ChannelMoments.ofSums(moments, 0, channels, origin, 0);
    return moments;
  }
}
