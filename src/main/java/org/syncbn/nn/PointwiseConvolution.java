package org.syncbn.nn;

import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.Matrix;
import org.syncbn.tensor.Tensor;

/** A kernel of one place, with stride 1: a product for each image and group, without a copy. */
final class PointwiseConvolution implements Convolution {

  private final int places;
  private final int channels;
  private final int filters;
  private final int groups;
  private final int weightsAt;

  PointwiseConvolution(Windows windows, int channels, int filters, int groups, int weightsAt) {
    this.places = windows.height() * windows.width();
    this.channels = channels;
    this.filters = filters;
    this.groups = groups;
    this.weightsAt = weightsAt;
  }

  @Override
  public void forward(Tensor x, Tensor weights, float beta, Tensor y, int images) {
    for (int group = 0; group < groups; group++) {
      Matrix factor = weights(weights, group);
      for (int image = 0; image < images; image++) {
        Gemm.multiply(
            part(x, channels, image, group), factor, beta, part(y, filters, image, group));
      }
    }
  }

  @Override
  public void weightGradient(Tensor x, Tensor dy, Tensor gradients, int images) {
    for (int group = 0; group < groups; group++) {
      Matrix sum = weights(gradients, group);
      for (int image = 0; image < images; image++) {
        Gemm.multiply(
            part(x, channels, image, group).transposed(),
            part(dy, filters, image, group),
            image == 0 ? 0 : 1,
            sum);
      }
    }
  }

  @Override
  public void inputGradient(Tensor dy, Tensor weights, Tensor dx, int images) {
    for (int group = 0; group < groups; group++) {
      Matrix factor = weights(weights, group).transposed();
      for (int image = 0; image < images; image++) {
        Gemm.multiply(part(dy, filters, image, group), factor, 0, part(dx, channels, image, group));
      }
    }
  }

  /** The numbers of one group at all places of an image. */
  private Matrix part(Tensor images, int depth, int image, int group) {
    int width = depth / groups;
    return Matrix.of(images, image * places * depth + group * width, places, width, depth);
  }

  private Matrix weights(Tensor weights, int group) {
    int rows = channels / groups;
    int columns = filters / groups;
    return Matrix.of(weights, weightsAt + group * rows * columns, rows, columns);
  }
}
