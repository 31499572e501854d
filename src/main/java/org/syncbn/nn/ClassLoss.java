package org.syncbn.nn;

import java.io.Serializable;
import java.util.List;

/** Losses of networks that tell classes: their outputs are logits. */
public sealed interface ClassLoss extends Loss {

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
      implements ClassLoss {

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
      ClassLoss.super.check(output);
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
      return rowWeight == 0 ? 0 : rowWeight * classWeight(Labels.classIndex(outputs, target[0]));
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      int outputs = output.length;
      int label = Labels.classIndex(outputs, target[0]);
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
      int best = Labels.best(output);
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
  record BinaryCrossEntropy(PositiveWeight positiveWeight, double focalGamma) implements ClassLoss {

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
      ClassLoss.super.check(output);
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

  private static void requireWeight(double weight, String what) {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " must be finite and at least 0, was " + weight);
    }
  }
}
