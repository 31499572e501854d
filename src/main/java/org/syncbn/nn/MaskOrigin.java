package org.syncbn.nn;

import java.io.Serializable;

/** Where the mask of a value comes from. Masks are numbered in the order in which they arise. */
sealed interface MaskOrigin extends Serializable {

  /** In the place of a number: the value has no mask. */
  int NONE = -1;

  /** Whether the layer that makes a value finds it. */
  default boolean isFoundIn(int value) {
    return this instanceof Found found && found.value == value;
  }

  /** How many places it has. */
  int places();

  /**
   * The layer that makes the value finds it, among the places that are valid in its input.
   *
   * @param value that the layer makes
   */
  record Found(int value, int places) implements MaskOrigin {}

  /**
   * What windows that move over an image make of its mask.
   *
   * @param mask of the image
   */
  record Moved(int mask, PlaceMap map) implements MaskOrigin {

    @Override
    public int places() {
      return map.outputHeight() * map.outputWidth();
    }
  }

  /**
   * The places that are valid in both.
   *
   * @param mask of the one
   * @param other mask of the other
   */
  record Both(int mask, int other, int places) implements MaskOrigin {}
}
