package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/**
 * The greatest number of each window and channel, the first of equals; -0 equals 0, and a NaN is
 * greater than all. Training remembers the places of the winners.
 *
 * <p>Numbers are compared as integers that have the same order: the JVM vectorizes that, and
 * neither the comparison of floats nor a branch. One output row is computed at a time, window place
 * by window place, on copies that start at 0, because the JVM does not vectorize loops over runs
 * that start at different places of arrays of one type.
 */
final class MaxPoolLayer extends Layer {

  static final LayerMaker<PoolingSpec.MaxPool> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(PoolingSpec.MaxPool spec, Shape input) {
          return Windows.of(LayerMaker.image(input), spec.shape()).output(input.channels());
        }

        @Override
        public PlaceMap places(PoolingSpec.MaxPool spec, Shape.Image input) {
          return PlaceMap.of(
              Windows.of(input, spec.shape()), spec.shape().padding(), spec.shape().ceilMode());
        }

        @Override
        public Layer layer(PoolingSpec.MaxPool spec, Node node, int rows) {
          return new MaxPoolLayer(node, spec, rows);
        }
      };

  static final LayerMaker<PoolingSpec.MaxPool1d> MAKER_1D =
      LayerMaker.ofSequences(MAKER, PoolingSpec.MaxPool1d::in2d);

  private static final int INFINITY = 0x7F800000;
  private static final int NAN = 0x7FC00000;
  private static final int LOWEST = Integer.MIN_VALUE; // below all keys: of padding
  private static final int MASKED = LOWEST + 1; // still below those of numbers

  private final Windows windows;
  private final int channels;
  private final int inputLine; // numbers in one row of the image
  private final int outputLine;
  private final int[] winners; // for each output number its place in the window
  private final int[] steps; // for each place in the window: from the window's first number to it
  private final int[] bits; // of the image's rows under one output row
  private final int[] keys; // the same, in the order of integers
  private final int[] rivalBits; // of one place of all windows of an output row
  private final int[] rivalKeys;
  private final int[] maxBits;
  private final int[] maxKeys;
  private final int[] best;
  private final float[] gradient; // of one output row

  private MaxPoolLayer(Node node, PoolingSpec.MaxPool pool, int rows) {
    super(node);
    this.windows = Windows.of(LayerMaker.image(node.input()), pool.shape());
    this.channels = node.input().channels();
    this.inputLine = windows.width() * channels;
    this.outputLine = windows.outputWidth() * channels;
    this.winners = new int[Math.multiplyExact(rows, node.output().size())];
    this.steps = new int[windows.kernelHeight() * windows.kernelWidth()];
    for (int place = 0; place < steps.length; place++) {
      int row = place / windows.kernelWidth();
      steps[place] = row * inputLine + place % windows.kernelWidth() * channels;
    }
    this.bits = new int[windows.kernelHeight() * inputLine];
    this.keys = new int[bits.length];
    this.rivalBits = new int[outputLine];
    this.rivalKeys = new int[outputLine];
    this.maxBits = new int[outputLine];
    this.maxKeys = new int[outputLine];
    this.best = new int[outputLine];
    this.gradient = new float[outputLine];
  }

  @Override
  void forward(Tensor x, Tensor y, PassContext context) {
    for (int image = 0; image < context.rows; image++) {
      for (int row = 0; row < windows.outputHeight(); row++) {
        int top = top(row);
        int first = Math.max(0, top);
        int height = Math.min(windows.height(), top + windows.kernelHeight()) - first;
        x.readBits(image * node.input().size() + first * inputLine, bits, height * inputLine);
        toKeys(bits, keys, height * inputLine);
        mask(context.masks.of(node.x()), image, first, height);
        Arrays.fill(maxKeys, LOWEST);
        for (int line = 0; line < height; line++) {
          for (int column = 0; column < windows.kernelWidth(); column++) {
            gatherRivals(line, column);
            int place = (first + line - top) * windows.kernelWidth() + column;
            challenge(maxKeys, maxBits, best, rivalKeys, rivalBits, place);
          }
        }
        int at = (image * windows.outputHeight() + row) * outputLine;
        y.writeBits(at, maxBits, outputLine);
        System.arraycopy(best, 0, winners, at, outputLine);
      }
    }
  }

  /** Integers in the order of the floats with these bits; all NaNs become one. */
  private static void toKeys(int[] bits, int[] keys, int length) {
    for (int i = 0; i < length; i++) {
      int sign = bits[i] >> 31;
      int magnitude = bits[i] & Integer.MAX_VALUE;
      int nan = INFINITY - magnitude >> 31;
      keys[i] = (magnitude ^ sign) - sign & ~nan | NAN & nan;
      bits[i] = bits[i] & ~nan | NAN & nan;
    }
  }

  /** Lets masked places of the image's rows win over padding only. */
  private void mask(PlaceMask mask, int image, int first, int height) {
    for (int place = 0; place < height * windows.width() && mask.hides(); place++) {
      if (!mask.isValid(image, first * windows.width() + place)) {
        Arrays.fill(keys, place * channels, (place + 1) * channels, MASKED);
      }
    }
  }

  /** Copies the numbers that stand at one place of the windows of an output row. */
  private void gatherRivals(int line, int column) {
    for (int place = 0; place < windows.outputWidth(); place++) {
      int imageColumn = place * windows.strideWidth() - windows.left() + column;
      int to = place * channels;
      if (imageColumn < 0 || imageColumn >= windows.width()) {
        Arrays.fill(rivalKeys, to, to + channels, LOWEST);
      } else {
        int from = line * inputLine + imageColumn * channels;
        System.arraycopy(keys, from, rivalKeys, to, channels);
        System.arraycopy(bits, from, rivalBits, to, channels);
      }
    }
  }

  private static void challenge(
      int[] maxKeys, int[] maxBits, int[] best, int[] rivalKeys, int[] rivalBits, int place) {
    for (int i = 0; i < maxKeys.length; i++) {
      int difference = maxKeys[i] - rivalKeys[i];
      // All ones if max < rival: the sign of the difference, turned where it overflowed.
      int wins = (difference ^ (maxKeys[i] ^ rivalKeys[i]) & (difference ^ maxKeys[i])) >> 31;
      maxKeys[i] ^= (maxKeys[i] ^ rivalKeys[i]) & wins;
      maxBits[i] ^= (maxBits[i] ^ rivalBits[i]) & wins;
      best[i] ^= (best[i] ^ place) & wins;
    }
  }

  @Override
  void backward(Tensor x, Tensor y, Tensor dy, Tensor dx, PassContext context) {
    int size = node.input().size();
    float[] image = context.imageBuffer(size);
    for (int i = 0; i < context.rows; i++) {
      Arrays.fill(image, 0, size, 0);
      for (int row = 0; row < windows.outputHeight(); row++) {
        int at = (i * windows.outputHeight() + row) * outputLine;
        dy.read(at, gradient, 0, outputLine);
        spread(row, at, image);
      }
      dx.write(i * size, image, 0, size);
    }
  }

  private void spread(int row, int winnersAt, float[] image) {
    int lineAt = top(row) * inputLine;
    for (int place = 0; place < windows.outputWidth(); place++) {
      int from = place * channels;
      int to = lineAt + (place * windows.strideWidth() - windows.left()) * channels;
      for (int c = 0; c < channels; c++) {
        image[to + c + steps[winners[winnersAt + from + c]]] += gradient[from + c];
      }
    }
  }

  /** The first row of the image under an output row; below 0 in the padding. */
  private int top(int outputRow) {
    return outputRow * windows.strideHeight() - windows.top();
  }
}
