package org.syncbn.nn;

import java.io.Serializable;

/** The shape of one row between two layers. */
public sealed interface Shape extends Serializable {

  /** How many numbers a row has. */
  int size();

  /**
   * How many features, or channels of an image, there are: the numbers a batch norm tells apart.
   */
  int channels();

  /** A flat row. */
  static Shape features(int count) {
    return new Features(count);
  }

  /** An image in PyTorch's order of dimensions. In memory the channels come last. */
  static Shape image(int channels, int height, int width) {
    return new Image(channels, height, width);
  }

  /**
   * A flat row.
   *
   * @param size how many features it has
   */
  record Features(int size) implements Shape {

    /** Throws if there are no features. */
    public Features {
      requirePositive(size, "features");
    }

    @Override
    public int channels() {
      return size;
    }

    @Override
    public String toString() {
      return size + " features";
    }
  }

  /**
   * An image; in memory {@code [height, width, channels]}.
   *
   * @param channels numbers at one place
   * @param height places from top to bottom
   * @param width places from left to right
   */
  record Image(int channels, int height, int width) implements Shape {

    /** Throws if the image is empty. */
    public Image {
      requirePositive(channels, "channels");
      requirePositive(height, "rows of an image");
      requirePositive(width, "columns of an image");
    }

    @Override
    public int size() {
      return Math.multiplyExact(channels, Math.multiplyExact(height, width));
    }

    /** How many places it has. */
    public int places() {
      return Math.multiplyExact(height, width);
    }

    @Override
    public String toString() {
      return "images of " + channels + " x " + height + " x " + width;
    }
  }

  private static void requirePositive(int count, String what) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "a shape needs at least one of its " + what + ", not " + count);
    }
  }
}
