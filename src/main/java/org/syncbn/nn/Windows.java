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
    int tall = (kernel.height() - 1) * dilation.height() + 1;
    int wide = (kernel.width() - 1) * dilation.width() + 1;
    int outputHeight = padding.outputLength(image.height(), tall, stride.height(), 0);
    int outputWidth = padding.outputLength(image.width(), wide, stride.width(), 1);
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

  /** Windows of which each holds a place of the image. */
  static Windows pooling(Shape.Image image, Extent window, Extent stride, Padding padding) {
    Windows windows = of(image, window, stride, padding, Extent.square(1));
    if (windows.top >= window.height() || windows.left >= window.width()) {
      throw new IllegalArgumentException(
          "padding of %d x %d leaves whole windows of %s outside the image"
              .formatted(windows.top, windows.left, window));
    }
    return windows;
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
