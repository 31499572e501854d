package org.syncbn.norm;

import org.syncbn.tensor.Tensor;

/**
 * One shard's sums over all values that reach a batch-norm layer, block by block. Merged over the
 * shards they give {@link BatchNorm#withStatistics} the statistics of a whole dataset, which
 * running averages only estimate (Wu and Johnson 2021, section 3: PreciseBN).
 *
 * <p>Every value is added in double, as a deviation from the layer's running mean; every row counts
 * alike. Not thread-safe.
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

  /** Adds a block of values. */
  public void add(Tensor x, ChannelLayout layout) {
    int inner = layout.inner();
    if (run.length != layout.columns()) {
      run = new float[layout.columns()];
    }
    for (int outer = 0; outer < layout.outer(); outer++) {
      x.read(outer * run.length, run, 0, run.length);
      for (int c = 0; c < channels; c++) {
        for (int i = c * inner; i < (c + 1) * inner; i++) {
          double deviation = (double) run[i] - origin[c];
          sums[1 + c] += deviation;
          sums[1 + channels + c] += deviation * deviation;
        }
      }
    }
    sums[0] += (double) layout.outer() * inner;
  }

  /** A copy: n, then the sum of x per channel, then of x^2, from origins that the state fixes. */
  public double[] sums() {
    return sums.clone();
  }
}
