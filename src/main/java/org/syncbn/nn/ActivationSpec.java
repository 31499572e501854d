package org.syncbn.nn;

/** Layers that bend each number, or, of {@link Softmax}, the numbers of a place together. */
public sealed interface ActivationSpec extends LayerSpec {

  /** {@code max(0, x)}. */
  record Relu() implements ActivationSpec {}

  /**
   * {@code x} above 0, {@code slope * x} below.
   *
   * @param slope at least 0
   */
  record LeakyRelu(double slope) implements ActivationSpec {

    /** Throws if the slope is negative. */
    public LeakyRelu {
      if (!(slope >= 0 && slope < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the slope of a leaky ReLU must be at least 0, was " + slope);
      }
    }
  }

  /**
   * {@code x} above 0, {@code alpha * (exp(x) - 1)} below (Clevert et al. 2016).
   *
   * @param alpha at least 0
   */
  record Elu(double alpha) implements ActivationSpec {

    /** Throws if alpha is negative. */
    public Elu {
      if (!(alpha >= 0 && alpha < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("alpha of an ELU must be at least 0, was " + alpha);
      }
    }
  }

  /**
   * {@code x * Phi(x)}, Phi the normal distribution (Hendrycks and Gimpel 2016).
   *
   * @param form how Phi is computed
   */
  record Gelu(Form form) implements ActivationSpec {

    /** How Phi is computed. */
    public enum Form {
      /** By the error function. */
      EXACT,
      /** By a hyperbolic tangent, off by up to 5e-4. */
      TANH
    }
  }

  /** {@code x / (1 + exp(-x))}, also called swish (Elfwing et al. 2018). */
  record Silu() implements ActivationSpec {}

  /**
   * {@code log(1 + exp(beta * x)) / beta}.
   *
   * @param beta above 0
   */
  record Softplus(double beta) implements ActivationSpec {

    /** Throws if alpha is negative. */
    public Softplus {
      if (!(beta > 0 && beta < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("beta of a softplus must be positive, was " + beta);
      }
    }
  }

  /**
   * {@code x} above 0, {@code slope * x} below, with learned slopes (He et al. 2015), which weight
   * decay leaves alone.
   *
   * @param slopes how many there are
   * @param initialSlope their first value
   */
  record PRelu(Slopes slopes, double initialSlope) implements ActivationSpec {

    /** How many slopes are learned. */
    public enum Slopes {
      /** One. */
      SHARED,
      /** One for each feature, or channel of an image. */
      PER_CHANNEL
    }
  }

  /** {@code 1 / (1 + exp(-x))}. */
  record Sigmoid() implements ActivationSpec {}

  /** The hyperbolic tangent. */
  record Tanh() implements ActivationSpec {}

  /** {@code exp(x_i) / sum exp(x_j)} over the features of a row, or channels of a place. */
  record Softmax() implements ActivationSpec {}
}
