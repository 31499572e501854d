package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What training makes small: the sum over all rows of {@code weight * loss(output, target)},
 * divided once, by the sum of the weights of all shards.
 *
 * <p>Shards compute gradients of the sum (not the mean); everything behind it is linear, so the
 * driver divides at the end and no exchange is needed for the weights. Rows of weight 0 count for
 * nothing, whatever they hold. Implementations are immutable.
 */
public sealed interface Loss extends Serializable {

  /** What the target of a row is. */
  enum Target {
    /** The index of a class; the outputs are the classes' logits. */
    CLASS,
    /** A yes or no for each output, or the probability of a yes; the outputs are logits. */
    PROBABILITY,
    /** A number of at least 0 for each output, such as a count. */
    COUNT,
    /** Any number. */
    NUMBER
  }

  /** What the target of a row is. */
  default Target target() {
    return Target.NUMBER;
  }

  /** Whether the outputs tell classes, rather than numbers. */
  default boolean isOfClasses() {
    return target() == Target.CLASS || target() == Target.PROBABILITY;
  }

  /** How many numbers the target of one row has. */
  default int targetSize(int outputs) {
    return outputs;
  }

  /** Throws if the output does not fit the loss. */
  default void check(Shape output) {
    if (!(output instanceof Shape.Features)) {
      throw new IllegalArgumentException(
          "the network ends with " + output + ", but a loss needs features: add a flatten layer");
    }
  }

  /**
   * The part of one row in the divisor.
   *
   * @param rowWeight the weight of the row
   */
  default double weight(int outputs, float[] target, double rowWeight) {
    return rowWeight * outputs;
  }

  /**
   * The loss of one row, and its gradient by the outputs.
   *
   * @param gradient receives the gradient
   */
  double row(float[] output, float[] target, double rowWeight, float[] gradient);

  /**
   * Replaces the outputs for one row by what they predict: probabilities where they are logits, and
   * rates where they are logarithms.
   */
  default void predict(float[] output) {}

  /** The kinds of losses by name. */
  enum Kind {
    /** {@link SoftmaxCrossEntropy}. */
    SOFTMAX_CROSS_ENTROPY("softmaxCrossEntropy", SoftmaxCrossEntropy.class),
    /** {@link BinaryCrossEntropy}. */
    BINARY_CROSS_ENTROPY("binaryCrossEntropy", BinaryCrossEntropy.class),
    /** {@link MeanSquaredError}. */
    MEAN_SQUARED_ERROR("meanSquaredError", MeanSquaredError.class),
    /** {@link MeanAbsoluteError}. */
    MEAN_ABSOLUTE_ERROR("meanAbsoluteError", MeanAbsoluteError.class),
    /** {@link Huber}. */
    HUBER("huber", Huber.class),
    /** {@link Quantile}. */
    QUANTILE("quantile", Quantile.class),
    /** {@link Poisson}. */
    POISSON("poisson", Poisson.class);

    private final String label;
    private final Class<? extends Loss> type;

    Kind(String label, Class<? extends Loss> type) {
      this.label = label;
      this.type = type;
    }

    /** The name in conf files and saved models. */
    public String label() {
      return label;
    }

    /** The record with the options. */
    public Class<? extends Loss> type() {
      return type;
    }

    static Kind of(Loss loss) {
      return Arrays.stream(values()).filter(k -> k.type.isInstance(loss)).findFirst().orElseThrow();
    }
  }

  /** The name of the kind of loss, as conf files and saved models write it. */
  default String kind() {
    return Kind.of(this).label();
  }

  /**
   * {@code -log softmax(output)[class]}; the target is the class's index. The divisor is the sum of
   * {@code row weight * weight of the class}, as in PyTorch.
   *
   * <p>With a {@code focalGamma} above 0 it is the focal loss (Lin et al. 2017, equation 4): the
   * term of each class is multiplied by {@code (1 - softmax(output)[class])^focalGamma}, so that
   * rows which are told well count less.
   *
   * @param labelSmoothing the share of the target that is spread evenly over all classes; in [0, 1)
   * @param classWeights one per class; none for 1 each
   * @param focalGamma at least 0
   */
  record SoftmaxCrossEntropy(double labelSmoothing, List<Double> classWeights, double focalGamma)
      implements Loss {

    /** Throws if the label smoothing is outside [0, 1) or a number is negative. */
    public SoftmaxCrossEntropy {
      classWeights = List.copyOf(classWeights);
      if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
        throw new IllegalArgumentException(
            "label smoothing must be in [0, 1), was " + labelSmoothing);
      }
      for (double weight : classWeights) {
        requireWeight(weight, "a class weight");
      }
      requireWeight(focalGamma, "focalGamma");
    }

    /** Cross-entropy as it is, without focus on the rows that are told badly. */
    public SoftmaxCrossEntropy(double labelSmoothing, List<Double> classWeights) {
      this(labelSmoothing, classWeights, 0);
    }

    /** Without smoothing and weights. */
    public static SoftmaxCrossEntropy plain() {
      return new SoftmaxCrossEntropy(0, List.of());
    }

    @Override
    public void check(Shape output) {
      Loss.super.check(output);
      if (!classWeights.isEmpty() && classWeights.size() != output.size()) {
        throw new IllegalArgumentException(
            "the loss has "
                + classWeights.size()
                + " class weights, but the network "
                + output.size()
                + " outputs");
      }
    }

    @Override
    public Target target() {
      return Target.CLASS;
    }

    @Override
    public int targetSize(int outputs) {
      return 1;
    }

    @Override
    public double weight(int outputs, float[] target, double rowWeight) {
      return rowWeight == 0 ? 0 : rowWeight * classWeight(classIndex(outputs, target[0]));
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      int outputs = output.length;
      int label = classIndex(outputs, target[0]);
      if (focalGamma > 0) {
        return focalRow(output, label, rowWeight, gradient);
      }
      double max = StableMath.max(output);
      double sum = StableMath.exponentials(output, max, gradient);
      double smoothLoss = 0;
      double smoothWeight = 0;
      double logSum = max + StrictMath.log(sum);
      double spread = labelSmoothing / outputs;
      if (spread > 0) {
        for (int i = 0; i < outputs; i++) {
          smoothLoss += classWeight(i) * (logSum - output[i]);
          smoothWeight += classWeight(i);
        }
      }
      double hard = (1 - labelSmoothing) * classWeight(label);
      double pull = rowWeight * (hard + spread * smoothWeight) / sum;
      for (int i = 0; i < outputs; i++) {
        double push = rowWeight * ((i == label ? hard : 0) + spread * classWeight(i));
        gradient[i] = (float) (pull * gradient[i] - push);
      }
      return rowWeight * (hard * (logSum - output[label]) + spread * smoothLoss);
    }

    /**
     * The sum of {@code target_i * (1 - p_i)^focalGamma * -log p_i} over the classes, and its
     * gradient. The greatest p may be near 1: its complement is summed from the others.
     */
    private double focalRow(float[] output, int label, double rowWeight, float[] gradient) {
      int best = Metric.best(output);
      double[] p = new double[output.length];
      double others = 0;
      for (int i = 0; i < p.length; i++) {
        p[i] = StableMath.exp((double) output[i] - output[best]);
        others += i == best ? 0 : p[i];
      }
      double sum = p[best] + others;
      double logSum = StrictMath.log1p(others);
      double loss = 0;
      double slopes = 0;
      double[] slope = new double[p.length]; // of each class's term by log p
      for (int i = 0; i < p.length; i++) {
        double rest = (i == best ? others : sum - p[i]) / sum; // 1 - p
        double logP = (double) output[i] - output[best] - logSum;
        double ratio = rest == 0 ? -1 : logP / rest;
        double target = (i == label ? 1 - labelSmoothing : 0) + labelSmoothing / p.length;
        double factor = rowWeight * classWeight(i) * target * StrictMath.pow(rest, focalGamma);
        p[i] /= sum;
        loss -= factor == 0 ? 0 : factor * logP;
        slope[i] = factor == 0 ? 0 : factor * (focalGamma * p[i] * ratio - 1);
        slopes += slope[i];
      }
      for (int i = 0; i < p.length; i++) {
        gradient[i] = (float) (slope[i] - p[i] * slopes);
      }
      return loss;
    }

    @Override
    public void predict(float[] output) {
      StableMath.softmax(output);
    }

    private double classWeight(int label) {
      return classWeights.isEmpty() ? 1 : classWeights.get(label);
    }
  }

  /**
   * The negative log-likelihood of independent yes-or-no outputs, given as logits; targets are in
   * [0, 1]. The divisor is the sum of the row weights times the number of outputs.
   *
   * <p>With a {@code focalGamma} above 0 it is the focal loss (Lin et al. 2017, equation 5): the
   * term of a yes is multiplied by {@code (1 - p)^focalGamma}, that of a no by {@code
   * p^focalGamma}. The article's alpha is here, but for a common factor, {@code positiveWeight =
   * alpha / (1 - alpha)}.
   *
   * @param positiveWeight how often a yes counts
   * @param focalGamma at least 0
   */
  record BinaryCrossEntropy(PositiveWeight positiveWeight, double focalGamma) implements Loss {

    /** Throws if the exponent is negative. */
    public BinaryCrossEntropy {
      requireWeight(focalGamma, "focalGamma");
    }

    /** Cross-entropy with one weight of positives for all outputs. */
    public BinaryCrossEntropy(double positiveWeight) {
      this(new PositiveWeight(List.of(positiveWeight)), 0);
    }

    @Override
    public Target target() {
      return Target.PROBABILITY;
    }

    @Override
    public void check(Shape output) {
      Loss.super.check(output);
      int weights = positiveWeight.outputs.size();
      if (weights > 1 && weights != output.size()) {
        throw new IllegalArgumentException(
            "the loss has "
                + weights
                + " weights of positives, but the network "
                + output.size()
                + " outputs");
      }
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double x = output[i];
        double yes = positiveWeight.of(i) * target[i];
        double no = 1 - target[i];
        // -log sigmoid(x) = softplus(-x), without overflow
        double softplus = StrictMath.log1p(StableMath.exp(-Math.abs(x)));
        double lossOfYes = softplus + Math.max(-x, 0);
        double lossOfNo = softplus + Math.max(x, 0);
        double p = StableMath.sigmoid(x);
        if (focalGamma > 0) {
          double q = StableMath.sigmoid(-x); // 1 - p, without cancellation
          yes *= StrictMath.pow(q, focalGamma);
          no *= StrictMath.pow(p, focalGamma);
          double pull = no * (p + focalGamma * q * lossOfNo);
          double push = yes * (q + focalGamma * p * lossOfYes);
          gradient[i] = (float) (rowWeight * (pull - push));
        } else {
          gradient[i] = (float) (rowWeight * (no * p - yes * (1 - p)));
        }
        loss += yes * lossOfYes + no * lossOfNo;
      }
      return rowWeight * loss;
    }

    @Override
    public void predict(float[] output) {
      StableMath.sigmoid(output, output.length);
    }
  }

  /**
   * How often a yes counts.
   *
   * @param outputs one number for each output, or one for all
   */
  record PositiveWeight(List<Double> outputs) implements Serializable {

    /** Rejects negative weights, and none. */
    public PositiveWeight {
      outputs = List.copyOf(outputs);
      if (outputs.isEmpty()) {
        throw new IllegalArgumentException("there is no weight of positives; 1 is the default");
      }
      outputs.forEach(weight -> requireWeight(weight, "the weight of positives"));
    }

    private double of(int output) {
      return outputs.get(outputs.size() == 1 ? 0 : output);
    }
  }

  /**
   * {@code (output - target)^2}, averaged over rows and outputs: the divisor is the sum of the row
   * weights times the number of outputs.
   */
  record MeanSquaredError() implements Loss {

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
  record Huber(double delta) implements Loss {

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
  record MeanAbsoluteError() implements Loss {

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
  record Quantile(List<Double> quantiles) implements Loss {

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
      Loss.super.check(output);
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
  record Poisson() implements Loss {

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

  /** The class that a target names. */
  static int classIndex(int classes, float target) {
    int label = (int) target;
    if (label != target || label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a row has the class %s, but the network tells 0 to %d apart",
              label == target ? Integer.toString(label) : Float.toString(target),
              classes - 1));
    }
    return label;
  }

  private static void requireWeight(double weight, String what) {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " must be finite and at least 0, was " + weight);
    }
  }
}
