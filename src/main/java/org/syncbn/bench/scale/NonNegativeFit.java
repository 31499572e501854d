package org.syncbn.bench.scale;

import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * Least squares with coefficients that are at least 0. The best ones are the ordinary least squares
 * of those that are not 0, so for a few terms all their sets are tried.
 */
final class NonNegativeFit {

  private static final int MOST_TERMS = 10;

  /** One more term has to lessen the error by this share, which rounding does not. */
  private static final double LEAST_GAIN = 1e-9;

  private NonNegativeFit() {}

  /**
   * The coefficients {@code c >= 0} that make the sum of squares of {@code rows c - values} least.
   *
   * @param rows the terms of each observation // [observations, terms]
   * @param values what they should come to // [observations]
   */
  static double[] solve(double[][] rows, double[] values) {
    int terms = rows[0].length;
    if (terms > MOST_TERMS) {
      throw new IllegalArgumentException(terms + " terms have too many sets");
    }
    double[] best = new double[terms];
    double least = error(rows, best, values);
    for (int set = 1; set < 1 << terms; set++) {
      double[] candidate = ordinary(rows, values, set);
      double error = error(rows, candidate, values);
      if (isNonNegative(candidate) && error < least * (1 - LEAST_GAIN)) {
        best = candidate;
        least = error;
      }
    }
    return best;
  }

  /** Least squares of the terms whose bits are set. */
  private static double[] ordinary(double[][] rows, double[] values, int set) {
    int terms = rows[0].length;
    RealMatrix matrix = new Array2DRowRealMatrix(rows.length, Integer.bitCount(set));
    int column = 0;
    for (int term = 0; term < terms; term++) {
      if ((set >> term & 1) == 1) {
        for (int row = 0; row < rows.length; row++) {
          matrix.setEntry(row, column, rows[row][term]);
        }
        column++;
      }
    }
    RealVector solution =
        new SingularValueDecomposition(matrix).getSolver().solve(new ArrayRealVector(values));
    double[] coefficients = new double[terms];
    column = 0;
    for (int term = 0; term < terms; term++) {
      if ((set >> term & 1) == 1) {
        coefficients[term] = solution.getEntry(column++);
      }
    }
    return coefficients;
  }

  private static boolean isNonNegative(double[] coefficients) {
    for (double coefficient : coefficients) {
      if (coefficient < 0) {
        return false;
      }
    }
    return true;
  }

  private static double error(double[][] rows, double[] coefficients, double[] values) {
    double error = 0;
    for (int row = 0; row < rows.length; row++) {
      double difference = dot(rows[row], coefficients) - values[row];
      error += difference * difference;
    }
    return error;
  }

  static double dot(double[] left, double[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += left[i] * right[i];
    }
    return sum;
  }
}
