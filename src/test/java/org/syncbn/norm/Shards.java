package org.syncbn.norm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.syncbn.tensor.Tensor;

/** A mini-batch of one layer, spread over shards of given sizes and merged in a fixed order. */
final class Shards {

  private final BatchNorm layer;
  private final Mode mode;
  private final BatchNormState state;
  private final int[] axes;
  private final float[] weights;
  private final int[] bounds;
  private final List<BatchNormShard> shards = new ArrayList<>();
  private Tensor x;

  final Tensor y;
  double[] forward;
  double[] backward;
  Tensor dx;

  /** Runs the forward pass. */
  Shards(
      BatchNorm layer,
      Activation activation,
      Mode mode,
      BatchNormState state,
      Tensor x,
      float[] weights,
      int[] sizes,
      int... axes) {
    this.layer = layer;
    this.mode = mode;
    this.state = state;
    this.axes = axes;
    this.weights = weights;
    this.x = x;
    bounds = new int[sizes.length + 1];
    for (int s = 0; s < sizes.length; s++) {
      bounds[s + 1] = bounds[s] + sizes[s];
      shards.add(new BatchNormShard(layer, activation));
    }
    y = Tensor.zeros(x.shape());
    forward = new double[layer.statisticsLength(mode, batchRows())];
    for (int s = 0; s < shards.size(); s++) {
      begin(s);
      double[] contribution = new double[forward.length];
      shards.get(s).observe(part(x, s), contribution);
      ChannelMoments.join(forward, contribution, layer.channels());
    }
    for (int s = 0; s < shards.size(); s++) {
      shards.get(s).agree(forward);
      shards.get(s).apply(part(x, s), part(y, s));
    }
  }

  /** One shard, all rows weighing the same. */
  static Shards one(BatchNorm layer, Mode mode, BatchNormState state, Tensor x, int... axes) {
    return new Shards(
        layer, Activation.NONE, mode, state, x, new float[0], new int[] {x.dimension(0)}, axes);
  }

  /** Runs the backward pass. */
  Shards backward(Tensor dy) {
    backward = new double[layer.gradientLength(batchRows())];
    for (int s = 0; s < shards.size(); s++) {
      double[] contribution = new double[backward.length];
      shards.get(s).observeGradient(part(x, s), part(dy, s), contribution);
      add(backward, contribution);
    }
    dx = Tensor.zeros(dy.shape());
    for (int s = 0; s < shards.size(); s++) {
      shards.get(s).applyGradient(backward, part(x, s), part(dy, s), part(dx, s));
    }
    return this;
  }

  Normalization agreed() {
    return layer.agree(mode, batchRows(), state, forward);
  }

  float[] gammaGradient() {
    return layer.gammaGradient(backward, agreed(), state);
  }

  float[] betaGradient() {
    return layer.betaGradient(backward, agreed(), state);
  }

  BatchNormState updated() {
    return layer.updated(state, agreed());
  }

  private int batchRows() {
    return bounds[bounds.length - 1];
  }

  private Tensor part(Tensor whole, int shard) {
    return whole.rows(bounds[shard], bounds[shard + 1]);
  }

  private void begin(int shard) {
    int perRow = batchRows() == 0 ? 0 : weights.length / batchRows();
    shards
        .get(shard)
        .begin(
            mode,
            ChannelLayout.of(part(x, shard), axes),
            new BatchSlice(bounds[shard], batchRows()),
            state,
            Arrays.copyOfRange(weights, bounds[shard] * perRow, bounds[shard + 1] * perRow));
  }

  private static void add(double[] sum, double[] contribution) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += contribution[i];
    }
  }
}
