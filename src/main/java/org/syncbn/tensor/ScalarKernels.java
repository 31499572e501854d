package org.syncbn.tensor;

/**
 * The definition of the kernels. Rows are loops of one index without branches: such loops become
 * vector instructions on every JVM, unless they convert types (JDK 17).
 */
final class ScalarKernels implements Kernels {

  @Override
  public void widen(byte[] source, int offset, float factor, float[] target, int length) {
    for (int i = 0; i < length; i++) {
      target[i] = (source[offset + i] & 0xFF) * factor;
    }
  }

  @Override
  public void addDeviations(
      float[][] x, int rows, int length, float[] origin, float[] sum, float[] squares) {
    for (int row = 0; row < rows; row++) {
      addDeviations(x[row], 0, length, origin, sum, squares);
    }
  }

  /** One row, from a column on. */
  static void addDeviations(
      float[] x, int from, int length, float[] origin, float[] sum, float[] squares) {
    for (int i = from; i < length; i++) {
      float deviation = x[i] - origin[i];
      sum[i] += deviation;
      squares[i] += deviation * deviation;
    }
  }

  @Override
  public void addProducts(
      float[][] x,
      float[][] dy,
      int rows,
      int length,
      float[] center,
      float[] sum,
      float[] products) {
    for (int row = 0; row < rows; row++) {
      addProducts(x[row], dy[row], 0, length, center, sum, products);
    }
  }

  /** One row, from a column on. */
  static void addProducts(
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
}
