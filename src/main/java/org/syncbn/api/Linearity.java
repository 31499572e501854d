package org.syncbn.api;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.syncbn.data.Block;

/**
 * Whether numbers to predict depend linearly on the features, as far as a few rows tell: whether
 * products of up to three features predict rows that were left out better than the features alone.
 *
 * <p>The same rows in the same order have the same answer. Both are kernel ridge regressions, whose
 * errors for each row left out have a closed form (Rasmussen and Williams, Gaussian Processes for
 * Machine Learning, 2006, equation 5.12). It takes the time of a few matrix inversions of the size
 * rows x rows.
 */
final class Linearity {

  /** Penalties; each regression is judged by its best. */
  private static final double[] PENALTIES = {0.01, 0.1, 1, 10};

  private Linearity() {}

  /**
   * Whether the first label is no better predicted by products of features.
   *
   * @param rows with features and labels that are standardized
   */
  static boolean holds(Block rows) {
    double[] labels = IntStream.range(0, rows.rows()).mapToDouble(i -> rows.label(i, 0)).toArray();
    double[][] linear = kernel(rows);
    double[][] products =
        Arrays.stream(linear)
            .map(row -> Arrays.stream(row).map(value -> value * value * value).toArray())
            .toArray(double[][]::new);
    return leastError(linear, labels) <= leastError(products, labels);
  }

  /** One plus the mean product of the features of two rows: the lower triangle. */
  private static double[][] kernel(Block rows) {
    double[][] kernel = new double[rows.rows()][];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = new double[i + 1];
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int feature = 0; feature < rows.features(); feature++) {
          sum += (double) rows.feature(i, feature) * rows.feature(j, feature);
        }
        kernel[i][j] = 1 + sum / rows.features();
      }
    }
    return kernel;
  }

  private static double leastError(double[][] kernel, double[] labels) {
    return Arrays.stream(PENALTIES)
        .parallel()
        .map(penalty -> leaveOneOutError(kernel, penalty, labels))
        .min()
        .orElseThrow();
  }

  /** The sum over all rows of (inverse labels)[i] / inverse[i, i], squared. */
  private static double leaveOneOutError(double[][] kernel, double penalty, double[] labels) {
    double[][] root = inverseCholesky(kernel, penalty); // inverse = root^T root
    int rows = labels.length;
    double[] weights = new double[rows];
    double[] diagonal = new double[rows];
    for (double[] row : root) {
      double product = dot(row, labels, row.length);
      for (int j = 0; j < row.length; j++) {
        weights[j] += product * row[j];
        diagonal[j] += row[j] * row[j];
      }
    }
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      double error = weights[i] / diagonal[i];
      sum += error * error;
    }
    return sum;
  }

  /** The inverse of the Cholesky factor of the kernel plus the penalty on its diagonal. */
  private static double[][] inverseCholesky(double[][] kernel, double penalty) {
    int rows = kernel.length;
    double[][] factor = new double[rows][];
    double[][] inverse = new double[rows][];
    for (int i = 0; i < rows; i++) {
      double[] row = kernel[i].clone();
      double[] inverted = new double[i + 1];
      for (int j = 0; j < i; j++) {
        row[j] = (row[j] - dot(row, factor[j], j)) / factor[j][j];
        for (int k = 0; k <= j; k++) {
          inverted[k] -= row[j] * inverse[j][k];
        }
      }
      row[i] = Math.sqrt(row[i] + penalty - dot(row, row, i));
      inverted[i] = 1;
      for (int k = 0; k <= i; k++) {
        inverted[k] /= row[i];
      }
      factor[i] = row;
      inverse[i] = inverted;
    }
    return inverse;
  }

  private static double dot(double[] a, double[] b, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
