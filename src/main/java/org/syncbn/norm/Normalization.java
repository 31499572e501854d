package org.syncbn.norm;

import java.util.Arrays;
import org.syncbn.tensor.CounterRandom;

/**
 * What all shards agreed on in the forward pass: how each channel (of each ghost batch, or group of
 * shards) is normalized, {@code y = gamma * (ratio * (x - mean) * invStd + shift) + beta}.
 *
 * <p>A pure function of the layer, the state and the merged contributions: the driver and every
 * shard compute equal bits. Ratio and shift are 1 and 0 unless batch renormalization or an
 * adjustment is on; they are constants in the backward pass. Filled by {@link BatchNorm#agree} or
 * by the shard that owns it, which reuses it from step to step; not thread-safe while being filled.
 */
public final class Normalization {

  private int channels;
  private int ghosts;
  private boolean skipped;
  private double[] agreed = new double[0];
  private boolean[] fixed = new boolean[0];
  private double[] count = new double[0]; // V1
  private double[] squaredWeights = new double[0]; // V2
  private double[] mean = new double[0];
  private double[] populationVariance = new double[0];
  private double[] invStd = new double[0];
  private double[] ratio = new double[0];
  private double[] shift = new double[0];

  Normalization() {}

  /** Fills this with what a merged forward contribution says. */
  void agree(BatchNorm layer, Mode mode, BatchSlice slice, BatchNormState state, double[] merged) {
    layer.requireLength(merged, layer.statisticsLength(mode, slice), "forward");
    begin(layer, layer.ghosts(slice));
    if (agreed.length != merged.length) {
      agreed = new double[merged.length];
    }
    System.arraycopy(merged, 0, agreed, 0, merged.length);
    boolean batch = layer.options().source(mode) == StatisticsSource.BATCH;
    for (int ghost = 0; ghost < ghosts; ghost++) {
      int at = ghost * ChannelMoments.length(channels);
      count[ghost] = batch ? merged[at] : 0;
      squaredWeights[ghost] = batch ? merged[at + 1] : 0;
      fixed[ghost] = !batch || isTooSmall(layer, mode, ghost);
      if (fixed[ghost]) {
        fix(layer, state, ghost);
        continue;
      }
      for (int c = 0; c < channels; c++) {
        int i = ghost * channels + c;
        mean[i] = merged[at + 2 + c];
        populationVariance[i] = merged[at + 2 + channels + c] / count[ghost];
        invStd[i] = 1 / Math.sqrt(populationVariance[i] + layer.options().eps());
        ratio[i] = 1;
        shift[i] = 0;
      }
      if (mode == Mode.TRAINING) {
        renormalize(layer, state, ghost);
        adjust(layer, state, ghost);
      }
    }
  }

  /** Fills this with the running averages alone. */
  void fix(BatchNorm layer, BatchNormState state) {
    begin(layer, 1);
    count[0] = 0;
    squaredWeights[0] = 0;
    fixed[0] = true;
    fix(layer, state, 0);
  }

  private void fix(BatchNorm layer, BatchNormState state, int ghost) {
    boolean renormalized = !layer.options().extensions().renormalization().isNone();
    for (int c = 0; c < channels; c++) {
      int i = ghost * channels + c;
      mean[i] = state.runningMean(c);
      populationVariance[i] = state.runningVariance(c);
      invStd[i] =
          renormalized
              ? 1 / runningDeviation(layer, state, c)
              : 1 / Math.sqrt(state.runningVariance(c) + layer.options().eps());
      ratio[i] = 1;
      shift[i] = 0;
    }
  }

  /** At least sqrt(eps), as every deviation that was averaged: the first one may be 0. */
  private static double runningDeviation(BatchNorm layer, BatchNormState state, int channel) {
    return Math.max(state.runningDeviation(channel), Math.sqrt(layer.options().eps()));
  }

  private void renormalize(BatchNorm layer, BatchNormState state, int ghost) {
    Renormalization renormalization = layer.options().extensions().renormalization();
    if (renormalization.isNone()) {
      return;
    }
    double rMin = renormalization.rMinAt(state.steps());
    double rMax = renormalization.rMaxAt(state.steps());
    double dMax = renormalization.dMaxAt(state.steps());
    for (int c = 0; c < channels; c++) {
      int i = ghost * channels + c;
      double deviation = runningDeviation(layer, state, c);
      ratio[i] = clip(1 / (invStd[i] * deviation), rMin, rMax);
      shift[i] = clip((mean[i] - state.runningMean(c)) / deviation, -dMax, dMax);
    }
  }

  /** Composes the adjustment behind the renormalization. */
  private void adjust(BatchNorm layer, BatchNormState state, int ghost) {
    Adjustment adjustment = layer.options().extensions().adjustment();
    if (adjustment.equals(Adjustment.NONE)) {
      return;
    }
    CounterRandom random = layer.random(state.steps()).fork("adjustment");
    for (int i = ghost * channels; i < (ghost + 1) * channels; i++) {
      double scale = adjustment.scale(random, i);
      ratio[i] *= scale;
      shift[i] = shift[i] * scale + adjustment.shift(random, i);
    }
  }

  private boolean isTooSmall(BatchNorm layer, Mode mode, int ghost) {
    double effective = ChannelMoments.effectiveCount(count[ghost], squaredWeights[ghost]);
    if (!(effective <= 1) || mode == Mode.EVALUATION && count[ghost] > 0) {
      return false;
    }
    return switch (layer.options().statistics().smallBatchPolicy()) {
      case ERROR -> {
        if (count[ghost] == 0) {
          yield true; // every row has weight 0: what normalizes them counts for nothing
        }
        throw new IllegalStateException(
            "layer "
                + layer.name()
                + ": the "
                + part(layer, ghost)
                + " has n = "
                + effective
                + " values per channel, which have no variance; use larger batches or set the "
                + "small-batch policy to RUNNING, SKIP or BATCH");
      }
      case RUNNING -> true;
      case BATCH -> !(count[ghost] > 0);
      case SKIP -> {
        skipped = true;
        yield true;
      }
    };
  }

  private String part(BatchNorm layer, int ghost) {
    if (ghosts == 1) {
      return "mini-batch";
    }
    return (layer.options().statistics().virtualBatchRows() > 0
            ? "ghost batch "
            : "group of shards ")
        + ghost;
  }

  private static double clip(double value, double min, double max) {
    return Math.min(Math.max(value, min), max);
  }

  private void begin(BatchNorm layer, int newGhosts) {
    channels = layer.channels();
    ghosts = newGhosts;
    skipped = false;
    if (count.length < ghosts) {
      count = new double[ghosts];
      squaredWeights = new double[ghosts];
      fixed = new boolean[ghosts];
    }
    if (mean.length < ghosts * channels) {
      mean = new double[ghosts * channels];
      populationVariance = new double[ghosts * channels];
      invStd = new double[ghosts * channels];
      ratio = new double[ghosts * channels];
      shift = new double[ghosts * channels];
    }
  }

  /** How many sets of statistics there are: ghost batches, or groups of shards; usually 1. */
  public int ghosts() {
    return ghosts;
  }

  /** Whether the policy for small batches asks not to commit this step. */
  public boolean isSkipped() {
    return skipped;
  }

  /** Whether a ghost batch is normalized by constants: running averages instead of its own. */
  public boolean isFixed(int ghost) {
    return fixed[ghost];
  }

  /**
   * The values per channel of a ghost batch, or the sum of their weights; 0 if none were counted.
   */
  public double count(int ghost) {
    return count[ghost];
  }

  /** What was agreed for a ghost batch that is not fixed, in the layout of ChannelMoments. */
  double[] moments(int ghost) {
    int length = ChannelMoments.length(channels);
    return Arrays.copyOfRange(agreed, ghost * length, (ghost + 1) * length);
  }

  /** The mean that is subtracted. */
  public double mean(int ghost, int channel) {
    return mean[ghost * channels + channel];
  }

  /** The variance divided by n, without eps; the running one if the ghost batch is fixed. */
  public double populationVariance(int ghost, int channel) {
    return populationVariance[ghost * channels + channel];
  }

  /** {@code 1 / sqrt(populationVariance + eps)}. */
  public double invStd(int ghost, int channel) {
    return invStd[ghost * channels + channel];
  }

  /**
   * The factor after normalization and before gamma: r of batch renormalization, and adjustment.
   */
  public double ratio(int ghost, int channel) {
    return ratio[ghost * channels + channel];
  }

  /**
   * The summand after normalization and before gamma: d of batch renormalization, and adjustment.
   */
  public double shift(int ghost, int channel) {
    return shift[ghost * channels + channel];
  }
}
