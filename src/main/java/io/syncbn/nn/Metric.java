package io.syncbn.nn;

import java.io.Serializable;

/**
 * What is measured beside the loss. Each metric is a few sums over rows, so shards' sums add up;
 * {@link Evaluation} holds them. Implementations are immutable.
 */
public sealed interface Metric extends Serializable {

  /** The name in reports and conf files. */
  String label();

  /** How many sums there are for a network with so many outputs. */
  int sums(int outputs);

  /**
   * Adds one row.
   *
   * @param loss tells what outputs and targets mean
   * @param sums receives the row at {@code [sumsAt, sumsAt + sums(outputs))}
   */
  void add(
      Loss loss,
      int outputs,
      float[] output,
      int at,
      float[] target,
      int targetAt,
      double rowWeight,
      double[] sums,
      int sumsAt);

  /** The metric of given sums; NaN before the first row. */
  double value(int outputs, double[] sums, int sumsAt);

  /**
   * The share of right classes; with {@link Loss.BinaryCrossEntropy}, of outputs on the right side
   * of 0. Equal outputs: the first class wins.
   */
  record Accuracy() implements Metric {

    @Override
    public String label() {
      return "accuracy";
    }

    @Override
    public int sums(int outputs) {
      return 2;
    }

    @Override
    public void add(
        Loss loss,
        int outputs,
        float[] output,
        int at,
        float[] target,
        int targetAt,
        double rowWeight,
        double[] sums,
        int sumsAt) {
      if (loss instanceof Loss.SoftmaxCrossEntropy) {
        boolean right = best(outputs, output, at) == (int) target[targetAt];
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
        return;
      }
      for (int i = 0; i < outputs; i++) {
        boolean right = output[at + i] > 0 == target[targetAt + i] > 0.5f;
        sums[sumsAt] += right ? rowWeight : 0;
        sums[sumsAt + 1] += rowWeight;
      }
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      return sums[sumsAt] / sums[sumsAt + 1];
    }
  }

  /**
   * The share of rows whose class is among the k greatest outputs.
   *
   * @param k at least 1
   */
  record TopAccuracy(int k) implements Metric {

    /** Refuses k below 1. */
    public TopAccuracy {
      if (k < 1) {
        throw new IllegalArgumentException("k of a top-k accuracy is at least 1, was " + k);
      }
    }

    @Override
    public String label() {
      return "top" + k + "Accuracy";
    }

    @Override
    public int sums(int outputs) {
      return 2;
    }

    @Override
    public void add(
        Loss loss,
        int outputs,
        float[] output,
        int at,
        float[] target,
        int targetAt,
        double rowWeight,
        double[] sums,
        int sumsAt) {
      int label = Loss.classIndex(outputs, target[targetAt]);
      int before = 0;
      for (int i = 0; i < outputs; i++) {
        float rival = output[at + i];
        float own = output[at + label];
        before += rival > own || rival == own && i < label ? 1 : 0;
      }
      sums[sumsAt] += before < k ? rowWeight : 0;
      sums[sumsAt + 1] += rowWeight;
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      return sums[sumsAt] / sums[sumsAt + 1];
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
    public int sums(int outputs) {
      return 2;
    }

    @Override
    public void add(
        Loss loss,
        int outputs,
        float[] output,
        int at,
        float[] target,
        int targetAt,
        double rowWeight,
        double[] sums,
        int sumsAt) {
      Loss plain = loss instanceof Loss.BinaryCrossEntropy ? BINARY : CROSS_ENTROPY;
      float[] unused = new float[at + outputs];
      sums[sumsAt] += plain.row(outputs, output, at, target, targetAt, rowWeight, unused);
      sums[sumsAt + 1] += plain.weight(outputs, target, targetAt, rowWeight);
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      return sums[sumsAt] / sums[sumsAt + 1];
    }
  }

  /** The root of the mean squared error. */
  record RootMeanSquaredError() implements Metric {

    @Override
    public String label() {
      return "rmse";
    }

    @Override
    public int sums(int outputs) {
      return 2;
    }

    @Override
    public void add(
        Loss loss,
        int outputs,
        float[] output,
        int at,
        float[] target,
        int targetAt,
        double rowWeight,
        double[] sums,
        int sumsAt) {
      for (int i = 0; i < outputs; i++) {
        double error = (double) output[at + i] - target[targetAt + i];
        sums[sumsAt] += rowWeight * error * error;
      }
      sums[sumsAt + 1] += rowWeight * outputs;
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
    public int sums(int outputs) {
      return 2;
    }

    @Override
    public void add(
        Loss loss,
        int outputs,
        float[] output,
        int at,
        float[] target,
        int targetAt,
        double rowWeight,
        double[] sums,
        int sumsAt) {
      for (int i = 0; i < outputs; i++) {
        sums[sumsAt] += rowWeight * Math.abs((double) output[at + i] - target[targetAt + i]);
      }
      sums[sumsAt + 1] += rowWeight * outputs;
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      return sums[sumsAt] / sums[sumsAt + 1];
    }
  }

  /**
   * How often each class was taken for which: the sums are the matrix {@code [true class, predicted
   * class]}, row by row. Its value is the mean of the classes' recalls (balanced accuracy), over
   * those that occur.
   */
  record ConfusionMatrix() implements Metric {

    @Override
    public String label() {
      return "balancedAccuracy";
    }

    @Override
    public int sums(int outputs) {
      return outputs * outputs;
    }

    @Override
    public void add(
        Loss loss,
        int outputs,
        float[] output,
        int at,
        float[] target,
        int targetAt,
        double rowWeight,
        double[] sums,
        int sumsAt) {
      int label = Loss.classIndex(outputs, target[targetAt]);
      sums[sumsAt + label * outputs + best(outputs, output, at)] += rowWeight;
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      double recalls = 0;
      int classes = 0;
      for (int label = 0; label < outputs; label++) {
        double rows = 0;
        for (int predicted = 0; predicted < outputs; predicted++) {
          rows += sums[sumsAt + label * outputs + predicted];
        }
        if (rows > 0) {
          recalls += sums[sumsAt + label * outputs + label] / rows;
          classes++;
        }
      }
      return recalls / classes;
    }
  }

  /** The index of the greatest output, the first of equals. */
  static int best(int outputs, float[] output, int at) {
    int best = 0;
    for (int i = 1; i < outputs; i++) {
      if (output[at + i] > output[at + best]) {
        best = i;
      }
    }
    return best;
  }
}
