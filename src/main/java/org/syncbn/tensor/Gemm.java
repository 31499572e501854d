package org.syncbn.tensor;

/**
 * The product of float32 matrices, on one thread a call.
 *
 * <p>OpenBLAS computes it from direct memory; where OpenBLAS cannot load, the netlib BLAS on
 * Spark's class path does, more slowly, and one line on stderr says so. The same call on the same
 * operands gives the same bits on the same family of CPUs; different families have different
 * kernels, so {@link #description} belongs into the provenance of whatever was computed. The bits
 * of a row may depend on how many rows the call has.
 *
 * <p>Thread-safe: calls share nothing but their operands.
 */
public final class Gemm {

  private static final MatrixProduct PRODUCT = load();

  private Gemm() {}

  /**
   * Computes {@code C = A * B + beta * C}.
   *
   * @param beta 0 overwrites C whatever it holds, 1 adds to it
   * @param c in row-major order, apart from A and B
   * @throws IllegalArgumentException if the matrices do not fit each other
   */
  public static void multiply(Matrix a, Matrix b, float beta, Matrix c) {
    if (a.columns() != b.rows()
        || a.rows() != c.rows()
        || b.columns() != c.columns()
        || c.order() != Matrix.Order.ROW_MAJOR) {
      throw new IllegalArgumentException(
          "a product of %d x %d and %d x %d does not fit into %s %d x %d"
              .formatted(
                  a.rows(),
                  a.columns(),
                  b.rows(),
                  b.columns(),
                  c.order() == Matrix.Order.ROW_MAJOR ? "rows of" : "columns of",
                  c.rows(),
                  c.columns()));
    }
    if (c.rows() > 0 && c.columns() > 0) {
      PRODUCT.multiply(a, b, beta, c);
    }
  }

  /** Which library computes, with the kernels that it chose for this CPU. */
  public static String description() {
    return PRODUCT.description();
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
