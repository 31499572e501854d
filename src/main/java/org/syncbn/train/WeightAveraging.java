package org.syncbn.train;

import java.util.OptionalDouble;

/**
 * Ends a run with an average of its weights. The statistics of batch norms are then those of all
 * training rows, since running averages belong to other weights.
 */
public sealed interface WeightAveraging {

  /**
   * The weight in the average of the weights after a step; empty if they are left out.
   *
   * @param count how many are in the average
   */
  default OptionalDouble afterStep(long count) {
    return OptionalDouble.empty();
  }

  /**
   * The same of the weights after an epoch.
   *
   * @param epoch from 1
   * @param count how many are in the average
   */
  default OptionalDouble afterEpoch(int epoch, long count) {
    return OptionalDouble.empty();
  }

  /**
   * The exponential moving average over all steps: {@code decay * average + (1 - decay) * weights}.
   *
   * @param decay the weight of the old average, in (0, 1)
   */
  record Ema(double decay) implements WeightAveraging {

    /** Rejects a decay outside (0, 1). */
    public Ema {
      if (!(decay > 0 && decay < 1)) {
        throw new IllegalArgumentException("decay must be in (0, 1), was " + decay);
      }
    }

    @Override
    public OptionalDouble afterStep(long count) {
      return OptionalDouble.of(1 - decay);
    }
  }

  /**
   * Stochastic weight averaging (Izmailov et al. 2018): the mean of the weights after the last
   * epochs.
   *
   * @param startEpoch the first epoch that counts, from 1
   */
  record Swa(int startEpoch) implements WeightAveraging {

    /** Rejects an epoch before the first. */
    public Swa {
      if (startEpoch < 1) {
        throw new IllegalArgumentException("startEpoch must be at least 1, was " + startEpoch);
      }
    }

    @Override
    public OptionalDouble afterEpoch(int epoch, long count) {
      return epoch < startEpoch ? OptionalDouble.empty() : OptionalDouble.of(1.0 / (count + 1));
    }
  }
}
