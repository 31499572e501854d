package org.syncbn.nn;

/** How far outputs are from the numbers that they should be. */
public sealed interface NumberMetric extends Metric.OfRows {

  @Override
  default void check(Loss loss, int outputs) {
    Measures.requireFit(
        this,
        !loss.isOfClasses() && loss.targetSize(outputs) == outputs,
        "losses that compare each output with a number");
  }

  /** The root of the mean squared error. */
  record RootMeanSquaredError() implements NumberMetric {

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
  record MeanAbsoluteError() implements NumberMetric {

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
   * The coefficient of determination, {@code 1 - sum of squared errors / sum of squared deviations
   * of the targets from their mean}; the mean over several outputs. Where targets are all equal: 1
   * if all errors are 0, else 0, as in scikit-learn. A constant offset c of the targets costs the
   * digits of (c / their standard deviation)^2.
   */
  record R2() implements NumberMetric {

    @Override
    public String label() {
      return "r2";
    }

    @Override
    public int sums(int outputs) {
      return 1 + 3 * outputs;
    }

    @Override
    public void add(
        Loss loss, float[] output, float[] target, double rowWeight, double[] sums, int sumsAt) {
      sums[sumsAt] += rowWeight;
      for (int i = 0; i < output.length; i++) {
        int at = sumsAt + 1 + 3 * i;
        double error = (double) output[i] - target[i];
        sums[at] += rowWeight * error * error;
        sums[at + 1] += rowWeight * target[i];
        sums[at + 2] += rowWeight * target[i] * target[i];
      }
    }

    @Override
    public double value(int outputs, double[] sums, int sumsAt) {
      double sum = 0;
      for (int i = 0; i < outputs; i++) {
        int at = sumsAt + 1 + 3 * i;
        double error = sums[at];
        double deviation = sums[at + 2] - sums[at + 1] * (sums[at + 1] / sums[sumsAt]);
        boolean isConstant = deviation <= 0 && error >= 0; // neither is NaN
        sum += isConstant ? error == 0 ? 1 : 0 : 1 - error / deviation;
      }
      return sum / outputs;
    }
  }
}
