package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/**
 * One filter for each channel: sums in float over the kernel's places in their order, because
 * matrix products would have one column each.
 *
 * <p>A whole row of an image is computed at a time, with the weights repeated for each of its
 * places: the JVM vectorizes such loops if they are long and all their arrays begin at 0.
 */
final class DepthwiseConvolution implements Convolution {

  private final Windows windows;
  private final int channels;
  private final int weightsAt;
  private final int kernelPlaces;
  private final int inputLine; // numbers in one row of the image
  private final int outputLine;
  private final int paddedLine; // a row of the image with zeros around it
  private final int shift; // places of a spread row in front of the first number
  private final int spreadLine; // a row of the output's gradient, as far apart as windows are
  private final float[] paddedImage;
  private final float[] run; // what stands under one place of the kernel
  private final float[] sum;
  private final float[][] sums; // for each place of the kernel
  private final float[] weightValues;
  private final float[] weightSums;
  private final float[][] repeated; // for each place of the kernel its weights, again and again

  private float[] spreadImage; // made when first needed

  DepthwiseConvolution(Windows windows, int channels, int weightsAt) {
    this.windows = windows;
    this.channels = channels;
    this.weightsAt = weightsAt;
    this.kernelPlaces = windows.kernelHeight() * windows.kernelWidth();
    this.inputLine = windows.width() * channels;
    this.outputLine = windows.outputWidth() * channels;
    int lastColumn = (windows.kernelWidth() - 1) * windows.dilationWidth();
    int reach = (windows.outputWidth() - 1) * windows.strideWidth() + lastColumn + 1;
    this.paddedLine = Math.max(reach, windows.left() + windows.width()) * channels;
    this.shift = Math.max(0, lastColumn - windows.left());
    this.spreadLine = (shift + windows.left() + windows.width()) * channels;
    this.paddedImage = new float[windows.height() * paddedLine];
    int line = Math.max(inputLine, outputLine);
    this.run = new float[line];
    this.sum = new float[line];
    this.sums = new float[kernelPlaces][outputLine];
    this.weightValues = new float[kernelPlaces * channels];
    this.weightSums = new float[weightValues.length];
    this.repeated = new float[kernelPlaces][line];
  }

  @Override
  public void forward(Tensor x, Tensor weights, float beta, Tensor y, int images, Scratch scratch) {
    repeatWeights(weights);
    for (int image = 0; image < images; image++) {
      pad(x, image);
      for (int row = 0; row < windows.outputHeight(); row++) {
        int at = (image * windows.outputHeight() + row) * outputLine;
        if (beta == 0) {
          Arrays.fill(sum, 0, outputLine, 0);
        } else {
          y.read(at, sum, 0, outputLine);
        }
        for (int place = 0; place < kernelPlaces; place++) {
          if (gather(row, place)) {
            addProducts(run, repeated[place], sum, outputLine);
          }
        }
        y.write(at, sum, 0, outputLine);
      }
    }
  }

  @Override
  public void weightGradient(Tensor x, Tensor dy, Tensor gradients, int images, Scratch scratch) {
    for (float[] some : sums) {
      Arrays.fill(some, 0);
    }
    for (int image = 0; image < images; image++) {
      pad(x, image);
      for (int row = 0; row < windows.outputHeight(); row++) {
        int at = (image * windows.outputHeight() + row) * outputLine;
        dy.read(at, sum, 0, outputLine);
        for (int place = 0; place < kernelPlaces; place++) {
          if (gather(row, place)) {
            addProducts(run, sum, sums[place], outputLine);
          }
        }
      }
    }
    for (int channel = 0; channel < channels; channel++) {
      for (int place = 0; place < kernelPlaces; place++) {
        double total = 0;
        for (int i = channel; i < outputLine; i += channels) {
          total += sums[place][i];
        }
        weightSums[channel * kernelPlaces + place] = (float) total;
      }
    }
    gradients.write(weightsAt, weightSums, 0, weightSums.length);
  }

  @Override
  public void inputGradient(Tensor dy, Tensor weights, Tensor dx, int images, Scratch scratch) {
    if (spreadImage == null) {
      spreadImage = new float[windows.outputHeight() * spreadLine];
    }
    repeatWeights(weights);
    for (int image = 0; image < images; image++) {
      spread(dy, image);
      for (int row = 0; row < windows.height(); row++) {
        Arrays.fill(sum, 0, inputLine, 0);
        for (int place = kernelPlaces - 1; place >= 0; place--) { // output by output
          int kernelRow = place / windows.kernelWidth();
          int ahead = row + windows.top() - kernelRow * windows.dilationHeight();
          int output = ahead / windows.strideHeight();
          if (ahead >= 0
              && ahead % windows.strideHeight() == 0
              && output < windows.outputHeight()) {
            int column = place % windows.kernelWidth() * windows.dilationWidth();
            int from = output * spreadLine + (shift + windows.left() - column) * channels;
            System.arraycopy(spreadImage, from, run, 0, inputLine);
            addProducts(run, repeated[place], sum, inputLine);
          }
        }
        dx.write((image * windows.height() + row) * inputLine, sum, 0, inputLine);
      }
    }
  }

  private static void addProducts(float[] a, float[] b, float[] sum, int length) {
    for (int i = 0; i < length; i++) {
      sum[i] += a[i] * b[i];
    }
  }

  private void repeatWeights(Tensor weights) {
    weights.read(weightsAt, weightValues, 0, weightValues.length);
    for (int place = 0; place < kernelPlaces; place++) {
      for (int channel = 0; channel < channels; channel++) {
        repeated[place][channel] = weightValues[channel * kernelPlaces + place];
      }
      for (int at = channels; at < run.length; at += channels) {
        System.arraycopy(repeated[place], 0, repeated[place], at, channels);
      }
    }
  }

  private void pad(Tensor x, int image) {
    for (int row = 0; row < windows.height(); row++) {
      int to = row * paddedLine + windows.left() * channels;
      x.read((image * windows.height() + row) * inputLine, paddedImage, to, inputLine);
    }
  }

  /** Copies what stands under one place of the kernel in an output row; false if it is padding. */
  private boolean gather(int outputRow, int place) {
    int imageRow =
        outputRow * windows.strideHeight()
            - windows.top()
            + place / windows.kernelWidth() * windows.dilationHeight();
    if (imageRow < 0 || imageRow >= windows.height()) {
      return false;
    }
    int column = place % windows.kernelWidth() * windows.dilationWidth();
    int from = imageRow * paddedLine + column * channels;
    if (windows.strideWidth() == 1) {
      System.arraycopy(paddedImage, from, run, 0, outputLine);
    } else {
      int step = windows.strideWidth() * channels;
      for (int i = 0; i < windows.outputWidth(); i++) {
        System.arraycopy(paddedImage, from + i * step, run, i * channels, channels);
      }
    }
    return true;
  }

  /** Copies dy to the columns of the image where windows begin; others stay 0. */
  private void spread(Tensor dy, int image) {
    for (int row = 0; row < windows.outputHeight(); row++) {
      dy.read((image * windows.outputHeight() + row) * outputLine, run, 0, outputLine);
      for (int i = 0; i < windows.outputWidth(); i++) {
        int place = shift + i * windows.strideWidth();
        if ((place + 1) * channels <= spreadLine) { // others stand over padding alone
          System.arraycopy(
              run, i * channels, spreadImage, row * spreadLine + place * channels, channels);
        }
      }
    }
  }
}
