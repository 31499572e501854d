package org.syncbn.nn;

import java.io.Serializable;

/**
 * Where the windows of a convolution lie, and which channels they cover.
 *
 * @param kernel the window
 * @param stride from one window to the next
 * @param padding zeros around the image
 * @param dilation from one place of a window to the next
 * @param groups into how many independent convolutions channels and filters are divided
 */
public record ConvolutionShape(
    Extent kernel, Extent stride, Padding padding, Extent dilation, int groups)
    implements Serializable {

  /** Rejects less than one group. */
  public ConvolutionShape {
    Limits.requirePositive(groups, "groups of a convolution");
  }

  /** PyTorch's defaults: stride 1, no padding. */
  public static ConvolutionShape of(Extent kernel) {
    Extent one = Extent.square(1);
    return new ConvolutionShape(kernel, one, Padding.valid(), one, 1);
  }

  /** The same with another stride and padding. */
  public ConvolutionShape with(Extent newStride, Padding newPadding) {
    return new ConvolutionShape(kernel, newStride, newPadding, dilation, groups);
  }

  /** The same with another dilation and number of groups. */
  public ConvolutionShape with(Extent newDilation, int newGroups) {
    return new ConvolutionShape(kernel, stride, padding, newDilation, newGroups);
  }

  /** The lengths of windows with their dilation. */
  Extent covered() {
    return new Extent(
        (kernel.height() - 1) * dilation.height() + 1, (kernel.width() - 1) * dilation.width() + 1);
  }

  /** The same for sequences, which are images of height 1. */
  ConvolutionShape alongRows() {
    return new ConvolutionShape(
        kernel.alongRows(), stride.alongRows(), padding.alongRows(), dilation.alongRows(), groups);
  }

  /** Rejects groups that do not divide the filters. */
  void requireDivides(int filters) {
    Limits.requirePositive(filters, "filters of a convolution");
    if (filters % groups != 0) {
      throw new IllegalArgumentException(
          filters + " filters cannot be divided into " + groups + " groups");
    }
  }
}
