package org.syncbn.nn;

import java.io.Serializable;

/**
 * Where the windows of a pooling lie.
 *
 * @param window its size
 * @param stride from one window to the next
 * @param padding how far windows stand outside
 * @param ceilMode whether a last window that is not whole counts too; not with {@link
 *     Padding#same}, which counts it anyway
 */
public record PoolingShape(Extent window, Extent stride, Padding padding, boolean ceilMode)
    implements Serializable {

  /** Rejects the ceil mode beside the padding {@code same}. */
  public PoolingShape {
    if (ceilMode && padding instanceof Padding.Same) {
      throw new IllegalArgumentException(
          "ceilMode goes with a padding in numbers: same counts the last window anyway");
    }
  }

  /** Whole windows only. */
  public PoolingShape(Extent window, Extent stride, Padding padding) {
    this(window, stride, padding, false);
  }

  /** Windows side by side. */
  public static PoolingShape of(int length) {
    return new PoolingShape(Extent.square(length), Extent.square(length), Padding.valid());
  }

  /** The same for sequences, which are images of height 1. */
  PoolingShape alongRows() {
    return new PoolingShape(window.alongRows(), stride.alongRows(), padding.alongRows(), ceilMode);
  }
}
