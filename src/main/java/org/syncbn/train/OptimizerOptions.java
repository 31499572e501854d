package org.syncbn.train;

import java.util.List;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.optim.Transform;
import org.syncbn.optim.Transform.ScaleByRms;
import org.syncbn.optim.Transform.ScaleByTrustRatio;

/** The optimizers of run files; {@link Optimizers} composes them. */
public sealed interface OptimizerOptions {

  /** Stochastic gradient descent with momentum 0.9 and a learning rate of 0.1. */
  OptimizerOptions DEFAULTS = new Momentum(Schedule.constant(0.1), 0.9, 0);

  /** The parts, from the gradient to the update. */
  List<Transform> transforms();

  /**
   * Plain gradient descent.
   *
   * @param learningRate of each step
   * @param weightDecay an L2 penalty on the weights of layers
   */
  record Sgd(Schedule learningRate, double weightDecay) implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return penalized(weightDecay, Optimizers.sgd(learningRate));
    }
  }

  /**
   * Gradient descent with momentum.
   *
   * @param learningRate of each step
   * @param momentum the weight of the old trace
   * @param weightDecay an L2 penalty on the weights of layers
   */
  record Momentum(Schedule learningRate, double momentum, double weightDecay)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return penalized(weightDecay, Optimizers.momentum(learningRate, momentum));
    }
  }

  /**
   * Gradient descent with Nesterov's momentum.
   *
   * @param learningRate of each step
   * @param momentum the weight of the old trace
   * @param weightDecay an L2 penalty on the weights of layers
   */
  record Nesterov(Schedule learningRate, double momentum, double weightDecay)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return penalized(weightDecay, Optimizers.nesterov(learningRate, momentum));
    }
  }

  /**
   * RMSprop.
   *
   * @param learningRate of each step
   * @param decay the weight of the old mean of squares
   * @param eps added to the root
   * @param centered whether the square of the mean is subtracted from the mean of squares
   * @param momentum behind it; 0 for none
   * @param weightDecay an L2 penalty on the weights of layers
   */
  record Rmsprop(
      Schedule learningRate,
      double decay,
      double eps,
      boolean centered,
      double momentum,
      double weightDecay)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      ScaleByRms.Center center = centered ? ScaleByRms.Center.MEAN : ScaleByRms.Center.ZERO;
      return penalized(weightDecay, Optimizers.rmsprop(learningRate, decay, eps, center, momentum));
    }
  }

  /**
   * Adam.
   *
   * @param learningRate of each step
   * @param beta1 the weight of the old mean
   * @param beta2 the weight of the old mean of squares
   * @param eps added to the root
   * @param weightDecay an L2 penalty on the weights of layers
   */
  record Adam(Schedule learningRate, double beta1, double beta2, double eps, double weightDecay)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return penalized(weightDecay, Optimizers.adam(learningRate, beta1, beta2, eps));
    }
  }

  /**
   * Adam with decoupled weight decay.
   *
   * @param learningRate of each step
   * @param beta1 the weight of the old mean
   * @param beta2 the weight of the old mean of squares
   * @param eps added to the root
   * @param weightDecay of the weights of layers
   */
  record AdamW(Schedule learningRate, double beta1, double beta2, double eps, double weightDecay)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return Optimizers.adamW(learningRate, beta1, beta2, eps, weightDecay);
    }
  }

  /**
   * Adagrad.
   *
   * @param learningRate of each step
   * @param eps added to the root
   * @param weightDecay an L2 penalty on the weights of layers
   */
  record Adagrad(Schedule learningRate, double eps, double weightDecay)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return penalized(weightDecay, Optimizers.adagrad(learningRate, eps));
    }
  }

  /**
   * LAMB, for large batches.
   *
   * @param learningRate of each step
   * @param beta1 the weight of the old mean
   * @param beta2 the weight of the old mean of squares
   * @param eps added to the root
   * @param weightDecay of the weights of layers
   * @param trustRatio which arrays are scaled by it
   */
  record Lamb(
      Schedule learningRate,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      ScaleByTrustRatio.Scope trustRatio)
      implements OptimizerOptions {
    @Override
    public List<Transform> transforms() {
      return Optimizers.lamb(learningRate, beta1, beta2, eps, weightDecay, trustRatio);
    }
  }

  private static List<Transform> penalized(double weightDecay, List<Transform> parts) {
    return weightDecay == 0 ? parts : Optimizers.withPenalty(weightDecay, parts);
  }
}
