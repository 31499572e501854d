package org.syncbn.nn;

import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.Matrix;
import org.syncbn.tensor.Tensor;

/** A kernel of one place, with stride 1: a product for each image and group, without a copy. */
final class PointwiseConvolution implements Convolution {

  private final int channels;
  private final int filters;
  private final int groups;
  private final int weightsAt;
  private final ImageMatrices inputs;
  private final ImageMatrices inputGradients;
  private final ImageMatrices outputs;
  private final ImageMatrices outputGradients;

  PointwiseConvolution(Windows windows, int channels, int filters, int groups, int weightsAt) {
    this.channels = channels;
    this.filters = filters;
    this.groups = groups;
    this.weightsAt = weightsAt;
    int places = windows.height() * windows.width();
    this.inputs = new ImageMatrices(places, channels, groups);
    this.inputGradients = new ImageMatrices(places, channels, groups);
    this.outputs = new ImageMatrices(places, filters, groups);
    this.outputGradients = new ImageMatrices(places, filters, groups);
  }

  @Override
  public void forward(Tensor x, Tensor weights, float beta, Tensor y, int images, Scratch scratch) {
    inputs.of(x);
    outputs.of(y);
    for (int group = 0; group < groups; group++) {
      Matrix factor = weights(weights, group);
      for (int image = 0; image < images; image++) {
        Gemm.multiply(inputs.get(image, group), factor, beta, outputs.get(image, group));
      }
    }
  }

  @Override
  public void weightGradient(Tensor x, Tensor dy, Tensor gradients, int images, Scratch scratch) {
    inputs.of(x);
    outputGradients.of(dy);
    for (int group = 0; group < groups; group++) {
      Matrix sum = weights(gradients, group);
      for (int image = 0; image < images; image++) {
        Gemm.multiply(
            inputs.transposed(image, group),
            outputGradients.get(image, group),
            image == 0 ? 0 : 1,
            sum);
      }
    }
  }

  @Override
  public void inputGradient(Tensor dy, Tensor weights, Tensor dx, int images, Scratch scratch) {
    outputGradients.of(dy);
    inputGradients.of(dx);
    for (int group = 0; group < groups; group++) {
      Matrix factor = weights(weights, group).transposed();
      for (int image = 0; image < images; image++) {
        Gemm.multiply(
            outputGradients.get(image, group), factor, 0, inputGradients.get(image, group));
      }
    }
  }

  private Matrix weights(Tensor weights, int group) {
    int rows = channels / groups;
    int columns = filters / groups;
    return Matrix.of(weights, weightsAt + group * rows * columns, rows, columns);
  }
}
