package org.syncbn.nn;

import java.io.Serializable;

/** How far a window may stand outside the image. */
public sealed interface Padding extends Serializable {

  /** Zeros before the first place; {@code effective} is the window's length with its dilation. */
  int before(int length, int effective, int stride, int axis);

  /** How many places the output has along one axis. */
  int outputLength(int length, int effective, int stride, int axis);

  /** How long an image is, at least, that has so many places in the output. */
  int imageLength(int outputLength, int effective, int stride, int axis);

  /** The same along rows, and none above and below. */
  Padding alongRows();

  /** Windows stay inside. */
  static Padding valid() {
    return new Explicit(0, 0);
  }

  /** The output has {@code ceil(input / stride)} places; an odd zero goes to the end (Keras). */
  static Padding same() {
    return new Same();
  }

  /** As many zeros on every side. */
  static Padding of(int zeros) {
    return new Explicit(zeros, zeros);
  }

  /** As many zeros above and below, left and right. */
  static Padding of(int vertical, int horizontal) {
    return new Explicit(vertical, horizontal);
  }

  /** See {@link #same}. */
  record Same() implements Padding {

    @Override
    public int before(int length, int effective, int stride, int axis) {
      int needed = (outputLength(length, effective, stride, axis) - 1) * stride + effective;
      return Math.max(0, needed - length) / 2;
    }

    @Override
    public int outputLength(int length, int effective, int stride, int axis) {
      return (length - 1) / stride + 1;
    }

    @Override
    public int imageLength(int outputLength, int effective, int stride, int axis) {
      return Math.multiplyExact(outputLength, stride);
    }

    @Override
    public Padding alongRows() {
      return this;
    }
  }

  /**
   * See {@link #of(int, int)}.
   *
   * @param vertical zeros above, and below
   * @param horizontal zeros left, and right
   */
  record Explicit(int vertical, int horizontal) implements Padding {

    /** Throws if the padding is negative. */
    public Explicit {
      if (vertical < 0 || horizontal < 0) {
        throw new IllegalArgumentException(
            "padding must be at least 0, was " + vertical + " x " + horizontal);
      }
    }

    @Override
    public int before(int length, int effective, int stride, int axis) {
      return axis == 0 ? vertical : horizontal;
    }

    @Override
    public int outputLength(int length, int effective, int stride, int axis) {
      return Math.floorDiv(length + 2 * before(length, effective, stride, axis) - effective, stride)
          + 1;
    }

    @Override
    public int imageLength(int outputLength, int effective, int stride, int axis) {
      return Math.addExact(Math.multiplyExact(outputLength - 1, stride), effective)
          - 2 * before(0, effective, stride, axis);
    }

    @Override
    public Padding alongRows() {
      return new Explicit(0, horizontal);
    }
  }
}
