package org.syncbn.norm;

import java.io.Serializable;
import org.syncbn.tensor.Tensor;

/**
 * A penalty on weights that is added to the loss: {@code l1 * sum |w| + l2 * sum w^2}.
 *
 * <p>For gamma and beta, and as well for the weights of any layer.
 *
 * @param l1 the weight of the absolute values, at least 0
 * @param l2 the weight of the squares, at least 0
 */
public record Regularizer(double l1, double l2) implements Serializable {

  /** No penalty. */
  public static final Regularizer NONE = new Regularizer(0, 0);

  /** Throws if a weight is negative or not finite. */
  public Regularizer {
    if (!(l1 >= 0 && l2 >= 0 && l1 + l2 < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a regularizer needs finite l1, l2 >= 0, was " + l1 + ", " + l2);
    }
  }

  /** A penalty on absolute values. */
  public static Regularizer l1(double l1) {
    return new Regularizer(l1, 0);
  }

  /** A penalty on squares. */
  public static Regularizer l2(double l2) {
    return new Regularizer(0, l2);
  }

  /** The penalty, summed in double. */
  public double penalty(float[] weights) {
    double absolutes = 0;
    double squares = 0;
    for (float weight : weights) {
      absolutes += Math.abs(weight);
      squares += (double) weight * weight;
    }
    return l1 * absolutes + l2 * squares;
  }

  /** The penalty of a tensor of weights. */
  public double penalty(Tensor weights) {
    return isNone() ? 0 : penalty(weights.toArray());
  }

  /** The penalty's gradient by one weight: {@code l1 * sign(w) + 2 * l2 * w}. */
  double gradient(float weight) {
    return l1 * Math.signum(weight) + 2 * l2 * weight;
  }

  /** Adds the penalty's gradient to a gradient. */
  public void addGradient(float[] weights, float[] gradient) {
    addGradient(weights, 1, gradient);
  }

  /**
   * Adds the penalty's gradient times a factor to a gradient; the sum is rounded once.
   *
   * @param factor the divisor of the loss, where the gradient is that of the summed loss
   */
  public void addGradient(float[] weights, double factor, float[] gradient) {
    if (isNone()) {
      return;
    }
    for (int i = 0; i < weights.length; i++) {
      gradient[i] = (float) (gradient[i] + factor * gradient(weights[i]));
    }
  }

  /** Adds the penalty's gradient to a gradient of the same shape. */
  public void addGradient(Tensor weights, Tensor gradient) {
    if (isNone()) {
      return;
    }
    float[] sum = gradient.toArray();
    addGradient(weights.toArray(), sum);
    gradient.write(0, sum, 0, sum.length);
  }

  /** Whether there is no penalty. */
  public boolean isNone() {
    return equals(NONE);
  }
}
