package org.syncbn.nn;

import java.io.Serializable;

/**
 * What is measured beside the loss. Each metric is a few sums over rows, so shards' sums add up;
 * {@link Measures} holds them. Implementations are immutable.
 */
public sealed interface Metric extends Serializable {

  /** The name in reports and conf files. */
  String label();

  /** Whether lower values are better, as of errors. */
  default boolean lowerIsBetter() {
    return false;
  }

  /** How many sums there are for a network with so many outputs. */
  default int sums(int outputs) {
    return 2;
  }

  /**
   * Adds one row.
   *
   * @param loss tells what outputs and targets mean
   * @param sums receives the row at {@code [sumsAt, sumsAt + sums(outputs))}
   */
  void add(Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt);

  /** Whether the metric is a difference of targets, in their unit, rather than a pure number. */
  default boolean hasUnitOfTarget() {
    return false;
  }

  /** The metric of given sums, of two their quotient; NaN before the first row. */
  default double value(int outputs, double[] sums, int sumsAt) {
    return sums[sumsAt] / sums[sumsAt + 1];
  }

  /**
   * The share of right classes; with {@link Loss.BinaryCrossEntropy}, of outputs on the right side
   * of 0. Equal outputs: the first class wins. A row whose outputs include NaN is wrong, and so is
   * an output that is NaN.
   */
  record Accuracy() implements Metric {

    @Override
    public String label() {
      return "accuracy";
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      if (loss instanceof Loss.SoftmaxCrossEntropy) {
        boolean right = best(output) == (int) target[0] && !hasNaN(output);
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
        return;
      }
      for (int i = 0; i < output.length; i++) {
        boolean right = output[i] > 0 == target[i] > 0.5f && !Float.isNaN(output[i]);
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
      }
    }
  }

  /**
   * The share of rows whose class is among the k greatest outputs. Of equal outputs the first
   * classes win; a NaN is greater than all, and wrong.
   *
   * @param k at least 1
   */
  record TopAccuracy(int k) implements Metric {

    /** Throws if k is below 1. */
    public TopAccuracy {
      if (k < 1) {
        throw new IllegalArgumentException("k of a top-k accuracy must be at least 1, was " + k);
      }
    }

    @Override
    public String label() {
      return "top" + k + "Accuracy";
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      int label = Loss.classIndex(output.length, target[0]);
      float own = output[label];
      int before = 0;
      for (int i = 0; i < output.length; i++) {
        float rival = output[i];
        before += rival < own || rival == own && i >= label ? 0 : 1;
      }
      sums[sumsAt] += before < k ? rowWeight : 0;
      sums[sumsAt + 1] += rowWeight;
    }
  }

  /** The mean of the loss over the rows by their weight alone, without class weights. */
  record LogLoss() implements Metric {

    private static final Loss CROSS_ENTROPY = Loss.SoftmaxCrossEntropy.plain();
    private static final Loss BINARY = new Loss.BinaryCrossEntropy(1);

    @Override
    public String label() {
      return "logLoss";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      Loss plain = loss instanceof Loss.BinaryCrossEntropy ? BINARY : CROSS_ENTROPY;
      float[] unused = new float[output.length];
      sums[sumsAt] += plain.row(output, target, rowWeight, unused);
      sums[sumsAt + 1] += plain.weight(output.length, target, rowWeight);
    }
  }

  /** The root of the mean squared error. */
  record RootMeanSquaredError() implements Metric {

    @Override
    public String label() {
      return "rmse";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
    }

    @Override
    public boolean hasUnitOfTarget() {
      return true;
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      for (int i = 0; i < output.length; i++) {
        double error = (double) output[i] - target[i];
        sums[sumsAt] += rowWeight * error * error;
      }
      sums[sumsAt + 1] += rowWeight * output.length;
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      return Math.sqrt(sums[sumsAt] / sums[sumsAt + 1]);
    }
  }

  /** The mean absolute error. */
  record MeanAbsoluteError() implements Metric {

    @Override
    public String label() {
      return "mae";
    }

    @Override
    public boolean lowerIsBetter() {
      return true;
    }

    @Override
    public boolean hasUnitOfTarget() {
      return true;
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      for (int i = 0; i < output.length; i++) {
        sums[sumsAt] += rowWeight * Math.abs((double) output[i] - target[i]);
      }
      sums[sumsAt + 1] += rowWeight * output.length;
    }
  }

  /**
   * How often each class was taken for which: the sums are the matrix {@code [true class, predicted
   * class or none]}, row by row; where an output is NaN no class was predicted. Its value is the
   * mean of the classes' recalls (balanced accuracy), over those that occur.
   */
  record ConfusionMatrix() implements Metric {

    @Override
    public String label() {
      return "balancedAccuracy";
    }

    @Override
    public int sums(int outputs) {
      return outputs * (outputs + 1);
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      int label = Loss.classIndex(output.length, target[0]);
      int predicted = hasNaN(output) ? output.length : best(output);
      sums[sumsAt + label * (output.length + 1) + predicted] += rowWeight;
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      double recalls = 0;
      int classes = 0;
      for (int label = 0; label < outputs; label++) {
        int row = sumsAt + label * (outputs + 1);
        double rows = 0;
        for (int predicted = 0; predicted <= outputs; predicted++) {
          rows += sums[row + predicted];
        }
        if (rows > 0) {
          recalls += sums[row + label] / rows;
          classes++;
        }
      }
      return recalls / classes;
    }
  }

  private static boolean hasNaN(float[] output) {
    for (float value : output) {
      if (Float.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  /** The index of the greatest output, the first of equals. */
  static int best(float[] output) {
    int best = 0;
    for (int i = 1; i < output.length; i++) {
      if (output[i] > output[best]) {
        best = i;
      }
    }
    return best;
  }
}
