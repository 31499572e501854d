package org.syncbn.nn;

/** Where the windows of a convolution or a pooling lie: lengths on both axes. */
record Windows(
    int height,
    int width,
    int kernelHeight,
    int kernelWidth,
    int strideHeight,
    int strideWidth,
    int dilationHeight,
    int dilationWidth,
    int top,
    int left,
    int outputHeight,
    int outputWidth) {

  static Windows of(
      Shape.Image image, Extent kernel, Extent stride, Padding padding, Extent dilation) {
    int tall = effective(kernel.height(), dilation.height());
    int wide = effective(kernel.width(), dilation.width());
    return of(
        image,
        kernel,
        stride,
        padding,
        dilation,
        padding.outputLength(image.height(), tall, stride.height(), 0),
        padding.outputLength(image.width(), wide, stride.width(), 1));
  }

  private static int effective(int kernel, int dilation) {
    return (kernel - 1) * dilation + 1;
  }

  private static Windows of(
      Shape.Image image,
      Extent kernel,
      Extent stride,
      Padding padding,
      Extent dilation,
      int outputHeight,
      int outputWidth) {
    int tall = effective(kernel.height(), dilation.height());
    int wide = effective(kernel.width(), dilation.width());
    if (outputHeight < 1 || outputWidth < 1) {
      throw new IllegalArgumentException(
          "its window covers %d x %d places, more than the padded image of %d x %d has"
              .formatted(tall, wide, image.height(), image.width()));
    }
    return new Windows(
        image.height(),
        image.width(),
        kernel.height(),
        kernel.width(),
        stride.height(),
        stride.width(),
        dilation.height(),
        dilation.width(),
        padding.before(image.height(), tall, stride.height(), 0),
        padding.before(image.width(), wide, stride.width(), 1),
        outputHeight,
        outputWidth);
  }

  /**
   * Windows of which each holds a place of the image.
   *
   * @param ceilMode whether a last window that stands beyond the padding counts, if it begins
   *     before
   */
  static Windows pooling(
      Shape.Image image, Extent window, Extent stride, Padding padding, boolean ceilMode) {
    Extent one = Extent.square(1);
    Windows windows = of(image, window, stride, padding, one);
    if (ceilMode) {
      windows =
          of(
              image,
              window,
              stride,
              padding,
              one,
              roundedUp(
                  windows.outputHeight,
                  image.height(),
                  windows.top,
                  window.height(),
                  stride.height()),
              roundedUp(
                  windows.outputWidth,
                  image.width(),
                  windows.left,
                  window.width(),
                  stride.width()));
    }
    if (windows.top >= window.height() || windows.left >= window.width()) {
      throw new IllegalArgumentException(
          "padding of %d x %d leaves whole windows of %s outside the image"
              .formatted(windows.top, windows.left, window));
    }
    return windows;
  }

  /** One more window if it covers places that the others do not, as PyTorch decides it. */
  private static int roundedUp(int output, int length, int before, int window, int stride) {
    boolean uncovered = (output - 1) * stride + window < length + 2 * before;
    return uncovered && output * stride < length + before ? output + 1 : output;
  }

  /** Whether each window is one place of the image, and each place has one. */
  boolean isPointwise() {
    return kernelHeight == 1
        && kernelWidth == 1
        && strideHeight == 1
        && strideWidth == 1
        && outputHeight == height
        && outputWidth == width;
  }

  Shape.Image output(int channels) {
    return new Shape.Image(channels, outputHeight, outputWidth);
  }
}
