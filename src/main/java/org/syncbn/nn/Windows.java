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

  static Windows of(Shape.Image image, ConvolutionShape shape) {
    Extent covered = shape.covered();
    Extent stride = shape.stride();
    Padding padding = shape.padding();
    return of(
        image,
        shape,
        padding.outputLength(image.height(), covered.height(), stride.height(), 0),
        padding.outputLength(image.width(), covered.width(), stride.width(), 1));
  }

  private static Windows of(
      Shape.Image image, ConvolutionShape shape, int outputHeight, int outputWidth) {
    Extent kernel = shape.kernel();
    Extent stride = shape.stride();
    Extent covered = shape.covered();
    if (outputHeight < 1 || outputWidth < 1) {
      throw new IllegalArgumentException(
          "its window covers %s places, more than the padded image of %d x %d has"
              .formatted(covered, image.height(), image.width()));
    }
    return new Windows(
        image.height(),
        image.width(),
        kernel.height(),
        kernel.width(),
        stride.height(),
        stride.width(),
        shape.dilation().height(),
        shape.dilation().width(),
        shape.padding().before(image.height(), covered.height(), stride.height(), 0),
        shape.padding().before(image.width(), covered.width(), stride.width(), 1),
        outputHeight,
        outputWidth);
  }

  /** Windows of which each holds a place of the image. */
  static Windows of(Shape.Image image, PoolingShape shape) {
    Extent window = shape.window();
    Extent stride = shape.stride();
    ConvolutionShape convolution = ConvolutionShape.of(window).with(stride, shape.padding());
    Windows windows = of(image, convolution);
    int top = windows.top;
    int left = windows.left;
    if (shape.ceilMode()) {
      windows =
          of(
              image,
              convolution,
              roundedUp(
                  windows.outputHeight, image.height(), top, window.height(), stride.height()),
              roundedUp(windows.outputWidth, image.width(), left, window.width(), stride.width()));
    }
    if (top >= window.height() || left >= window.width()) {
      throw new IllegalArgumentException(
          "padding of %d x %d leaves whole windows of %s outside the image"
              .formatted(top, left, window));
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
