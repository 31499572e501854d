package org.syncbn.norm;

import java.io.Serializable;
import org.syncbn.tensor.CounterRandom;

/**
 * Noise on the normalized activations in training, for experiments: "noisy" batch normalization of
 * Santurkar et al. 2018 (arXiv:1805.11604), section 2.1 and appendix A, which brings the covariate
 * shift back that batch normalization was thought to remove.
 *
 * <p>In each step every channel draws a mean {@code mu} in [-meanRange, meanRange) and a deviation
 * {@code sigma} in [1, deviationRange); then every activation becomes {@code s * y + m} with {@code
 * m} uniform in [mu - meanSpread, mu + meanSpread) and {@code s} normal around sigma with deviation
 * {@code deviationSpread}. All are functions of the layer's random stream, the step, and the row
 * and position in the global mini-batch: the same however rows are spread over shards.
 *
 * @param meanRange the bound of mu
 * @param deviationRange the bound of sigma, at least 1
 * @param meanSpread how far m lies from mu at most
 * @param deviationSpread the standard deviation of s
 */
public record ActivationNoise(
    double meanRange, double deviationRange, double meanSpread, double deviationSpread)
    implements Serializable {

  /** No noise. */
  public static final ActivationNoise NONE = new ActivationNoise(0, 1, 0, 0);

  /** The constants of the paper's appendix: 0.5, 1.25, 0.1, 0.1. */
  public static final ActivationNoise PUBLISHED = new ActivationNoise(0.5, 1.25, 0.1, 0.1);

  /** Throws if a range is negative. */
  public ActivationNoise {
    if (!(meanRange >= 0 && deviationRange >= 1 && meanSpread >= 0 && deviationSpread >= 0)) {
      throw new IllegalArgumentException(
          "noise needs meanRange, meanSpread, deviationSpread >= 0 and deviationRange >= 1, was "
              + meanRange
              + ", "
              + meanSpread
              + ", "
              + deviationSpread
              + ", "
              + deviationRange);
    }
  }

  /** The factor s of one activation. */
  float scale(CounterRandom step, int channel, long activation) {
    double sigma = 1 + (deviationRange - 1) * step.fork(0).uniform(channel);
    return (float) (sigma + deviationSpread * step.fork(1).gaussian(activation));
  }

  /** The summand m of one activation. */
  float shift(CounterRandom step, int channel, long activation) {
    double mu = meanRange * (2 * step.fork(2).uniform(channel) - 1);
    return (float) (mu + meanSpread * (2 * step.fork(3).uniform(activation) - 1));
  }
}
