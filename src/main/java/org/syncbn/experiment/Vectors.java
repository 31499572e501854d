package org.syncbn.experiment;

/** Lengths and angles of gradients. */
final class Vectors {

  private Vectors() {}

  /** The Euclidean length. */
  static double length(float[] a) {
    return Math.sqrt(product(a, a));
  }

  /** The Euclidean distance. */
  static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = (double) a[i] - b[i];
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  /** {@code a + scale * b}, a copy. */
  static float[] moved(float[] a, double scale, float[] b) {
    float[] sum = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      sum[i] = (float) (a[i] + scale * b[i]);
    }
    return sum;
  }

  /** The cosine of the angle between two; NaN if one of them is 0. */
  static double cosine(float[] a, float[] b) {
    return product(a, b) / (length(a) * length(b));
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
