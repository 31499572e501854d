package org.syncbn.optim;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalDouble;

/**
 * One part of an optimizer: what it makes of an update on the way from the gradient to the weights
 * (in the manner of Optax). The records hold the choices and the formulas; {@link Optimizer} holds
 * the state.
 *
 * <p>An optimizer is a list of them: {@code momentum, then scale by the learning rate}. What leaves
 * the last one is subtracted from the weights. Immutable.
 *
 * <p>Formulas are float32, as in PyTorch; what depends on the step alone is computed in double and
 * rounded once.
 */
public sealed interface Transform extends Serializable {

  /** Works on each number by itself. */
  sealed interface Elementwise extends Transform {

    /** The names of its arrays of state, each as long as the vector of weights; at most two. */
    default List<String> stateNames() {
      return List.of();
    }

    /** The first value of all its state. */
    default float initialState() {
      return 0;
    }

    /**
     * The learning rate that it multiplies by; 1 if it is about something else.
     *
     * @param step counted from 0
     */
    default double learningRate(long step) {
      return 1;
    }

    /**
     * The momentum that its schedule has for the whole optimizer, if any.
     *
     * @param step counted from 0
     */
    default OptionalDouble momentum(long step) {
      return OptionalDouble.empty();
    }

    /** The same with another momentum, if it has one. */
    default Elementwise withMomentum(double momentum) {
      return this;
    }

    /**
     * What it does in a step.
     *
     * @param step counted from 0
     */
    Formula at(long step);
  }

  /** Scales whole arrays of weights by factors that depend on norms. */
  sealed interface ByNorm extends Transform {

    /**
     * The factor of each array.
     *
     * @param segments the arrays
     * @param update the sum of squares of each array's update; 0 if it is not trained
     * @param weights the same of the weights; empty if they are not used
     */
    double[] factors(List<Segment> segments, double[] update, double[] weights);

    /** Whether the factors depend on the weights too. */
    boolean usesWeights();
  }

  /** Changes the update and the state of a run of numbers. */
  @FunctionalInterface
  interface Formula {

    /** Changes them in place. */
    void apply(Run run);
  }

  /**
   * Limits each number to [-limit, limit].
   *
   * @param limit above 0
   */
  record ClipByValue(double limit) implements Elementwise {

    /** Throws if the limit is not positive. */
    public ClipByValue {
      requirePositive(limit, "the limit of a gradient");
    }

    @Override
    public Formula at(long step) {
      return run -> clip(run.update, (float) limit, run.length);
    }

    private static void clip(float[] update, float limit, int length) {
      for (int i = 0; i < length; i++) {
        update[i] = Math.max(-limit, Math.min(limit, update[i]));
      }
    }
  }

  /**
   * Shortens the update to a Euclidean norm, over all trained weights together.
   *
   * @param limit above 0
   */
  record ClipByNorm(double limit) implements ByNorm {

    /** Throws if the limit is not positive. */
    public ClipByNorm {
      requirePositive(limit, "the limit of a gradient's norm");
    }

    @Override
    public boolean usesWeights() {
      return false;
    }

    @Override
    public double[] factors(List<Segment> segments, double[] update, double[] weights) {
      double squares = 0;
      for (double ofSegment : update) {
        squares += ofSegment;
      }
      double norm = Math.sqrt(squares);
      double factor = norm > limit ? limit / norm : 1;
      return segments.stream().mapToDouble(segment -> factor).toArray();
    }
  }

  /**
   * Adds {@code rate * weights}, for the weights that decay ({@link Segment#decays}). Before the
   * other parts it is an L2 penalty (PyTorch's weight_decay), after them decoupled weight decay
   * (Loshchilov and Hutter 2019).
   *
   * @param rate at least 0
   */
  record AddDecayedWeights(double rate) implements Elementwise {

    /** Throws if the rate is negative. */
    public AddDecayedWeights {
      if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("weight decay must be at least 0, was " + rate);
      }
    }

    @Override
    public Formula at(long step) {
      return run -> {
        if (run.segment.decays()) {
          run.addWeights((float) (rate * run.segment.decay()));
        }
      };
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
  record Momentum(double momentum, double dampening, Form form) implements Elementwise {

    /** Which update momentum makes. */
    public enum Form {
      /** The trace. */
      CLASSIC,
      /** A look ahead (Sutskever et al. 2013). */
      NESTEROV
    }

    /** Throws if a weight is outside [0, 1). */
    public Momentum {
      requireFraction(momentum, "the weight of momentum's trace");
      requireFraction(dampening, "dampening");
    }

    @Override
    public List<String> stateNames() {
      return List.of("momentum");
    }

    @Override
    public Momentum withMomentum(double other) {
      return new Momentum(other, dampening, form);
    }

    @Override
    public Formula at(long step) {
      float old = step == 0 ? 0 : (float) momentum;
      float fresh = step == 0 ? 1 : (float) (1 - dampening);
      float ahead = (float) momentum;
      return switch (form) {
        case CLASSIC -> run -> classic(run.update, run.state[0], old, fresh, run.length);
        case NESTEROV -> run -> nesterov(run.update, run.state[0], old, fresh, ahead, run.length);
      };
    }

    private static void classic(float[] update, float[] trace, float old, float fresh, int length) {
      for (int i = 0; i < length; i++) {
        trace[i] = old * trace[i] + fresh * update[i];
        update[i] = trace[i];
      }
    }

    private static void nesterov(
        float[] update, float[] trace, float old, float fresh, float ahead, int length) {
      for (int i = 0; i < length; i++) {
        trace[i] = old * trace[i] + fresh * update[i];
        update[i] += ahead * trace[i];
      }
    }
  }

  /**
   * {@code update / (sqrt(mean of squares) + eps)} (Tieleman and Hinton 2012).
   *
   * @param decay the weight of the old mean, in [0, 1)
   * @param eps above 0
   * @param center whether the mean's square is taken off first
   */
  record ScaleByRms(double decay, double eps, Center center) implements Elementwise {

    /** What the root is taken of. */
    public enum Center {
      /** The mean of squares. */
      ZERO,
      /** The variance (Graves 2013). */
      MEAN
    }

    /** Throws if the decay is outside [0, 1). */
    public ScaleByRms {
      requireFraction(decay, "the decay of RMSprop");
      requireEps(eps, "RMSprop");
    }

    @Override
    public List<String> stateNames() {
      return switch (center) {
        case ZERO -> List.of("rms.square");
        case MEAN -> List.of("rms.square", "rms.mean");
      };
    }

    @Override
    public Formula at(long step) {
      float old = (float) decay;
      float fresh = (float) (1 - decay);
      float small = (float) eps;
      return switch (center) {
        case ZERO -> run -> rms(run.update, run.state[0], old, fresh, small, run.length);
        case MEAN ->
            run -> centered(run.update, run.state[0], run.state[1], old, fresh, small, run.length);
      };
    }

    private static void rms(
        float[] update, float[] squares, float old, float fresh, float eps, int length) {
      for (int i = 0; i < length; i++) {
        float square = old * squares[i] + fresh * update[i] * update[i];
        squares[i] = square;
        update[i] /= (float) Math.sqrt(square) + eps;
      }
    }

    private static void centered(
        float[] update,
        float[] squares,
        float[] means,
        float old,
        float fresh,
        float eps,
        int length) {
      for (int i = 0; i < length; i++) {
        float square = old * squares[i] + fresh * update[i] * update[i];
        float mean = old * means[i] + fresh * update[i];
        squares[i] = square;
        means[i] = mean;
        float variance = Math.max(0, square - mean * mean);
        update[i] /= (float) Math.sqrt(variance) + eps;
      }
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
  record ScaleByAdam(double beta1, double beta2, double eps) implements Elementwise {

    /** Throws if a weight is outside [0, 1). */
    public ScaleByAdam {
      requireFraction(beta1, "beta1 of Adam");
      requireFraction(beta2, "beta2 of Adam");
      requireEps(eps, "Adam");
    }

    @Override
    public List<String> stateNames() {
      return List.of("adam.mean", "adam.square");
    }

    @Override
    public ScaleByAdam withMomentum(double other) {
      return new ScaleByAdam(other, beta2, eps);
    }

    @Override
    public Formula at(long step) {
      float meanScale = (float) (1 / (1 - StrictMath.pow(beta1, step + 1)));
      float rootScale = (float) Math.sqrt(1 / (1 - StrictMath.pow(beta2, step + 1)));
      return run -> adam(run.update, run.state[0], run.state[1], meanScale, rootScale, run.length);
    }

    private void adam(
        float[] update,
        float[] means,
        float[] squares,
        float meanScale,
        float rootScale,
        int length) {
      float old = (float) beta1;
      float fresh = (float) (1 - beta1);
      float oldSquare = (float) beta2;
      float freshSquare = (float) (1 - beta2);
      float small = (float) eps;
      for (int i = 0; i < length; i++) {
        float mean = old * means[i] + fresh * update[i];
        float square = oldSquare * squares[i] + freshSquare * update[i] * update[i];
        means[i] = mean;
        squares[i] = square;
        update[i] = meanScale * mean / (rootScale * (float) Math.sqrt(square) + small);
      }
    }
  }

  /**
   * {@code update / (sqrt(sum of squares) + eps)} (Duchi et al. 2011).
   *
   * @param initialSum the sum before the first step, at least 0
   * @param eps above 0
   */
  record ScaleByAdagrad(double initialSum, double eps) implements Elementwise {

    /** Throws if the sum is negative. */
    public ScaleByAdagrad {
      if (!(initialSum >= 0)) {
        throw new IllegalArgumentException(
            "the first sum of squares of Adagrad must be at least 0, was " + initialSum);
      }
      requireEps(eps, "Adagrad");
    }

    @Override
    public List<String> stateNames() {
      return List.of("adagrad.square");
    }

    @Override
    public float initialState() {
      return (float) initialSum;
    }

    @Override
    public Formula at(long step) {
      return run -> adagrad(run.update, run.state[0], (float) eps, run.length);
    }

    private static void adagrad(float[] update, float[] sums, float eps, int length) {
      for (int i = 0; i < length; i++) {
        float sum = sums[i] + update[i] * update[i];
        sums[i] = sum;
        update[i] /= (float) Math.sqrt(sum) + eps;
      }
    }
  }

  /**
   * {@code update * |weights| / |update|} for each array of weights (You et al. 2020, algorithm 2);
   * by 1 where one of the norms is 0.
   *
   * @param scope which arrays
   */
  record ScaleByTrustRatio(Scope scope) implements ByNorm {

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

    private boolean covers(Segment segment) {
      return scope == Scope.ALL || segment.decays();
    }

    @Override
    public boolean usesWeights() {
      return true;
    }

    @Override
    public double[] factors(List<Segment> segments, double[] update, double[] weights) {
      double[] factors = new double[update.length];
      for (int i = 0; i < factors.length; i++) {
        boolean scaled = covers(segments.get(i)) && update[i] > 0 && weights[i] > 0;
        factors[i] = scaled ? Math.sqrt(weights[i]) / Math.sqrt(update[i]) : 1;
      }
      return factors;
    }
  }

  /**
   * Multiplies by the learning rate of the step.
   *
   * @param schedule the learning rate
   */
  record ScaleByLearningRate(Schedule schedule) implements Elementwise {

    @Override
    public double learningRate(long step) {
      return schedule.rate(step);
    }

    @Override
    public OptionalDouble momentum(long step) {
      return schedule.momentum(step);
    }

    @Override
    public Formula at(long step) {
      double rate = schedule.rate(step);
      return run -> run.scale((float) (rate * run.rateFactor));
    }
  }

  private static void requireFraction(double value, String what) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " must be in [0, 1), was " + value);
    }
  }

  private static void requirePositive(double value, String what) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + " must be above 0, was " + value);
    }
  }

  private static void requireEps(double eps, String optimizer) {
    if (!(eps >= Float.MIN_NORMAL)) {
      throw new IllegalArgumentException(
          "eps of %s must be at least %s, the least normal float32, was %s"
              .formatted(optimizer, Float.MIN_NORMAL, eps));
    }
  }
}
