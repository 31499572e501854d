package org.syncbn.tensor;

import dev.ludovic.netlib.blas.BLAS;
import org.syncbn.tensor.Gemm.Operand;

/** The BLAS that Spark ships, which knows heap arrays only: operands are copied there and back. */
final class NetlibProduct implements MatrixProduct {

  private static final ThreadLocal<float[][]> COPIES =
      ThreadLocal.withInitial(() -> new float[3][]);

  private final BLAS blas = BLAS.getInstance();

  @Override
  public void multiply(
      Operand aForm,
      Operand bForm,
      int m,
      int n,
      int k,
      Tensor a,
      int aOffset,
      int aStride,
      Tensor b,
      int bOffset,
      int bStride,
      float beta,
      Tensor c,
      int cOffset,
      int cStride) {
    if (k == 0) { // netlib would look for the last element of nothing
      scale(beta, c, cOffset, m, n, cStride);
      return;
    }
    float[] aCopy = copy(0, a, aOffset, length(aForm, m, k, aStride));
    float[] bCopy = copy(1, b, bOffset, length(bForm, k, n, bStride));
    float[] cCopy = copy(2, c, cOffset, length(Operand.PLAIN, m, n, cStride));
    // Row-major C = A * B is column-major C' = B' * A'.
    blas.sgemm(
        form(bForm),
        form(aForm),
        n,
        m,
        k,
        1,
        bCopy,
        Math.max(1, bStride),
        aCopy,
        Math.max(1, aStride),
        beta,
        cCopy,
        Math.max(1, cStride));
    for (int row = 0; row < m; row++) {
      c.write(cOffset + row * cStride, cCopy, row * cStride, n);
    }
  }

  private static void scale(float beta, Tensor c, int offset, int m, int n, int stride) {
    for (int row = 0; row < m; row++) {
      for (int at = offset + row * stride; at < offset + row * stride + n; at++) {
        c.set(at, beta == 0 ? 0 : beta * c.get(at));
      }
    }
  }

  @Override
  public String description() {
    return "netlib " + blas.getClass().getSimpleName();
  }

  private static String form(Operand form) {
    return form == Operand.PLAIN ? "N" : "T";
  }

  private static int length(Operand form, int rows, int columns, int stride) {
    int height = form == Operand.PLAIN ? rows : columns;
    int width = form == Operand.PLAIN ? columns : rows;
    return height == 0 ? 0 : (height - 1) * stride + width;
  }

  private static float[] copy(int slot, Tensor source, int offset, int length) {
    float[][] copies = COPIES.get();
    if (copies[slot] == null || copies[slot].length < length) {
      copies[slot] = new float[length];
    }
    source.read(offset, copies[slot], 0, length);
    return copies[slot];
  }
}
