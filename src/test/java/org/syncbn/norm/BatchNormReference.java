package org.syncbn.norm;

/**
 * Batch normalization of one channel (Ioffe and Szegedy 2015), in double, on one machine: the
 * formulas and nothing else. {@link BatchNormShard} computes the same for all channels, in tiles of
 * floats, on shards that exchange n, mean and M2, then S1 and S2. Read this class first.
 */
final class BatchNormReference {

  double n; // V1, the sum of the weights
  double mean;
  double populationVariance; // M2 / n, which normalizes
  double sampleVariance; // Bessel's correction of weighted values, for the running variance
  final double[] y;
  final double[] dx;
  double dGamma;
  double dBeta;

  private final double[] x;
  private final double[] w;
  private final double gamma;
  private final double invStd;

  /** The forward pass over values x with weights w. */
  BatchNormReference(double[] x, double[] w, double gamma, double beta, double eps) {
    this.x = x;
    this.w = w;
    this.gamma = gamma;
    y = new double[x.length];
    dx = new double[x.length];
    double squaredWeights = 0;
    for (int i = 0; i < x.length; i++) {
      n += w[i];
      squaredWeights += w[i] * w[i];
      mean += w[i] * x[i];
    }
    mean /= n;
    double m2 = 0;
    for (int i = 0; i < x.length; i++) {
      m2 += w[i] * (x[i] - mean) * (x[i] - mean);
    }
    populationVariance = m2 / n;
    sampleVariance = m2 / (n - squaredWeights / n);
    invStd = 1 / Math.sqrt(populationVariance + eps);
    for (int i = 0; i < x.length; i++) {
      y[i] = gamma * (x[i] - mean) * invStd + beta;
    }
  }

  /** The backward pass: dy is the gradient of the loss by y. */
  BatchNormReference backward(double[] dy) {
    double s1 = 0;
    double s2 = 0;
    for (int i = 0; i < x.length; i++) {
      s1 += dy[i];
      s2 += dy[i] * (x[i] - mean);
    }
    dBeta = s1;
    dGamma = invStd * s2;
    for (int i = 0; i < x.length; i++) {
      double throughStatistics = w[i] * (s1 / n + (x[i] - mean) * invStd * invStd * s2 / n);
      dx[i] = gamma * invStd * (dy[i] - throughStatistics);
    }
    return this;
  }
}
