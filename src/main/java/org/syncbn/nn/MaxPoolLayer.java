package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/** The greatest number of each window and channel, the first of equals; remembers which. */
final class MaxPoolLayer extends Layer {

  private final Windows windows;
  private final int channels;
  private final int inputLine; // numbers in one row of the image
  private final int outputLine;
  private final int[] winners; // for each output number its place among the image's rows in reach
  private final float[] lines; // the image's rows under one output row
  private final float[] output;
  private final float[] max; // of one window
  private final int[] best;

  MaxPoolLayer(Node node, LayerSpec.MaxPool pool, int rows) {
    super(node);
    this.windows =
        Windows.pooling((Shape.Image) node.input(), pool.window(), pool.stride(), pool.padding());
    this.channels = node.input().channels();
    this.inputLine = windows.width() * channels;
    this.outputLine = windows.outputWidth() * channels;
    this.winners = new int[Math.multiplyExact(rows, node.output().size())];
    this.lines = new float[windows.kernelHeight() * inputLine];
    this.output = new float[outputLine];
    this.max = new float[channels];
    this.best = new int[channels];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    for (int image = 0; image < context.rows; image++) {
      for (int row = 0; row < windows.outputHeight(); row++) {
        int top = top(row);
        int height = bottom(row) - top;
        x.read(image * node.input().size() + top * inputLine, lines, 0, height * inputLine);
        int at = (image * windows.outputHeight() + row) * outputLine;
        for (int place = 0; place < windows.outputWidth(); place++) {
          findWinners(place, height, at + place * channels);
        }
        y.write(at, output, 0, outputLine);
      }
    }
  }

  private void findWinners(int place, int height, int winnersAt) {
    int from = Math.max(0, place * windows.strideWidth() - windows.left());
    int to =
        Math.min(
            windows.width(),
            place * windows.strideWidth() - windows.left() + windows.kernelWidth());
    int first = from * channels;
    for (int c = 0; c < channels; c++) {
      best[c] = first + c;
      max[c] = lines[first + c];
    }
    for (int row = 0; row < height; row++) {
      for (int i = from; i < to; i++) {
        challenge((row * windows.width() + i) * channels);
      }
    }
    System.arraycopy(max, 0, output, place * channels, channels);
    System.arraycopy(best, 0, winners, winnersAt, channels);
  }

  private void challenge(int rivals) {
    for (int c = 0; c < max.length; c++) {
      float rival = lines[rivals + c];
      // 1 if max < rival: the sign of the difference. A branch would be mispredicted.
      int wins = Float.floatToRawIntBits(max[c] - rival) >>> 31;
      best[c] += wins * (rivals + c - best[c]);
      max[c] = Math.max(max[c], rival);
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    float[] gradient = context.imageBuffer(node.input().size());
    for (int image = 0; image < context.rows; image++) {
      Arrays.fill(gradient, 0, node.input().size(), 0);
      for (int row = 0; row < windows.outputHeight(); row++) {
        int at = (image * windows.outputHeight() + row) * outputLine;
        int base = top(row) * inputLine;
        dy.read(at, output, 0, outputLine);
        for (int i = 0; i < outputLine; i++) {
          gradient[base + winners[at + i]] += output[i];
        }
      }
      dx.write(image * node.input().size(), gradient, 0, node.input().size());
    }
  }

  private int top(int outputRow) {
    return Math.max(0, outputRow * windows.strideHeight() - windows.top());
  }

  private int bottom(int outputRow) {
    int end = outputRow * windows.strideHeight() - windows.top() + windows.kernelHeight();
    return Math.min(windows.height(), end);
  }
}
