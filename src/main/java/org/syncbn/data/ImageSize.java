package org.syncbn.data;

import java.io.Serializable;
import java.util.List;

/**
 * The size to which images are scaled.
 *
 * @param height in pixels
 * @param width in pixels
 * @param channels 1 for grey, 3 for red, green and blue
 */
public record ImageSize(int height, int width, int channels) implements Serializable {

  /** Checks that there is a pixel, and that the channels are known ones. */
  public ImageSize {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "images cannot have the height %d and the width %d".formatted(height, width));
    }
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException(
          "channels must be 1 (grey) or 3 (red, green, blue), was " + channels);
    }
  }

  /** The shape of a row: [height, width, channels]. */
  public List<Integer> shape() {
    return List.of(height, width, channels);
  }
}
