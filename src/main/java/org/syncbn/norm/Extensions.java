package org.syncbn.norm;

import java.io.Serializable;

/**
 * What papers add to batch normalization in training.
 *
 * @param renormalization the correction towards the running statistics
 * @param adjustment a random scale and shift before gamma
 * @param noise noise after beta
 */
public record Extensions(
    Renormalization renormalization, Adjustment adjustment, ActivationNoise noise)
    implements Serializable {

  /** Nothing. */
  static final Extensions NONE =
      new Extensions(Renormalization.NONE, Adjustment.NONE, ActivationNoise.NONE);

  Extensions with(Renormalization value) {
    return new Extensions(value, adjustment, noise);
  }

  Extensions with(Adjustment value) {
    return new Extensions(renormalization, value, noise);
  }

  Extensions with(ActivationNoise value) {
    return new Extensions(renormalization, adjustment, value);
  }
}
