package org.syncbn.optim;

import java.io.Serializable;

/**
 * One part of an optimizer: what it makes of an update on the way from the gradient to the weights
 * (in the manner of Optax). The records hold the choices; {@link Optimizer} holds the state.
 *
 * <p>An optimizer is a list of them: {@code momentum, then scale by the learning rate}. What leaves
 * the last one is subtracted from the weights. Immutable.
 */
public sealed interface Transform extends Serializable {

  /** The names of its arrays of state, each as long as the vector of weights. */
  default String[] stateNames() {
    return new String[0];
  }

  /** The first value of all its state. */
  default float initialState() {
    return 0;
  }

  /** Whether it must see the whole update before it changes any of it. */
  default boolean needsWholeUpdate() {
    return false;
  }

  /**
   * Limits each number to [-limit, limit].
   *
   * @param limit above 0
   */
  record ClipByValue(double limit) implements Transform {

    /** Rejects a limit that is not positive. */
    public ClipByValue {
      requirePositive(limit, "the limit of a gradient");
    }
  }

  /**
   * Shortens the update to a Euclidean norm, over all trained weights together.
   *
   * @param limit above 0
   */
  record ClipByNorm(double limit) implements Transform {

    /** Rejects a limit that is not positive. */
    public ClipByNorm {
      requirePositive(limit, "the limit of a gradient's norm");
    }

    @Override
    public boolean needsWholeUpdate() {
      return true;
    }
  }

  /**
   * Adds {@code rate * weights}, for the weights that decay ({@link Segment#decays}). Before the
   * other parts it is an L2 penalty (PyTorch's weight_decay), after them decoupled weight decay
   * (Loshchilov and Hutter 2019).
   *
   * @param rate at least 0
   */
  record AddDecayedWeights(double rate) implements Transform {

    /** Rejects a negative rate. */
    public AddDecayedWeights {
      if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("weight decay is at least 0, was " + rate);
      }
    }
  }

  /**
   * {@code trace = momentum * trace + (1 - dampening) * update}; the trace is the new update, or
   * with Nesterov {@code update + momentum * trace}. The first step takes the update as the trace,
   * as PyTorch does.
   *
   * @param momentum in [0, 1), usually called momentum
   * @param dampening in [0, 1)
   * @param form which update
   */
  record Momentum(double momentum, double dampening, Form form) implements Transform {

    /** Which update momentum makes. */
    public enum Form {
      /** The trace. */
      CLASSIC,
      /** A look ahead (Sutskever et al. 2013). */
      NESTEROV
    }

    /** Rejects weights outside [0, 1). */
    public Momentum {
      requireFraction(momentum, "the weight of momentum's trace");
      requireFraction(dampening, "dampening");
    }

    @Override
    public String[] stateNames() {
      return new String[] {"momentum"};
    }
  }

  /**
   * {@code update / (sqrt(mean of squares) + eps)} (Tieleman and Hinton 2012).
   *
   * @param decay the weight of the old mean, in [0, 1)
   * @param eps above 0
   * @param center whether the mean's square is taken off first
   */
  record ScaleByRms(double decay, double eps, Center center) implements Transform {

    /** What the root is taken of. */
    public enum Center {
      /** The mean of squares. */
      ZERO,
      /** The variance (Graves 2013). */
      MEAN
    }

    /** Rejects a decay outside [0, 1). */
    public ScaleByRms {
      requireFraction(decay, "the decay of RMSprop");
      requirePositive(eps, "eps of RMSprop");
    }

    @Override
    public String[] stateNames() {
      return center == Center.MEAN
          ? new String[] {"rms.square", "rms.mean"}
          : new String[] {"rms.square"};
    }
  }

  /**
   * {@code mean / (sqrt(mean of squares) + eps)}, both freed of their bias towards 0 (Kingma and Ba
   * 2015, algorithm 1).
   *
   * @param beta1 the weight of the old mean, in [0, 1)
   * @param beta2 the weight of the old mean of squares, in [0, 1)
   * @param eps above 0
   */
  record ScaleByAdam(double beta1, double beta2, double eps) implements Transform {

    /** Rejects weights outside [0, 1). */
    public ScaleByAdam {
      requireFraction(beta1, "beta1 of Adam");
      requireFraction(beta2, "beta2 of Adam");
      requirePositive(eps, "eps of Adam");
    }

    @Override
    public String[] stateNames() {
      return new String[] {"adam.mean", "adam.square"};
    }
  }

  /**
   * {@code update / (sqrt(sum of squares) + eps)} (Duchi et al. 2011).
   *
   * @param initialSum the sum before the first step, at least 0
   * @param eps above 0
   */
  record ScaleByAdagrad(double initialSum, double eps) implements Transform {

    /** Rejects a negative sum. */
    public ScaleByAdagrad {
      if (!(initialSum >= 0)) {
        throw new IllegalArgumentException(
            "the first sum of squares of Adagrad is at least 0, was " + initialSum);
      }
      requirePositive(eps, "eps of Adagrad");
    }

    @Override
    public String[] stateNames() {
      return new String[] {"adagrad.square"};
    }

    @Override
    public float initialState() {
      return (float) initialSum;
    }
  }

  /**
   * {@code update * |weights| / |update|} for each array of weights (You et al. 2020, algorithm 2);
   * by 1 where one of the norms is 0.
   *
   * @param scope which arrays
   */
  record ScaleByTrustRatio(Scope scope) implements Transform {

    /** Which arrays are scaled; the others keep their update. */
    public enum Scope {
      /**
       * Those that decay ({@link Segment#decays}), as the authors' own code has it: an array that
       * starts at zero, as every beta does, could otherwise never move by more than its own norm
       * times the learning rate.
       */
      DECAYED,
      /** All. */
      ALL
    }

    /** Whether an array is scaled. */
    boolean covers(Segment segment) {
      return scope == Scope.ALL || segment.decays();
    }

    @Override
    public boolean needsWholeUpdate() {
      return true;
    }
  }

  /**
   * Multiplies by the learning rate of the step.
   *
   * @param schedule the learning rate
   */
  record ScaleByLearningRate(Schedule schedule) implements Transform {}

  private static void requireFraction(double value, String what) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " is in [0, 1), was " + value);
    }
  }

  private static void requirePositive(double value, String what) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + " is above 0, was " + value);
    }
  }
}
