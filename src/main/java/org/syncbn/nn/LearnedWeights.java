package org.syncbn.nn;

import java.io.Serializable;
import org.syncbn.norm.Regularizer;
import org.syncbn.tensor.Initializer;

/**
 * How the weights of a {@link LinearSpec} begin, and what the loss says of them.
 *
 * @param bias whether a constant is added for each unit or filter
 * @param weightInitializer first values of the weights
 * @param biasInitializer first values of the bias
 * @param regularizer a penalty on the weights, not on the bias
 */
public record LearnedWeights(
    Bias bias, Initializer weightInitializer, Initializer biasInitializer, Regularizer regularizer)
    implements Serializable {

  /** Whether a layer adds a learned constant to each unit. */
  public enum Bias {
    /** It does. */
    PRESENT,
    /**
     * It does not: the right choice directly before a batch norm, which would take it out again.
     */
    ABSENT
  }

  /** PyTorch's defaults: a bias, no penalty, and values that depend on the number of inputs. */
  public static LearnedWeights standard() {
    return new LearnedWeights(
        Bias.PRESENT, Initializer.fanInUniform(), Initializer.fanInUniform(), Regularizer.NONE);
  }

  /** The same with or without a bias. */
  public LearnedWeights with(Bias newBias) {
    return new LearnedWeights(newBias, weightInitializer, biasInitializer, regularizer);
  }
}
