package org.syncbn.nn;

/** Layers that make one number of each window and channel. */
public sealed interface PoolingSpec extends LayerSpec {

  /**
   * The greatest value of each window; padding never wins.
   *
   * @param shape of the windows
   */
  record MaxPool(PoolingShape shape) implements PoolingSpec {

    /** Windows side by side. */
    public static MaxPool of(int length) {
      return new MaxPool(PoolingShape.of(length));
    }
  }

  /**
   * The greatest value of each window of a sequence, which is an image of height 1.
   *
   * @param shape as of {@link MaxPool}; of each size, the width counts
   */
  record MaxPool1d(PoolingShape shape) implements PoolingSpec {

    /** Windows side by side. */
    public static MaxPool1d of(int length) {
      return new MaxPool1d(PoolingShape.of(length));
    }

    MaxPool in2d() {
      return new MaxPool(shape.alongRows());
    }
  }

  /**
   * The mean of each window.
   *
   * @param shape of the windows
   * @param countIncludePad whether the zeros of the padding count (PyTorch's default), or not
   *     (Keras)
   */
  record AveragePool(PoolingShape shape, boolean countIncludePad) implements PoolingSpec {

    /** Windows side by side. */
    public static AveragePool of(int length) {
      return new AveragePool(PoolingShape.of(length), true);
    }
  }

  /**
   * The mean of each window of a sequence, which is an image of height 1.
   *
   * @param shape as of {@link AveragePool}; of each size, the width counts
   * @param countIncludePad as of {@link AveragePool}
   */
  record AveragePool1d(PoolingShape shape, boolean countIncludePad) implements PoolingSpec {

    /** Windows side by side. */
    public static AveragePool1d of(int length) {
      return new AveragePool1d(PoolingShape.of(length), true);
    }

    AveragePool in2d() {
      return new AveragePool(shape.alongRows(), countIncludePad);
    }
  }

  /** The mean of each channel: images become features. */
  record GlobalAveragePool() implements PoolingSpec {}
}
