package org.syncbn.nn;

import org.syncbn.norm.StatisticsDrift;

/**
 * A batch norm behind a training step.
 *
 * @param layer its place in the network
 * @param channels how many it has
 * @param drift of its running statistics from those of the mini-batch
 * @param deadChannels how many channels are the same for about every row: gamma is 0, or a ReLU
 *     follows and beta is at least 3 gammas below 0
 */
public record BatchNormReport(String layer, int channels, StatisticsDrift drift, int deadChannels) {

  /** Values so many standard deviations above the mean are rare. */
  private static final float RARE = 3;

  static boolean isDead(float gamma, float beta, boolean hasRelu) {
    return gamma == 0 || hasRelu && beta <= -RARE * Math.abs(gamma);
  }
}
