package org.syncbn.data;

import java.io.Serializable;

/**
 * How labels that are numbers are standardized for a network: {@code (label - mean) / deviation}.
 *
 * @param mean of the labels of the training rows
 * @param deviation above 0, their population standard deviation
 */
public record TargetScale(double mean, double deviation) implements Serializable {

  /** Checks the deviation. */
  public TargetScale {
    if (!(deviation > 0 && deviation < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("deviation must be finite and above 0, was " + deviation);
    }
  }

  /** A label as the target of the network. */
  public double standardized(double label) {
    return (label - mean) / deviation;
  }

  /** An output of the network in the units of the label. */
  public double restored(double output) {
    return output * deviation + mean;
  }
}
