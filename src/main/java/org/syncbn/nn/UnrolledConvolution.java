package org.syncbn.nn;

import java.util.Arrays;
import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.Matrix;
import org.syncbn.tensor.Tensor;

/**
 * Any convolution, as matrix products of patches of the image, image by image.
 *
 * <p>The image is unrolled along its rows only: for each of its rows and each place of an output
 * row stand the numbers under one row of the kernel, {@code [image rows, output width, kernel width
 * * channels]}. The products with the kernel's rows add up, each reading the unrolled image from
 * another row on; that copies each number {@code kernel width} times, not {@code kernel height *
 * kernel width} times. Where that makes the products too thin (few channels), kernel rows are
 * unrolled too and there is one product. With a stride, unrolled rows are sorted by their
 * remainder, so that the rows of one product stay neighbours.
 */
final class UnrolledConvolution implements Convolution {

  /** Sums of a product shorter than this are not worth a call. */
  private static final int THIN = 32;

  /** Runs up to this length are copied number by number: a call would cost more. */
  private static final int SHORT = 8;

  private static final int OUTSIDE = -1;

  private final Windows windows;
  private final int channels; // of the image
  private final int filters; // of the output
  private final int groups;
  private final int groupChannels;
  private final int groupFilters;
  private final int weightsAt;

  private final int across; // numbers under one row of the kernel
  private final int unrolledKernelRows; // 1, or all
  private final int columns; // of the unrolled image
  private final int places; // of the output
  private final int[] imageRows; // for each unrolled row and kernel row in it: the image's, OUTSIDE
  private final int[] starts; // for each product: its first unrolled row

  private final ImageMatrices outputs;
  private final ImageMatrices outputGradients;
  private final int unrolledRows;
  private final float[] line; // one image row with zeros around it
  private final float[] unrolledRow;
  private final float[] pixels; // one image, or its gradient
  private final float[] summands; // a number for each of one group at all places of an output row
  private final float[] sums;

  private Tensor unrolled = Tensor.zeros(0); // or its gradient; other layers use the memory too
  private Matrix[] patches = {}; // by product
  private Matrix[] patchesTransposed = {};
  private float[] lines = {}; // of the image's gradient

  UnrolledConvolution(Windows windows, int channels, int filters, int groups, int weightsAt) {
    this.windows = windows;
    this.channels = channels;
    this.filters = filters;
    this.groups = groups;
    this.groupChannels = channels / groups;
    this.groupFilters = filters / groups;
    this.weightsAt = weightsAt;
    this.across = windows.kernelWidth() * groupChannels;
    this.unrolledKernelRows = across < THIN ? windows.kernelHeight() : 1;
    this.columns = unrolledKernelRows * across;
    this.places = windows.outputHeight() * windows.outputWidth();
    this.outputs = new ImageMatrices(places, filters, groups);
    this.outputGradients = new ImageMatrices(places, filters, groups);
    this.starts = new int[windows.kernelHeight() / unrolledKernelRows];
    this.imageRows = unrolledKernelRows == 1 ? rowsByRemainder() : rowsByOutput();
    this.unrolledRows = imageRows.length / unrolledKernelRows;
    this.unrolledRow = new float[windows.outputWidth() * columns];
    int reach =
        (windows.outputWidth() - 1) * windows.strideWidth()
            + (windows.kernelWidth() - 1) * windows.dilationWidth()
            + 1;
    this.line = new float[Math.max(reach, windows.left() + windows.width()) * groupChannels];
    this.pixels = new float[windows.height() * windows.width() * channels];
    this.summands = new float[windows.outputWidth() * groupChannels];
    this.sums = new float[summands.length];
  }

  /** Unrolled rows are padded image rows, sorted by their remainder modulo the stride. */
  private int[] rowsByRemainder() {
    int stride = windows.strideHeight();
    int height =
        (windows.outputHeight() - 1) * stride
            + (windows.kernelHeight() - 1) * windows.dilationHeight()
            + 1;
    int[] rows = new int[height];
    int[] firstOfRemainder = new int[stride];
    int at = 0;
    for (int remainder = 0; remainder < stride; remainder++) {
      firstOfRemainder[remainder] = at;
      for (int row = remainder; row < height; row += stride) {
        rows[at++] = imageRow(row);
      }
    }
    for (int kernelRow = 0; kernelRow < starts.length; kernelRow++) {
      int first = kernelRow * windows.dilationHeight();
      starts[kernelRow] = firstOfRemainder[first % stride] + first / stride;
    }
    return rows;
  }

  /** Unrolled rows are output rows, with all kernel rows side by side. */
  private int[] rowsByOutput() {
    int[] rows = new int[windows.outputHeight() * unrolledKernelRows];
    for (int i = 0; i < rows.length; i++) {
      int output = i / unrolledKernelRows;
      int kernelRow = i % unrolledKernelRows;
      rows[i] = imageRow(output * windows.strideHeight() + kernelRow * windows.dilationHeight());
    }
    return rows;
  }

  private int imageRow(int paddedRow) {
    int row = paddedRow - windows.top();
    return row < 0 || row >= windows.height() ? OUTSIDE : row;
  }

  @Override
  public int scratch() {
    return Math.multiplyExact(unrolledRows, unrolledRow.length);
  }

  private void use(Scratch scratch) {
    Tensor memory = scratch.atLeast(scratch());
    if (memory != unrolled) {
      unrolled = memory;
      patches = patches();
      patchesTransposed = transposed(patches);
    }
  }

  @Override
  public void forward(Tensor x, Tensor weights, float beta, Tensor y, int images, Scratch scratch) {
    use(scratch);
    outputs.of(y);
    Matrix[] factors = weights(weights);
    for (int image = 0; image < images; image++) {
      read(x, image);
      for (int group = 0; group < groups; group++) {
        unroll(group);
        Matrix output = outputs.get(image, group);
        for (int product = 0; product < patches.length; product++) {
          Gemm.multiply(
              patches[product],
              factors[group * patches.length + product],
              product == 0 ? beta : 1,
              output);
        }
      }
    }
  }

  @Override
  public void weightGradient(Tensor x, Tensor dy, Tensor gradients, int images, Scratch scratch) {
    use(scratch);
    outputGradients.of(dy);
    Matrix[] sums = weights(gradients);
    for (int image = 0; image < images; image++) {
      read(x, image);
      for (int group = 0; group < groups; group++) {
        unroll(group);
        Matrix outputGradient = outputGradients.get(image, group);
        for (int product = 0; product < patches.length; product++) {
          Gemm.multiply(
              patchesTransposed[product],
              outputGradient,
              image == 0 ? 0 : 1,
              sums[group * patches.length + product]);
        }
      }
    }
  }

  @Override
  public void inputGradient(Tensor dy, Tensor weights, Tensor dx, int images, Scratch scratch) {
    use(scratch);
    if (lines.length == 0) {
      lines = new float[windows.height() * line.length];
    }
    outputGradients.of(dy);
    Matrix[] factors = transposed(weights(weights));
    for (int image = 0; image < images; image++) {
      for (int group = 0; group < groups; group++) {
        if (patches.length > 1) { // products overlap
          Arrays.fill(unrolledRow, 0);
          for (int row = 0; row < unrolledRows; row++) {
            unrolled.write(row * unrolledRow.length, unrolledRow, 0, unrolledRow.length);
          }
        }
        Matrix outputGradient = outputGradients.get(image, group);
        for (int product = 0; product < patches.length; product++) {
          Gemm.multiply(
              outputGradient,
              factors[group * patches.length + product],
              patches.length > 1 ? 1 : 0,
              patches[product]);
        }
        rollUp(group);
      }
      dx.write(image * pixels.length, pixels, 0, pixels.length);
    }
  }

  /**
   * For each product, what stands under one or all rows of the kernel: a line for each place of the
   * output.
   */
  private Matrix[] patches() {
    return Arrays.stream(starts)
        .mapToObj(start -> Matrix.of(unrolled, start * unrolledRow.length, places, columns))
        .toArray(Matrix[]::new);
  }

  /** For each group and product. */
  private Matrix[] weights(Tensor weights) {
    Matrix[] matrices = new Matrix[groups * patches.length];
    for (int i = 0; i < matrices.length; i++) {
      matrices[i] =
          Matrix.of(weights, weightsAt + i * columns * groupFilters, columns, groupFilters);
    }
    return matrices;
  }

  private static Matrix[] transposed(Matrix[] matrices) {
    Matrix[] result = new Matrix[matrices.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = matrices[i].transposed();
    }
    return result;
  }

  private void read(Tensor x, int image) {
    x.read(image * pixels.length, pixels, 0, pixels.length);
  }

  /** Copies the numbers of one group of the image to their places under the kernel. */
  private void unroll(int group) {
    for (int row = 0; row * unrolledKernelRows < imageRows.length; row++) {
      for (int kernelRow = 0; kernelRow < unrolledKernelRows; kernelRow++) {
        int imageRow = imageRows[row * unrolledKernelRows + kernelRow];
        if (imageRow != OUTSIDE) {
          readLine(imageRow, group);
        }
        spreadLine(kernelRow, imageRow == OUTSIDE);
      }
      unrolled.write(row * unrolledRow.length, unrolledRow, 0, unrolledRow.length);
    }
  }

  private void readLine(int imageRow, int group) {
    int from = imageRow * windows.width() * channels + group * groupChannels;
    int to = windows.left() * groupChannels;
    if (groups == 1) {
      System.arraycopy(pixels, from, line, to, windows.width() * channels);
      return;
    }
    for (int i = 0; i < windows.width(); i++) {
      System.arraycopy(pixels, from + i * channels, line, to + i * groupChannels, groupChannels);
    }
  }

  private void spreadLine(int kernelRow, boolean outside) {
    int runs = windows.dilationWidth() == 1 ? 1 : windows.kernelWidth();
    int length = across / runs;
    int step = windows.strideWidth() * groupChannels;
    for (int run = 0; run < runs; run++) {
      int to = kernelRow * across + run * length;
      int from = run * windows.dilationWidth() * groupChannels;
      if (outside) {
        for (int place = 0; place < windows.outputWidth(); place++) {
          Arrays.fill(unrolledRow, to + place * columns, to + place * columns + length, 0);
        }
      } else if (length > SHORT) {
        for (int place = 0; place < windows.outputWidth(); place++) {
          System.arraycopy(line, from + place * step, unrolledRow, to + place * columns, length);
        }
      } else {
        for (int i = 0; i < length; i++) {
          for (int place = 0; place < windows.outputWidth(); place++) {
            unrolledRow[to + i + place * columns] = line[from + i + place * step];
          }
        }
      }
    }
  }

  /** Adds the unrolled gradient of a group up at the places that its numbers came from. */
  private void rollUp(int group) {
    Arrays.fill(lines, 0);
    for (int row = 0; row * unrolledKernelRows < imageRows.length; row++) {
      unrolled.read(row * unrolledRow.length, unrolledRow, 0, unrolledRow.length);
      for (int kernelRow = 0; kernelRow < unrolledKernelRows; kernelRow++) {
        int imageRow = imageRows[row * unrolledKernelRows + kernelRow];
        if (imageRow != OUTSIDE && windows.strideWidth() == 1 && groupChannels > SHORT) {
          addColumns(kernelRow, imageRow * line.length);
        } else if (imageRow != OUTSIDE) {
          addPlaces(kernelRow, imageRow * line.length);
        }
      }
    }
    for (int imageRow = 0; imageRow < windows.height(); imageRow++) {
      writeLine(imageRow, group);
    }
  }

  /** Place by place of the output. */
  private void addPlaces(int kernelRow, int lineAt) {
    boolean neighbours = windows.dilationWidth() == 1;
    int runs = neighbours ? 1 : windows.kernelWidth();
    int length = across / runs;
    for (int place = 0; place < windows.outputWidth(); place++) {
      int from = place * columns + kernelRow * across;
      int to = lineAt + place * windows.strideWidth() * groupChannels;
      for (int run = 0; run < runs; run++) {
        int source = from + run * length;
        int target = to + run * windows.dilationWidth() * groupChannels;
        for (int i = 0; i < length; i++) {
          lines[target + i] += unrolledRow[source + i];
        }
      }
    }
  }

  /**
   * The same column by column of the kernel, from the right, which adds up in the same order: on
   * copies that begin at 0, so that the JVM vectorizes the loop.
   */
  private void addColumns(int kernelRow, int lineAt) {
    for (int column = windows.kernelWidth() - 1; column >= 0; column--) {
      int from = kernelRow * across + column * groupChannels;
      for (int place = 0; place < windows.outputWidth(); place++) {
        System.arraycopy(
            unrolledRow, from + place * columns, summands, place * groupChannels, groupChannels);
      }
      int to = lineAt + column * windows.dilationWidth() * groupChannels;
      System.arraycopy(lines, to, sums, 0, sums.length);
      for (int i = 0; i < sums.length; i++) {
        sums[i] += summands[i];
      }
      System.arraycopy(sums, 0, lines, to, sums.length);
    }
  }

  private void writeLine(int imageRow, int group) {
    int from = imageRow * line.length + windows.left() * groupChannels;
    int to = imageRow * windows.width() * channels + group * groupChannels;
    if (groups == 1) {
      System.arraycopy(lines, from, pixels, to, windows.width() * channels);
      return;
    }
    for (int i = 0; i < windows.width(); i++) {
      System.arraycopy(lines, from + i * groupChannels, pixels, to + i * channels, groupChannels);
    }
  }
}
