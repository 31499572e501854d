package org.syncbn.tensor;

/**
 * The product of float32 matrices, on one thread a call.
 *
 * <p>{@code C = op(A) * op(B) + beta * C} with {@code op} the identity or the transpose, all
 * matrices row-major blocks inside tensors. OpenBLAS computes it from direct memory; where OpenBLAS
 * cannot load, the netlib BLAS on Spark's class path does, more slowly, and one line on stderr says
 * so. The same call on the same operands gives the same bits on the same family of CPUs; different
 * families have different kernels, so {@link #description} belongs into the provenance of whatever
 * was computed. The bits of a row may depend on how many rows the call has.
 *
 * <p>Thread-safe: calls share nothing but their operands.
 */
public final class Gemm {

  private static final MatrixProduct PRODUCT = load();

  private Gemm() {}

  /** Which matrix an operand stands for. */
  public enum Operand {
    /** The matrix as it lies in memory. */
    PLAIN,
    /** Its transpose. */
    TRANSPOSED
  }

  /**
   * Computes {@code C = op(A) * op(B) + beta * C}.
   *
   * @param aForm whether {@code op(A)}, of shape [m, k], is A or its transpose
   * @param bForm whether {@code op(B)}, of shape [k, n], is B or its transpose
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums
   * @param aOffset where A starts in its tensor
   * @param aStride from one row of A, as it lies in memory, to the next
   * @param beta 0 overwrites C whatever it holds, 1 adds to it
   * @throws IndexOutOfBoundsException if a matrix exceeds its tensor
   */
  public static void multiply(
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
    boolean aPlain = aForm == Operand.PLAIN;
    boolean bPlain = bForm == Operand.PLAIN;
    requireInside("A", a, aOffset, aPlain ? m : k, aPlain ? k : m, aStride);
    requireInside("B", b, bOffset, bPlain ? k : n, bPlain ? n : k, bStride);
    requireInside("C", c, cOffset, m, n, cStride);
    if (m == 0 || n == 0) {
      return;
    }
    PRODUCT.multiply(
        aForm, bForm, m, n, k, a, aOffset, aStride, b, bOffset, bStride, beta, c, cOffset, cStride);
  }

  /** Which library computes, with the kernels that it chose for this CPU. */
  public static String description() {
    return PRODUCT.description();
  }

  private static void requireInside(
      String name, Tensor tensor, int offset, int rows, int columns, int stride) {
    long end = rows == 0 ? 0 : (rows - 1L) * stride + columns;
    if (rows < 0 || columns < 0 || stride < columns || offset < 0 || offset + end > tensor.size()) {
      throw new IndexOutOfBoundsException(
          "matrix %s of %d rows, %d columns, stride %d at offset %d does not lie inside %s"
              .formatted(name, rows, columns, stride, offset, tensor));
    }
  }

  private static MatrixProduct load() {
    try {
      return new OpenBlasProduct();
    } catch (LinkageError | RuntimeException missing) {
      MatrixProduct netlib = new NetlibProduct();
      System.err.println(
          "OpenBLAS did not load (" + missing + "); using " + netlib.description() + " instead");
      return netlib;
    }
  }
}
