package org.syncbn.nn;

import java.io.Serializable;

/**
 * Which places of an image have to be valid for a place of what windows make of it: those under the
 * window without as much of its rim, on both sides, as it may stand outside the image. So a place
 * is valid where it would exist if the image ended with its last valid place; where the output is
 * as large as the image, it is valid where the image is.
 *
 * @param reachHeight how many places below the first one, at the place times the stride, count too;
 *     if below 0, the one so far above counts alone
 * @param reachWidth the same to the right
 */
record PlaceMap(
    int height,
    int width,
    int outputHeight,
    int outputWidth,
    int strideHeight,
    int strideWidth,
    int reachHeight,
    int reachWidth)
    implements Serializable {

  /**
   * The map of some windows.
   *
   * @param padding that they were made with
   * @param ceilMode whether a last window that is not whole counts too
   */
  static PlaceMap of(Windows windows, Padding padding, boolean ceilMode) {
    int tall = (windows.kernelHeight() - 1) * windows.dilationHeight();
    int wide = (windows.kernelWidth() - 1) * windows.dilationWidth();
    boolean same = padding instanceof Padding.Same;
    return new PlaceMap(
        windows.height(),
        windows.width(),
        windows.outputHeight(),
        windows.outputWidth(),
        windows.strideHeight(),
        windows.strideWidth(),
        same ? 0 : reach(tall, windows.top(), windows.strideHeight(), ceilMode),
        same ? 0 : reach(wide, windows.left(), windows.strideWidth(), ceilMode));
  }

  /** Each place for itself. */
  static PlaceMap identity(Shape.Image image) {
    return new PlaceMap(image.height(), image.width(), image.height(), image.width(), 1, 1, 0, 0);
  }

  private static int reach(int span, int before, int stride, boolean ceilMode) {
    int whole = span - 2 * before;
    return ceilMode ? Math.max(whole + 1 - stride, -before) : whole;
  }

  /** Whether each place is valid where the image's is. */
  boolean isIdentity() {
    return height == outputHeight
        && width == outputWidth
        && strideHeight == 1
        && strideWidth == 1
        && reachHeight == 0
        && reachWidth == 0;
  }

  /** Masks what the mask of the images hides. */
  void move(PlaceMask images, PlaceMask result, int rows) {
    for (int row = 0; row < rows && images.hides(); row++) {
      for (int place = 0; place < outputHeight * outputWidth; place++) {
        if (!isValid(images, row, place / outputWidth, place % outputWidth)) {
          result.hide(row, place);
        }
      }
    }
  }

  private boolean isValid(PlaceMask images, int row, int outputRow, int outputColumn) {
    int bottom = outputRow * strideHeight + reachHeight;
    int right = outputColumn * strideWidth + reachWidth;
    int top = Math.min(bottom, outputRow * strideHeight);
    int left = Math.min(right, outputColumn * strideWidth);
    for (int y = inside(top, height); y <= inside(bottom, height); y++) {
      for (int x = inside(left, width); x <= inside(right, width); x++) {
        if (!images.isValid(row, y * width + x)) {
          return false;
        }
      }
    }
    return true;
  }

  private static int inside(int place, int length) {
    return Math.max(0, Math.min(place, length - 1));
  }
}
