package org.syncbn.nn;

import java.util.List;

/** Losses of networks whose outputs are numbers. */
public sealed interface NumberLoss extends Loss {

  /**
   * {@code (output - target)^2}, averaged over rows and outputs: the divisor is the sum of the row
   * weights times the number of outputs.
   */
  record MeanSquaredError() implements NumberLoss {

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double error = (double) output[i] - target[i];
        loss += error * error;
        gradient[i] = (float) (2 * rowWeight * error);
      }
      return rowWeight * loss;
    }
  }

  /**
   * {@code error^2 / 2} for errors up to delta, {@code delta * (|error| - delta / 2)} beyond (Huber
   * 1964), averaged over rows and outputs.
   *
   * @param delta where the square ends, above 0
   */
  record Huber(double delta) implements NumberLoss {

    /** Throws if delta is not positive. */
    public Huber {
      if (!(delta > 0)) {
        throw new IllegalArgumentException("delta of a Huber loss must be above 0, was " + delta);
      }
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double error = (double) output[i] - target[i];
        double clipped = Math.max(-delta, Math.min(delta, error));
        loss += clipped * (error - clipped / 2);
        gradient[i] = (float) (rowWeight * clipped);
      }
      return rowWeight * loss;
    }
  }

  /**
   * {@code |output - target|}, averaged over rows and outputs; its gradient where they are equal is
   * 0.
   */
  record MeanAbsoluteError() implements NumberLoss {

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double error = (double) output[i] - target[i];
        loss += Math.abs(error);
        gradient[i] = (float) (rowWeight * Math.signum(error));
      }
      return rowWeight * loss;
    }
  }

  /**
   * The pinball loss (Koenker and Bassett 1978), which makes each output a quantile of the one
   * target: {@code q * (target - output)} below the target and {@code (1 - q) * (output - target)}
   * above, averaged over rows and outputs; its gradient where they are equal is 0.
   *
   * @param quantiles one for each output, above 0 and below 1
   */
  record Quantile(List<Double> quantiles) implements NumberLoss {

    /** Rejects what is not between 0 and 1, and none. */
    public Quantile {
      quantiles = List.copyOf(quantiles);
      if (quantiles.isEmpty() || quantiles.stream().anyMatch(q -> !(q > 0 && q < 1))) {
        throw new IllegalArgumentException(
            "quantiles are above 0 and below 1, one for each output; they were " + quantiles);
      }
    }

    @Override
    public void check(Shape output) {
      NumberLoss.super.check(output);
      if (quantiles.size() != output.size()) {
        throw new IllegalArgumentException(
            "the loss has "
                + quantiles.size()
                + " quantiles, but the network "
                + output.size()
                + " outputs");
      }
    }

    @Override
    public int targetSize(int outputs) {
      return 1;
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double error = (double) output[i] - target[0];
        double slope = error > 0 ? 1 - quantiles.get(i) : error < 0 ? -quantiles.get(i) : 0;
        loss += slope * error;
        gradient[i] = (float) (rowWeight * slope);
      }
      return rowWeight * loss;
    }
  }

  /**
   * The negative log-likelihood of counts whose rates have the outputs as logarithms, without the
   * terms that do not depend on them: {@code exp(output) - target * output}, averaged over rows and
   * outputs.
   */
  record Poisson() implements NumberLoss {

    @Override
    public Target target() {
      return Target.COUNT;
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double rate = StableMath.exp(output[i]);
        loss += rate - (double) target[i] * output[i];
        gradient[i] = (float) (rowWeight * (rate - target[i]));
      }
      return rowWeight * loss;
    }

    @Override
    public void predict(float[] output) {
      for (int i = 0; i < output.length; i++) {
        output[i] = (float) StableMath.exp(output[i]);
      }
    }
  }
}
