package org.syncbn.nn;

import java.io.Serializable;

/**
 * A size on the image's two axes: of a window, a stride, a dilation.
 *
 * @param height from top to bottom, at least 1
 * @param width from left to right, at least 1
 */
public record Extent(int height, int width) implements Serializable {

  /** Throws if a size is below 1. */
  public Extent {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "a window, stride or dilation must be at least 1, was " + height + " x " + width);
    }
  }

  /** The same size on both axes. */
  public static Extent square(int length) {
    return new Extent(length, length);
  }

  /** The width alone, for sequences, which are images of height 1. */
  Extent alongRows() {
    return new Extent(1, width);
  }

  @Override
  public String toString() {
    return height + " x " + width;
  }
}
