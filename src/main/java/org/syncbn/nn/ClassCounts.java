package org.syncbn.nn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/**
 * Which classes were taken for which. Where several outputs each say yes or no, there is a pair of
 * classes for each output.
 */
final class ClassCounts {

  private static final int NO = 0;
  private static final int YES = 1;

  private final double[][][] matrices; // [outputs][true class][predicted class, or none]

  private ClassCounts(double[][][] matrices) {
    this.matrices = matrices;
  }

  /** Counts what the outputs for a row say. */
  static void add(
      Loss loss, float[] output, float[] target, double rowWeight, Tally.Builder tally) {
    if (loss.target() == Loss.Target.CLASS) {
      int classes = output.length;
      int predicted = Labels.hasNaN(output) ? classes : Labels.best(output);
      tally.add(key(classes, 0, Labels.classIndex(classes, target[0]), predicted), rowWeight);
      return;
    }
    for (int i = 0; i < output.length; i++) {
      int predicted = Float.isNaN(output[i]) ? 2 : output[i] > 0 ? YES : NO;
      tally.add(key(2, i, Labels.isYes(target[i]) ? YES : NO, predicted), rowWeight);
    }
  }

  private static long key(int classes, int output, int label, int predicted) {
    return ((long) output * classes + label) * (classes + 1) + predicted;
  }

  static ClassCounts of(Loss loss, int outputs, Tally tally) {
    boolean one = loss.target() == Loss.Target.CLASS;
    int classes = one ? outputs : 2;
    double[][][] matrices = new double[one ? 1 : outputs][classes][classes + 1];
    tally.forEachKey(
        (key, weight) -> {
          int pair = (int) (key / (classes + 1));
          matrices[pair / classes][pair % classes][(int) (key % (classes + 1))] = weight;
        });
    return new ClassCounts(matrices);
  }

  /** The weight of the rows of each class that are taken for each. */
  List<List<Double>> matrix() {
    int classes = matrices[0].length;
    return Arrays.stream(matrices[0])
        .map(row -> Arrays.stream(row).limit(classes).boxed().toList())
        .toList();
  }

  /** A number of one class, or of all together. */
  interface Share {
    /**
     * Computes it from weights of rows.
     *
     * @param right of the class and taken for it
     * @param predicted taken for the class
     * @param actual of the class
     */
    double of(double right, double predicted, double actual);
  }

  static double precision(double right, double predicted, double actual) {
    return predicted == 0 ? 0 : right / predicted;
  }

  static double recall(double right, double predicted, double actual) {
    return actual == 0 ? 0 : right / actual;
  }

  static double f1(double right, double predicted, double actual) {
    return predicted + actual == 0 ? 0 : 2 * right / (predicted + actual);
  }

  /** A number of each class; of several outputs, of each one's yes. */
  double[] each(Share share) {
    double[] right = right();
    double[] predicted = predicted();
    double[] actual = actual();
    return IntStream.range(0, actual.length)
        .mapToDouble(i -> share.of(right[i], predicted[i], actual[i]))
        .toArray();
  }

  /** Puts a number with an average. */
  void put(String label, Metric.Average average, Share share, Map<String, Double> values) {
    boolean isBinary = matrices.length == 1 && matrices[0].length == 2;
    double[] each = each(share);
    double[] predicted = predicted();
    double[] actual = actual();
    boolean takesSecond =
        average == Metric.Average.BINARY || average == Metric.Average.AUTO && isBinary;
    if (takesSecond) {
      values.put(label, each[YES]);
    } else if (average == Metric.Average.MICRO) {
      values.put(label, share.of(sum(right()), sum(predicted), sum(actual)));
    } else {
      Metric.Average.put(
          label,
          average,
          each,
          actual,
          i -> matrices.length > 1 || actual[i] + predicted[i] > 0,
          values);
    }
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  private double[] right() {
    return ofClasses((matrix, label) -> matrix[label][label]);
  }

  /** The weight of the rows that are taken for each class. */
  private double[] predicted() {
    return ofClasses(
        (matrix, label) -> {
          double sum = 0;
          for (double[] row : matrix) {
            sum += row[label];
          }
          return sum;
        });
  }

  /** The weight of the rows of each class. */
  double[] actual() {
    return ofClasses((matrix, label) -> sum(matrix[label]));
  }

  /** A number for each class of the one output, or for the yes of each of several. */
  private double[] ofClasses(ToDoubleBiFunction<double[][], Integer> number) {
    return matrices.length > 1
        ? Arrays.stream(matrices).mapToDouble(m -> number.applyAsDouble(m, YES)).toArray()
        : IntStream.range(0, matrices[0].length)
            .mapToDouble(label -> number.applyAsDouble(matrices[0], label))
            .toArray();
  }
}
