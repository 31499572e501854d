package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/** The mean of each window and channel. */
final class AveragePoolLayer extends Layer {

  static final LayerMaker<LayerSpec.AveragePool> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LayerSpec.AveragePool spec, Shape input) {
          return windows(spec, input).output(input.channels());
        }

        @Override
        public Layer layer(LayerSpec.AveragePool spec, Node node, int rows) {
          return new AveragePoolLayer(node, spec);
        }
      };

  private final Windows windows;
  private final boolean countsOutside;
  private final int channels;
  private final float[] output;

  private AveragePoolLayer(Node node, LayerSpec.AveragePool pool) {
    super(node);
    this.windows = windows(pool, node.input());
    this.countsOutside = pool.countIncludePad();
    this.channels = node.input().channels();
    this.output = new float[node.output().size()];
  }

  private static Windows windows(LayerSpec.AveragePool pool, Shape input) {
    return Windows.pooling(LayerMaker.image(input), pool.window(), pool.stride(), pool.padding());
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    int size = node.input().size();
    float[] image = context.imageBuffer(size);
    for (int i = 0; i < context.rows; i++) {
      x.read(i * size, image, 0, size);
      Arrays.fill(output, 0);
      for (int place = 0; place < output.length / channels; place++) {
        sumWindow(image, place);
      }
      y.write(i * output.length, output, 0, output.length);
    }
  }

  private void sumWindow(float[] image, int place) {
    int left = left(place);
    int right = right(place);
    int to = place * channels;
    for (int row = top(place); row < bottom(place); row++) {
      for (int column = left; column < right; column++) {
        int from = (row * windows.width() + column) * channels;
        for (int c = 0; c < channels; c++) {
          output[to + c] += image[from + c];
        }
      }
    }
    float share = share(place);
    for (int c = 0; c < channels; c++) {
      output[to + c] *= share;
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    int size = node.input().size();
    float[] image = context.imageBuffer(size);
    for (int i = 0; i < context.rows; i++) {
      dy.read(i * output.length, output, 0, output.length);
      Arrays.fill(image, 0, size, 0);
      for (int place = 0; place < output.length / channels; place++) {
        spreadWindow(image, place);
      }
      dx.write(i * size, image, 0, size);
    }
  }

  private void spreadWindow(float[] image, int place) {
    int left = left(place);
    int right = right(place);
    int from = place * channels;
    float share = share(place);
    for (int row = top(place); row < bottom(place); row++) {
      for (int column = left; column < right; column++) {
        int to = (row * windows.width() + column) * channels;
        for (int c = 0; c < channels; c++) {
          image[to + c] += share * output[from + c];
        }
      }
    }
  }

  private float share(int place) {
    int count =
        countsOutside
            ? windows.kernelHeight() * windows.kernelWidth()
            : (bottom(place) - top(place)) * (right(place) - left(place));
    return 1f / count;
  }

  private int firstRow(int place) {
    return place / windows.outputWidth() * windows.strideHeight() - windows.top();
  }

  private int firstColumn(int place) {
    return place % windows.outputWidth() * windows.strideWidth() - windows.left();
  }

  private int top(int place) {
    return Math.max(0, firstRow(place));
  }

  private int bottom(int place) {
    return Math.min(windows.height(), firstRow(place) + windows.kernelHeight());
  }

  private int left(int place) {
    return Math.max(0, firstColumn(place));
  }

  private int right(int place) {
    return Math.min(windows.width(), firstColumn(place) + windows.kernelWidth());
  }
}
