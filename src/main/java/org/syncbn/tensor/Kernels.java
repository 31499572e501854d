package org.syncbn.tensor;

/**
 * Loops that a compiler may not turn into vector instructions by itself: those of batch
 * normalization, over heap arrays or over tensors, and bytes to floats. {@link KernelChoice} says
 * who computes them here.
 *
 * <p>All implementations give the bits of {@link ScalarKernels}, which is the definition; only
 * which NaN is not promised. An array of constants or sums has one number for each column, and what
 * stands behind {@code length} is neither read nor changed.
 *
 * <p>Thread-safe: calls share nothing but their arrays.
 */
public interface Kernels {

  /** The longest run of a tensor: a few such tiles fit the first-level cache. */
  int TILE = 512;

  /** The width of the vectors that are asked for; 0 if that is left to the compiler. */
  default int vectorBits() {
    return 0;
  }

  /**
   * {@code target = source * factor} of unsigned bytes from an offset on, to the target's start.
   */
  void widen(byte[] source, int offset, float factor, float[] target, int length);

  /**
   * {@code sum += x - origin; squares += (x - origin)^2}, row after row, of rows of a tensor.
   *
   * @param at where the first row begins
   * @param stride from the beginning of a row to that of the next
   * @param length of a row; at most {@link #TILE}
   */
  void addDeviations(
      Tensor x,
      int at,
      int stride,
      int rows,
      int length,
      float[] origin,
      float[] sum,
      float[] squares);

  /**
   * {@code sum += dy; products += dy * (x - center)}, row after row, of rows of two tensors; where
   * y was rectified, dy counts as in {@link #inputGradient}.
   *
   * @param at where the first row begins in both
   * @param stride from the beginning of a row to that of the next
   * @param length of a row; at most {@link #TILE}
   */
  void addProducts(
      Tensor x,
      Tensor dy,
      int at,
      int stride,
      int rows,
      int length,
      Forward columns,
      boolean rectified,
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

  /**
   * {@code y = (x - center) * scale + offset} of a run of two tensors, and the greater of that and
   * 0 if it is rectified.
   *
   * @param y may be x
   * @param at where the run begins in both
   * @param length of the run; at most {@link #TILE}
   */
  void normalize(Tensor x, Tensor y, int at, int length, Forward columns, boolean rectifies);

  /**
   * {@code dx = dyFactor * dy + (xFactor * (x - center) + offset)} of a run of three tensors; where
   * y was rectified, a finite dy counts as 0 unless y is above 0. It counts as NaN where y is NaN,
   * and where dy is infinite or NaN and y is not above 0.
   *
   * @param dx may be dy
   * @param at where the run begins in all three
   * @param length of the run; at most {@link #TILE}
   */
  void inputGradient(
      Tensor x, Tensor dy, Tensor dx, int at, int length, Backward columns, boolean rectified);

  /**
   * The constants of a normalization, a number for each column. The arrays are not copied.
   *
   * @param center subtracted first
   * @param scale multiplied
   * @param offset added
   */
  record Forward(float[] center, float[] scale, float[] offset) {}

  /**
   * The constants of the gradient of a normalization, a number for each column. The arrays are not
   * copied.
   *
   * @param forward of the normalization itself
   * @param dyFactor the factor of the gradient that came
   * @param xFactor the factor of the deviations from the center
   * @param offset added
   */
  record Backward(Forward forward, float[] dyFactor, float[] xFactor, float[] offset) {}
}
