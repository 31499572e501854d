package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/**
 * The linear map of a convolution, on channels-last images, and what its gradients need. Holds
 * buffers of its own.
 *
 * <p>Weights lie in memory as {@code [groups, kernel height, kernel width, channels, filters]} of
 * one group. Each image is computed for itself.
 */
interface Convolution {

  /**
   * Writes {@code y = convolution(x) + beta * y}.
   *
   * @param weights all weights of the network
   * @param beta 0 or 1
   * @param scratch of at least {@link #scratch} numbers is overwritten, here and below
   */
  void forward(Tensor x, Tensor weights, float beta, Tensor y, int images, Scratch scratch);

  /** Writes the gradients of the weights, added up over the images in their order. */
  void weightGradient(Tensor x, Tensor dy, Tensor gradients, int images, Scratch scratch);

  /** Writes dx, what the transposed map makes of dy. */
  void inputGradient(Tensor dy, Tensor weights, Tensor dx, int images, Scratch scratch);

  /** How many numbers of scratch memory are used. */
  default int scratch() {
    return 0;
  }

  /**
   * The fastest way for a shape.
   *
   * @param weightsAt where the weights begin in the flat vector
   */
  static Convolution of(Windows windows, int channels, int filters, int groups, int weightsAt) {
    if (groups == channels && groups == filters) {
      return new DepthwiseConvolution(windows, channels, weightsAt);
    }
    return windows.isPointwise()
        ? new PointwiseConvolution(windows, channels, filters, groups, weightsAt)
        : new UnrolledConvolution(windows, channels, filters, groups, weightsAt);
  }
}
