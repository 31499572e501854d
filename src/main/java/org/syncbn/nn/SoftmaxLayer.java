package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** Softmax over the features of a row, or the channels of each place of an image. */
final class SoftmaxLayer extends Layer {

  private final int channels;
  private final float[] values;
  private final float[] gradient;

  SoftmaxLayer(Node node) {
    super(node);
    this.channels = node.input().channels();
    this.values = new float[channels];
    this.gradient = new float[channels];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    for (int at = 0; at < x.size(); at += channels) {
      x.read(at, values, 0, channels);
      StableMath.softmax(values);
      y.write(at, values, 0, channels);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    for (int at = 0; at < dy.size(); at += channels) {
      y.read(at, values, 0, channels);
      dy.read(at, gradient, 0, channels);
      double mean = 0;
      for (int i = 0; i < channels; i++) {
        mean += (double) values[i] * gradient[i];
      }
      for (int i = 0; i < channels; i++) {
        gradient[i] = (float) (values[i] * (gradient[i] - mean));
      }
      dx.write(at, gradient, 0, channels);
    }
  }

  @Override
  boolean worksInPlace() {
    return true;
  }

  @Override
  boolean readsOutput() {
    return true;
  }
}
