package org.syncbn.nn;

/**
 * Exponential functions with the same bits on every JVM, unlike those of {@link Math}, and faster
 * than those of {@link StrictMath}. Relative error below 1e-14; erf absolute below 1e-12.
 */
final class StableMath {

  private static final double LN2_HIGH =
      0x1.62e42fee00000p-1; // ln 2 in two parts: k * high is exact
  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  /** erf(x) / x on [0, 4], Chebyshev series in x * x / 8 - 1. */
  private static final double[] ERF = {
    0.48591295690286296,
    -0.34540785500494975,
    0.16182910121364588,
    -0.07648275610550874,
    0.034669936800507194,
    -0.014811864147814498,
    0.00592293795623155,
    -0.0022118406588097082,
    0.0007714154278394438,
    -0.00025159658780893204,
    7.688658220981964e-05,
    -2.2065495938185304e-05,
    5.961274040561961e-06,
    -1.5197750706676176e-06,
    3.6649304256856135e-07,
    -8.378998301625855e-08,
    1.820144792132593e-08,
    -3.764477251661199e-09,
    7.427356423132019e-10,
    -1.400522717122437e-10,
    2.5281035718966617e-11,
    -4.372968171148396e-12,
    7.079970667704841e-13
  };

  private static final double ROOT_PI = Math.sqrt(Math.PI);

  private StableMath() {}

  /** e to the power of x; 0 below -708, infinite above 709. */
  static double exp(double x) {
    if (x < -708) {
      return 0;
    }
    if (x > 709) {
      return Double.POSITIVE_INFINITY;
    }
    double k = Math.rint(x / (LN2_HIGH + LN2_LOW));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW; // |r| <= ln(2) / 2
    double p = 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    return p * Double.longBitsToDouble((long) k + 1023 << 52);
  }

  /** e to the power of x, less 1, without cancellation near 0. */
  static double expm1(double x) {
    if (Math.abs(x) < 1e-4) {
      return x * (1 + x / 2 * (1 + x / 3));
    }
    return exp(x) - 1;
  }

  /** The greatest value; NaN if there is one. */
  static float max(float[] values) {
    float max = Float.NEGATIVE_INFINITY;
    for (float value : values) {
      max = Math.max(max, value);
    }
    return max;
  }

  /**
   * Writes {@code exp(value - max)} of each value, rounded to float, and returns the sum in double.
   */
  static double exponentials(float[] values, double max, float[] target) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double exponential = exp(values[i] - max);
      target[i] = (float) exponential;
      sum += exponential;
    }
    return sum;
  }

  /** Replaces each value by its part in the sum of the exponentials. */
  static void softmax(float[] values) {
    double sum = exponentials(values, max(values), values);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] / sum);
    }
  }

  static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
  }

  /** Replaces the first values by their sigmoids. */
  static void sigmoid(float[] values, int length) {
    for (int i = 0; i < length; i++) {
      values[i] = (float) sigmoid(values[i]);
    }
  }

  static double tanh(double x) {
    if (Math.abs(x) < 1e-4) {
      return x - x * x * x / 3;
    }
    return 1 - 2 / (exp(2 * x) + 1);
  }

  /** The error function. */
  static double erf(double x) {
    if (Math.abs(x) > 4) { // Abramowitz and Stegun 1964, 7.1.23
      double s = 1 / (2 * x * x);
      double series = 1 - s * (1 - 3 * s * (1 - 5 * s * (1 - 7 * s)));
      return Math.signum(x) - exp(-x * x) / (x * ROOT_PI) * series;
    }
    double u = x * x / 8 - 1;
    double next = 0;
    double sum = 0;
    for (int i = ERF.length - 1; i > 0; i--) { // Clenshaw 1955
      double last = next;
      next = sum;
      sum = 2 * u * next - last + ERF[i];
    }
    return x * (u * sum - next + ERF[0]);
  }
}
