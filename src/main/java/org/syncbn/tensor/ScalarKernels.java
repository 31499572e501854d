package org.syncbn.tensor;

/**
 * The definition of the kernels. Rows are loops of one index without branches: such loops become
 * vector instructions on every JVM, unless they convert types (JDK 17).
 */
final class ScalarKernels implements Kernels {

  /** Two tiles for each thread: loops over heap arrays alone become vector instructions. */
  private static final ThreadLocal<float[][]> TILES =
      ThreadLocal.withInitial(() -> new float[2][TILE]);

  @Override
  public void widen(byte[] source, int offset, float factor, float[] target, int length) {
    for (int i = 0; i < length; i++) {
      target[i] = (source[offset + i] & 0xFF) * factor;
    }
  }

  @Override
  public void addDeviations(
      Tensor x,
      int at,
      int stride,
      int rows,
      int length,
      float[] origin,
      float[] sum,
      float[] squares) {
    addDeviations(x, at, stride, rows, 0, length, origin, sum, squares);
  }

  /** From a column on. */
  static void addDeviations(
      Tensor x,
      int at,
      int stride,
      int rows,
      int from,
      int length,
      float[] origin,
      float[] sum,
      float[] squares) {
    float[] values = TILES.get()[0];
    for (int row = 0; row < rows; row++) {
      x.read(at + row * stride + from, values, from, length - from);
      addDeviations(values, from, length, origin, sum, squares);
    }
  }

  private static void addDeviations(
      float[] x, int from, int length, float[] origin, float[] sum, float[] squares) {
    for (int i = from; i < length; i++) {
      float deviation = x[i] - origin[i];
      sum[i] += deviation;
      squares[i] += deviation * deviation;
    }
  }

  @Override
  public void addProducts(
      Tensor x,
      Tensor dy,
      int at,
      int stride,
      int rows,
      int length,
      Forward columns,
      boolean rectified,
      float[] sum,
      float[] products) {
    addProducts(x, dy, at, stride, rows, 0, length, columns, rectified, sum, products);
  }

  /** From a column on. */
  static void addProducts(
      Tensor x,
      Tensor dy,
      int at,
      int stride,
      int rows,
      int from,
      int length,
      Forward columns,
      boolean rectified,
      float[] sum,
      float[] products) {
    float[] values = TILES.get()[0];
    float[] gradients = TILES.get()[1];
    for (int row = 0; row < rows; row++) {
      x.read(at + row * stride + from, values, from, length - from);
      dy.read(at + row * stride + from, gradients, from, length - from);
      if (rectified) {
        gate(values, gradients, from, length, columns);
      }
      addProducts(values, gradients, from, length, columns.center(), sum, products);
    }
  }

  private static void addProducts(
      float[] x, float[] dy, int from, int length, float[] center, float[] sum, float[] products) {
    for (int i = from; i < length; i++) {
      sum[i] += dy[i];
      products[i] += dy[i] * (x[i] - center[i]);
    }
  }

  @Override
  public void addRun(
      float[] runSum,
      float[] runSquares,
      int count,
      float[] first,
      float[] origin,
      double[] sum,
      double[] squares,
      int length) {
    addRun(runSum, runSquares, count, first, origin, sum, squares, 0, length);
  }

  /** From a column on. */
  static void addRun(
      float[] runSum,
      float[] runSquares,
      int count,
      float[] first,
      float[] origin,
      double[] sum,
      double[] squares,
      int from,
      int length) {
    for (int i = from; i < length; i++) {
      double shift = (double) first[i] - origin[i];
      double run = runSum[i];
      sum[i] += run + count * shift;
      squares[i] += runSquares[i] + shift * (2 * run + count * shift);
    }
  }

  @Override
  public void normalize(
      Tensor x, Tensor y, int at, int length, Forward columns, boolean rectifies) {
    normalize(x, y, at, 0, length, columns, rectifies);
  }

  /** From a column on. */
  static void normalize(
      Tensor x, Tensor y, int at, int from, int length, Forward columns, boolean rectifies) {
    float[] tile = TILES.get()[0];
    x.read(at + from, tile, from, length - from);
    TileLoops.normalize(
        tile, columns.center(), columns.scale(), columns.offset(), tile, from, length);
    if (rectifies) {
      TileLoops.relu(tile, from, length);
    }
    y.write(at + from, tile, from, length - from);
  }

  @Override
  public void inputGradient(
      Tensor x, Tensor dy, Tensor dx, int at, int length, Backward columns, boolean rectified) {
    inputGradient(x, dy, dx, at, 0, length, columns, rectified);
  }

  /** From a column on. */
  static void inputGradient(
      Tensor x,
      Tensor dy,
      Tensor dx,
      int at,
      int from,
      int length,
      Backward columns,
      boolean rectified) {
    float[] values = TILES.get()[0];
    float[] gradients = TILES.get()[1];
    Forward forward = columns.forward();
    x.read(at + from, values, from, length - from);
    dy.read(at + from, gradients, from, length - from);
    if (rectified) {
      gate(values, gradients, from, length, forward);
    }
    inputGradient(
        values,
        gradients,
        from,
        length,
        forward.center(),
        columns.dyFactor(),
        columns.xFactor(),
        columns.offset());
    dx.write(at + from, gradients, from, length - from);
  }

  private static void gate(float[] x, float[] dy, int from, int length, Forward columns) {
    TileLoops.normalizeAndGate(
        x, columns.center(), columns.scale(), columns.offset(), dy, from, length);
  }

  private static void inputGradient(
      float[] x,
      float[] dy,
      int from,
      int length,
      float[] center,
      float[] dyFactor,
      float[] xFactor,
      float[] offset) {
    for (int i = from; i < length; i++) {
      dy[i] = dyFactor[i] * dy[i] + (xFactor[i] * (x[i] - center[i]) + offset[i]);
    }
  }
}
