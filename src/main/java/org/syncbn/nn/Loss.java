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

  /** How many numbers the target of one row has. */
  default int targetSize(int outputs) {
    return outputs;
  }

  /** Rejects an output that does not fit the loss. */
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

  /** Replaces the outputs for one row by what they say: probabilities where they are logits. */
  default void predict(float[] output) {}

  /** The kinds of losses by name. */
  enum Kind {
    /** {@link SoftmaxCrossEntropy}. */
    SOFTMAX_CROSS_ENTROPY("softmaxCrossEntropy", SoftmaxCrossEntropy.class),
    /** {@link BinaryCrossEntropy}. */
    BINARY_CROSS_ENTROPY("binaryCrossEntropy", BinaryCrossEntropy.class),
    /** {@link MeanSquaredError}. */
    MEAN_SQUARED_ERROR("meanSquaredError", MeanSquaredError.class),
    /** {@link Huber}. */
    HUBER("huber", Huber.class);

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
   * @param labelSmoothing the share of the target that is spread evenly over all classes; in [0, 1)
   * @param classWeights one per class; none for 1 each
   */
  record SoftmaxCrossEntropy(double labelSmoothing, List<Double> classWeights) implements Loss {

    /** Rejects a share outside [0, 1) and negative weights. */
    public SoftmaxCrossEntropy {
      classWeights = List.copyOf(classWeights);
      if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
        throw new IllegalArgumentException("label smoothing is in [0, 1), was " + labelSmoothing);
      }
      for (double weight : classWeights) {
        requireWeight(weight, "a class weight");
      }
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
   * @param positiveWeight how often a yes counts
   */
  record BinaryCrossEntropy(double positiveWeight) implements Loss {

    /** Rejects a negative weight. */
    public BinaryCrossEntropy {
      requireWeight(positiveWeight, "the weight of positives");
    }

    @Override
    public double row(float[] output, float[] target, double rowWeight, float[] gradient) {
      double loss = 0;
      for (int i = 0; i < output.length; i++) {
        double x = output[i];
        double yes = positiveWeight * target[i];
        double no = 1 - target[i];
        // -log sigmoid(x) = softplus(-x), without overflow
        double softplus = StrictMath.log1p(StableMath.exp(-Math.abs(x)));
        loss += yes * (softplus + Math.max(-x, 0)) + no * (softplus + Math.max(x, 0));
        double p = StableMath.sigmoid(x);
        gradient[i] = (float) (rowWeight * (no * p - yes * (1 - p)));
      }
      return rowWeight * loss;
    }

    @Override
    public void predict(float[] output) {
      StableMath.sigmoid(output, output.length);
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

    /** Rejects a delta that is not positive. */
    public Huber {
      if (!(delta > 0)) {
        throw new IllegalArgumentException("delta of a Huber loss is above 0, was " + delta);
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
      throw new IllegalArgumentException(what + " is finite and at least 0, was " + weight);
    }
  }
}
