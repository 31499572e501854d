package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import org.syncbn.tensor.Gemm;
import org.syncbn.tensor.Matrix;
import org.syncbn.tensor.Tensor;

/**
 * Convolution of channels-last images as matrix products, image by image.
 *
 * <p>The image is unrolled along its rows only: for each of its rows and each place of an output
 * row stand the numbers under one row of the kernel, {@code [image rows, output width, kernel width
 * * channels]}. The products with the kernel's rows add up, each reading the unrolled image from
 * another row on; that copies each number {@code kernel width} times, not {@code kernel height *
 * kernel width} times. Where that makes the products too thin (few channels), kernel rows are
 * unrolled too and there is one product. With a stride, unrolled rows are sorted by their
 * remainder, so that the rows of one product stay neighbours.
 */
final class Conv2dLayer extends WeightedLayer {

  static final LayerMaker<LayerSpec.Conv2d> MAKER =
      new LayerMaker<>() {
        @Override
        public Shape output(LayerSpec.Conv2d spec, Shape input) {
          Shape.Image image = LayerMaker.image(input);
          if (image.channels() % spec.groups() != 0) {
            throw new IllegalArgumentException(
                image.channels() + " channels cannot be divided into " + spec.groups() + " groups");
          }
          return windows(spec, image).output(spec.filters());
        }

        @Override
        public List<ParameterBlock> parameters(LayerSpec.Conv2d spec, String name, Shape input) {
          int groups = spec.groups();
          int channels = input.channels() / groups;
          int filters = spec.filters() / groups;
          int height = spec.kernel().height();
          int width = spec.kernel().width();
          ParameterBlock weight =
              new ParameterBlock(
                  name + ".weight",
                  List.of(spec.filters(), channels, height, width),
                  0,
                  ParameterBlock.Role.WEIGHT,
                  true,
                  List.of(groups, filters, channels, height, width),
                  List.of(0, 3, 4, 2, 1),
                  channels * height * width,
                  filters * height * width,
                  spec.weightInitializer(),
                  spec.regularizer(),
                  spec.constraint());
          return BiasVector.behind(
              weight, spec.bias(), name, spec.filters(), spec.biasInitializer());
        }

        @Override
        public Layer layer(LayerSpec.Conv2d spec, Node node, int rows) {
          return new Conv2dLayer(node, spec);
        }
      };

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
  private final BiasVector bias;

  private final int across; // numbers under one row of the kernel
  private final int unrolledKernelRows; // 1, or all
  private final int columns; // of the unrolled image
  private final int places; // of the output
  private final int[] imageRows; // for each unrolled row and kernel row in it: the image's, OUTSIDE
  private final int[] starts; // for each product: its first unrolled row

  private final Tensor unrolled;
  private final float[] line; // one image row with zeros around it
  private final float[] unrolledRow;
  private final float[] pixels; // one image row, all channels

  private final Matrix[] patches; // by product

  private Matrix[] patchGradients;
  private Tensor unrolledGradient; // made when first needed
  private float[] imageGradient;

  private Conv2dLayer(Node node, LayerSpec.Conv2d conv) {
    super(node);
    Shape.Image image = (Shape.Image) node.input();
    this.windows = windows(conv, image);
    this.channels = image.channels();
    this.filters = conv.filters();
    this.groups = conv.groups();
    this.groupChannels = channels / groups;
    this.groupFilters = filters / groups;
    this.weightsAt = node.parameter(ParameterBlock.Role.WEIGHT).offset();
    this.bias = BiasVector.of(node);
    this.across = windows.kernelWidth() * groupChannels;
    this.unrolledKernelRows = across < THIN ? windows.kernelHeight() : 1;
    this.columns = unrolledKernelRows * across;
    this.places = windows.outputHeight() * windows.outputWidth();
    this.starts = new int[windows.kernelHeight() / unrolledKernelRows];
    this.imageRows = unrolledKernelRows == 1 ? rowsByRemainder() : rowsByOutput();
    int rows = imageRows.length / unrolledKernelRows;
    this.unrolled = Tensor.zeros(rows, windows.outputWidth() * columns);
    this.unrolledRow = new float[windows.outputWidth() * columns];
    this.patches = patches(unrolled);
    int reach =
        (windows.outputWidth() - 1) * windows.strideWidth()
            + (windows.kernelWidth() - 1) * windows.dilationWidth()
            + 1;
    this.line = new float[Math.max(reach, windows.left() + windows.width()) * groupChannels];
    this.pixels = new float[windows.width() * channels];
  }

  private static Windows windows(LayerSpec.Conv2d conv, Shape.Image image) {
    return Windows.of(image, conv.kernel(), conv.stride(), conv.padding(), conv.dilation());
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
  void forward(Tensor x, Tensor y, PassContext context) {
    float beta = bias.spread(context.weights, y);
    Matrix[] weights = weights(context.weights);
    for (int image = 0; image < context.rows; image++) {
      for (int group = 0; group < groups; group++) {
        unroll(x, image, group);
        Matrix output = output(y, image, group);
        for (int product = 0; product < patches.length; product++) {
          Gemm.multiply(
              patches[product],
              weights[group * patches.length + product],
              product == 0 ? beta : 1,
              output);
        }
      }
    }
  }

  @Override
  void backward(Tensor x, Tensor dy, Tensor dx, int rows, Tensor gradients, PassContext context) {
    bias.gradient(dy, 0, rows, gradients);
    Matrix[] weights = transposed(weights(context.weights));
    Matrix[] weightGradients = weights(gradients);
    Matrix[] patchesTransposed = transposed(patches);
    for (int image = 0; image < rows; image++) {
      for (int group = 0; group < groups; group++) {
        unroll(x, image, group);
        Matrix outputGradient = output(dy, image, group);
        for (int product = 0; product < patches.length; product++) {
          Gemm.multiply(
              patchesTransposed[product],
              outputGradient,
              image == 0 ? 0 : 1,
              weightGradients[group * patches.length + product]);
        }
        if (dx.size() > 0) {
          inputGradient(outputGradient, weights, group);
          rollUp(dx, image, group);
        }
      }
    }
  }

  private void inputGradient(Matrix outputGradient, Matrix[] weights, int group) {
    if (unrolledGradient == null) {
      unrolledGradient = Tensor.zeros(unrolled.shape());
      patchGradients = patches(unrolledGradient);
      imageGradient = new float[windows.height() * line.length];
    }
    if (patches.length > 1) { // products overlap
      Arrays.fill(unrolledRow, 0);
      for (int at = 0; at < unrolled.size(); at += unrolledRow.length) {
        unrolledGradient.write(at, unrolledRow, 0, unrolledRow.length);
      }
    }
    for (int product = 0; product < patches.length; product++) {
      Gemm.multiply(
          outputGradient,
          weights[group * patches.length + product],
          patches.length > 1 ? 1 : 0,
          patchGradients[product]);
    }
  }

  /**
   * For each product, what stands under one or all rows of the kernel: a line for each place of the
   * output.
   */
  private Matrix[] patches(Tensor image) {
    return Arrays.stream(starts)
        .mapToObj(start -> Matrix.of(image, start * unrolledRow.length, places, columns))
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
    return Arrays.stream(matrices).map(Matrix::transposed).toArray(Matrix[]::new);
  }

  private Matrix output(Tensor y, int image, int group) {
    return Matrix.of(
        y, image * places * filters + group * groupFilters, places, groupFilters, filters);
  }

  /** Copies the numbers of one group of one image to their places under the kernel. */
  private void unroll(Tensor x, int image, int group) {
    for (int row = 0; row * unrolledKernelRows < imageRows.length; row++) {
      for (int kernelRow = 0; kernelRow < unrolledKernelRows; kernelRow++) {
        int imageRow = imageRows[row * unrolledKernelRows + kernelRow];
        if (imageRow != OUTSIDE) {
          readLine(x, image, imageRow, group);
        }
        spreadLine(kernelRow, imageRow == OUTSIDE);
      }
      unrolled.write(row * unrolledRow.length, unrolledRow, 0, unrolledRow.length);
    }
  }

  private void readLine(Tensor x, int image, int imageRow, int group) {
    int from = (image * windows.height() + imageRow) * pixels.length;
    int left = windows.left() * groupChannels;
    if (groups == 1) {
      x.read(from, line, left, pixels.length);
      return;
    }
    x.read(from, pixels, 0, pixels.length);
    for (int i = 0; i < windows.width(); i++) {
      System.arraycopy(
          pixels,
          i * channels + group * groupChannels,
          line,
          left + i * groupChannels,
          groupChannels);
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

  /** Adds the unrolled gradient up at the places that its numbers came from. */
  private void rollUp(Tensor dx, int image, int group) {
    Arrays.fill(imageGradient, 0);
    for (int row = 0; row * unrolledKernelRows < imageRows.length; row++) {
      unrolledGradient.read(row * unrolledRow.length, unrolledRow, 0, unrolledRow.length);
      for (int kernelRow = 0; kernelRow < unrolledKernelRows; kernelRow++) {
        int imageRow = imageRows[row * unrolledKernelRows + kernelRow];
        if (imageRow != OUTSIDE) {
          addLine(kernelRow, imageRow * line.length);
        }
      }
    }
    for (int imageRow = 0; imageRow < windows.height(); imageRow++) {
      writeLine(dx, image, imageRow, group);
    }
  }

  private void addLine(int kernelRow, int lineAt) {
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
          imageGradient[target + i] += unrolledRow[source + i];
        }
      }
    }
  }

  private void writeLine(Tensor dx, int image, int imageRow, int group) {
    int to = (image * windows.height() + imageRow) * pixels.length;
    int from = imageRow * line.length + windows.left() * groupChannels;
    if (groups == 1) {
      dx.write(to, imageGradient, from, pixels.length);
      return;
    }
    for (int i = 0; i < windows.width(); i++) {
      dx.write(
          to + i * channels + group * groupChannels,
          imageGradient,
          from + i * groupChannels,
          groupChannels);
    }
  }
}
