package org.syncbn.tensor;

import dev.ludovic.netlib.blas.BLAS;

/** The BLAS that Spark ships, which knows heap arrays only: operands are copied there and back. */
final class NetlibProduct implements MatrixProduct {

  private static final ThreadLocal<float[][]> COPIES =
      ThreadLocal.withInitial(() -> new float[3][]);

  private final BLAS blas = BLAS.getInstance();

  @Override
  public void multiply(Matrix a, Matrix b, float beta, Matrix c) {
    int inner = a.columns();
    if (inner == 0) { // netlib would look for the last element of nothing
      scale(beta, c);
      return;
    }
    float[] aCopy = copy(0, a);
    float[] bCopy = copy(1, b);
    float[] cCopy = copy(2, c);
    // Row-major C = A * B is column-major C' = B' * A'.
    blas.sgemm(
        form(b),
        form(a),
        c.columns(),
        c.rows(),
        inner,
        1,
        bCopy,
        b.stride(),
        aCopy,
        a.stride(),
        beta,
        cCopy,
        c.stride());
    for (int row = 0; row < c.rows(); row++) {
      int at = row * c.stride();
      c.values().write(c.offset() + at, cCopy, at, c.columns());
    }
  }

  private static void scale(float beta, Matrix c) {
    for (int row = 0; row < c.rows(); row++) {
      int from = c.offset() + row * c.stride();
      for (int at = from; at < from + c.columns(); at++) {
        c.values().set(at, beta == 0 ? 0 : beta * c.values().get(at));
      }
    }
  }

  @Override
  public String description() {
    return "netlib " + blas.getClass().getSimpleName();
  }

  private static String form(Matrix matrix) {
    return matrix.order() == Matrix.Order.ROW_MAJOR ? "N" : "T";
  }

  private static float[] copy(int slot, Matrix matrix) {
    boolean byRows = matrix.order() == Matrix.Order.ROW_MAJOR;
    int lines = byRows ? matrix.rows() : matrix.columns();
    int length = (lines - 1) * matrix.stride() + (byRows ? matrix.columns() : matrix.rows());
    float[][] copies = COPIES.get();
    if (copies[slot] == null || copies[slot].length < length) {
      copies[slot] = new float[length];
    }
    matrix.values().read(matrix.offset(), copies[slot], 0, length);
    return copies[slot];
  }
}
