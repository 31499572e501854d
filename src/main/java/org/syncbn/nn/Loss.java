package org.syncbn.nn;

import java.io.Serializable;
import java.util.Arrays;

/**
 * What training makes small: the sum over all rows of {@code weight * loss(output, target)},
 * divided once, by the sum of the weights of all shards.
 *
 * <p>Shards compute gradients of the sum (not the mean); everything behind it is linear, so the
 * driver divides at the end and no exchange is needed for the weights. Rows of weight 0 count for
 * nothing, whatever they hold. Implementations are immutable.
 */
public sealed interface Loss extends Serializable permits ClassLoss, NumberLoss {

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
    /** {@link ClassLoss.SoftmaxCrossEntropy}. */
    SOFTMAX_CROSS_ENTROPY("softmaxCrossEntropy", ClassLoss.SoftmaxCrossEntropy.class),
    /** {@link ClassLoss.BinaryCrossEntropy}. */
    BINARY_CROSS_ENTROPY("binaryCrossEntropy", ClassLoss.BinaryCrossEntropy.class),
    /** {@link NumberLoss.MeanSquaredError}. */
    MEAN_SQUARED_ERROR("meanSquaredError", NumberLoss.MeanSquaredError.class),
    /** {@link NumberLoss.MeanAbsoluteError}. */
    MEAN_ABSOLUTE_ERROR("meanAbsoluteError", NumberLoss.MeanAbsoluteError.class),
    /** {@link NumberLoss.Huber}. */
    HUBER("huber", NumberLoss.Huber.class),
    /** {@link NumberLoss.Quantile}. */
    QUANTILE("quantile", NumberLoss.Quantile.class),
    /** {@link NumberLoss.Poisson}. */
    POISSON("poisson", NumberLoss.Poisson.class);

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
}
