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
      float[] xs = x[row];
      for (int i = 0; i < length; i++) {
        float deviation = xs[i] - origin[i];
        sum[i] += deviation;
        squares[i] += deviation * deviation;
      }
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
      float[] xs = x[row];
      float[] dys = dy[row];
      for (int i = 0; i < length; i++) {
        sum[i] += dys[i];
        products[i] += dys[i] * (xs[i] - center[i]);
      }
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
    for (int i = 0; i < length; i++) {
      double shift = (double) first[i] - origin[i];
      double run = runSum[i];
      sum[i] += run + count * shift;
      squares[i] += runSquares[i] + shift * (2 * run + count * shift);
    }
  }
}
