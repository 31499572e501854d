package org.syncbn.norm;

import java.util.Optional;

/**
 * How far the running statistics of a batch norm are from those of a mini-batch, which tells
 * whether the network predicts as it has learned. A mini-batch of n independent values is off by
 * about {@code 1 / sqrt(n)} standard deviations itself.
 *
 * @param meanShift the largest distance of a running mean from the mean of the mini-batch, in
 *     standard deviations {@code sqrt(populationVariance + eps)} of the mini-batch
 * @param leastDeviationRatio of the channels; a ratio is the running standard deviation divided by
 *     that of the mini-batch, eps in both
 * @param greatestDeviationRatio of the channels
 * @param constantChannels how many channels have one value in the whole mini-batch
 */
public record StatisticsDrift(
    double meanShift,
    double leastDeviationRatio,
    double greatestDeviationRatio,
    int constantChannels) {

  /**
   * Compares the state behind a step with the statistics of the step; those of ghost batches are
   * joined.
   *
   * @return none if the layer was not normalized by statistics of the mini-batch
   */
  public static Optional<StatisticsDrift> of(
      BatchNorm layer, BatchNormState state, Normalization batch) {
    double[] joined = new double[ChannelMoments.length(layer.channels())];
    for (int ghost = 0; ghost < batch.ghosts(); ghost++) {
      if (!batch.isFixed(ghost)) {
        ChannelMoments.join(joined, batch.moments(ghost), layer.channels());
      }
    }
    return joined[0] > 0 ? Optional.of(between(layer, state, joined)) : Optional.empty();
  }

  private static StatisticsDrift between(BatchNorm layer, BatchNormState state, double[] moments) {
    double eps = layer.options().eps();
    int channels = layer.channels();
    double shift = 0;
    double least = Double.POSITIVE_INFINITY;
    double greatest = 0;
    int constant = 0;
    for (int c = 0; c < channels; c++) {
      double variance = moments[2 + channels + c] / moments[0];
      double deviation = Math.sqrt(variance + eps);
      double ratio = Math.sqrt(state.runningVariance(c) + eps) / deviation;
      shift = Math.max(shift, Math.abs(state.runningMean(c) - moments[2 + c]) / deviation);
      least = Math.min(least, ratio);
      greatest = Math.max(greatest, ratio);
      constant += variance == 0 ? 1 : 0;
    }
    return new StatisticsDrift(shift, least, greatest, constant);
  }
}
