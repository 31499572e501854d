package org.syncbn.norm;

import java.io.Serializable;
import org.syncbn.tensor.CounterRandom;

/**
 * A random scale and shift of each channel in training, between normalization and gamma: {@code y =
 * gamma * (scale * xHat + shift) + beta}, drawn anew for each step (and ghost batch) from uniform
 * distributions. It is data, not code: the values depend on the layer's random stream, the step and
 * the channel only, so all shards draw the same ones.
 *
 * @param minScale the least scale
 * @param maxScale the bound of the scale
 * @param minShift the least shift
 * @param maxShift the bound of the shift
 */
public record Adjustment(double minScale, double maxScale, double minShift, double maxShift)
    implements Serializable {

  /** No adjustment: scale 1, shift 0. */
  public static final Adjustment NONE = new Adjustment(1, 1, 0, 0);

  /** Throws if an interval is empty. */
  public Adjustment {
    if (!(minScale <= maxScale && minShift <= maxShift)) {
      throw new IllegalArgumentException(
          "adjustment needs minScale <= maxScale and minShift <= maxShift, was "
              + minScale
              + ", "
              + maxScale
              + ", "
              + minShift
              + ", "
              + maxShift);
    }
  }

  double scale(CounterRandom random, long index) {
    return minScale + (maxScale - minScale) * random.uniform(2 * index);
  }

  double shift(CounterRandom random, long index) {
    return minShift + (maxShift - minShift) * random.uniform(2 * index + 1);
  }
}
