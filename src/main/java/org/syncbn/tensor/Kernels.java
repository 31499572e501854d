package org.syncbn.tensor;

/**
 * Loops over heap arrays that a compiler may not turn into vector instructions by itself: those of
 * batch normalization, and bytes to floats. {@link KernelChoice} says who computes them here.
 *
 * <p>All implementations give the bits of {@link ScalarKernels}, which is the definition; only
 * which NaN is not promised. A tile is an array of rows, of whose first {@code rows} rows the first
 * {@code length} numbers count. An array of constants or sums has one number for each column. What
 * stands behind {@code length} is neither read nor changed.
 *
 * <p>Thread-safe: calls share nothing but their arrays.
 */
public interface Kernels {

  /** The width of the vectors that are asked for; 0 if that is left to the compiler. */
  default int vectorBits() {
    return 0;
  }

  /**
   * {@code target = source * factor} of unsigned bytes from an offset on, to the target's start.
   */
  void widen(byte[] source, int offset, float factor, float[] target, int length);

  /** {@code sum += x - origin; squares += (x - origin)^2}, row after row. */
  void addDeviations(
      float[][] x, int rows, int length, float[] origin, float[] sum, float[] squares);

  /** {@code sum += dy; products += dy * (x - center)}, row after row. */
  void addProducts(
      float[][] x,
      float[][] dy,
      int rows,
      int length,
      float[] center,
      float[] sum,
      float[] products);

  /**
   * Adds sums of deviations from a first value to sums of deviations from an origin, in double:
   * {@code sum += runSum + count * d; squares += runSquares + d * (2 * runSum + count * d)} with
   * {@code d = first - origin}.
   */
  void addRun(
      float[] runSum,
      float[] runSquares,
      int count,
      float[] first,
      float[] origin,
      double[] sum,
      double[] squares,
      int length);
}
