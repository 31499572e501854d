package org.syncbn.nn;

import org.syncbn.tensor.Tensor;

/** The mean of each window and channel: a depthwise convolution of ones, divided. */
final class AveragePoolLayer extends Layer {

  static final LayerMaker<PoolingSpec.AveragePool> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(PoolingSpec.AveragePool spec, Shape input) {
          return Windows.of(LayerMaker.image(input), spec.shape()).output(input.channels());
        }

        @Override
        public PlaceMap places(PoolingSpec.AveragePool spec, Shape.Image input) {
          return PlaceMap.of(
              Windows.of(input, spec.shape()), spec.shape().padding(), spec.shape().ceilMode());
        }

        @Override
        public Layer layer(PoolingSpec.AveragePool spec, Node node, int rows) {
          return new AveragePoolLayer(node, spec);
        }
      };

  static final LayerMaker<PoolingSpec.AveragePool1d> MAKER_1D =
      LayerMaker.ofSequences(MAKER, PoolingSpec.AveragePool1d::in2d);

  private final DepthwiseConvolution convolution;
  private final Tensor ones;
  private final int channels;
  private final Windows windows;
  private final boolean countsPadding;
  private final float[] shares; // of one number, by output place
  private final float[] maskedShares; // the same in one image
  private final float[] output;
  private final Tensor scaled; // the gradient of one image's output

  private AveragePoolLayer(Node node, PoolingSpec.AveragePool pool) {
    super(node);
    this.windows = Windows.of(LayerMaker.image(node.input()), pool.shape());
    this.countsPadding = pool.countIncludePad();
    this.channels = node.input().channels();
    this.convolution = new DepthwiseConvolution(windows, channels, 0);
    this.ones = Tensor.zeros(windows.kernelHeight() * windows.kernelWidth() * channels);
    ones.fill(1);
    this.output = new float[node.output().size()];
    this.scaled = Tensor.zeros(1, output.length);
    this.shares = new float[output.length / channels];
    this.maskedShares = new float[shares.length];
    for (int place = 0; place < shares.length; place++) {
      int row = place / windows.outputWidth() * windows.strideHeight() - windows.top();
      int column = place % windows.outputWidth() * windows.strideWidth() - windows.left();
      int tall = count(row, windows.kernelHeight(), windows.height(), windows.top(), pool);
      int wide = count(column, windows.kernelWidth(), windows.width(), windows.left(), pool);
      shares[place] = 1f / (tall * wide);
    }
  }

  /** How many places of a window count along one axis. */
  private static int count(
      int first, int window, int length, int before, PoolingSpec.AveragePool pool) {
    if (!pool.countIncludePad()) {
      return Math.min(length, first + window) - Math.max(0, first);
    }
    return pool.shape().ceilMode() ? Math.min(length + before, first + window) - first : window;
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    convolution.forward(x, ones, 0, y, context.rows, context.scratch);
    for (int image = 0; image < context.rows; image++) {
      y.read(image * output.length, output, 0, output.length);
      scale(shares(context.masks.of(node.x()), image));
      y.write(image * output.length, output, 0, output.length);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    for (int image = 0; image < context.rows; image++) {
      dy.read(image * output.length, output, 0, output.length);
      scale(shares(context.masks.of(node.x()), image));
      scaled.write(0, output, 0, output.length);
      convolution.inputGradient(scaled, ones, dx.rows(image, image + 1), 1, context.scratch);
    }
  }

  /** Masked places count as padding does. */
  private float[] shares(PlaceMask mask, int image) {
    if (countsPadding || !mask.hides()) {
      return shares;
    }
    for (int place = 0; place < shares.length; place++) {
      int top = place / windows.outputWidth() * windows.strideHeight() - windows.top();
      int left = place % windows.outputWidth() * windows.strideWidth() - windows.left();
      int count = 0;
      for (int y = Math.max(0, top);
          y < Math.min(windows.height(), top + windows.kernelHeight());
          y++) {
        for (int x = Math.max(0, left);
            x < Math.min(windows.width(), left + windows.kernelWidth());
            x++) {
          count += mask.isValid(image, y * windows.width() + x) ? 1 : 0;
        }
      }
      maskedShares[place] = 1f / Math.max(1, count);
    }
    return maskedShares;
  }

  private void scale(float[] shares) {
    for (int place = 0; place < shares.length; place++) {
      int end = (place + 1) * channels;
      for (int i = place * channels; i < end; i++) {
        output[i] *= shares[place];
      }
    }
  }
}
