package org.syncbn.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.syncbn.optim.Transform.AddDecayedWeights;
import org.syncbn.optim.Transform.Momentum;
import org.syncbn.optim.Transform.ScaleByAdagrad;
import org.syncbn.optim.Transform.ScaleByAdam;
import org.syncbn.optim.Transform.ScaleByLearningRate;
import org.syncbn.optim.Transform.ScaleByRms;
import org.syncbn.optim.Transform.ScaleByTrustRatio;

/**
 * The optimizers that have names, as compositions. Clipping goes in front of any of them: {@link
 * #before}.
 */
public final class Optimizers {

  private Optimizers() {}

  /** Plain gradient descent. */
  public static List<Transform> sgd(Schedule rate) {
    return List.of(new ScaleByLearningRate(rate));
  }

  /** Gradient descent with momentum, usually 0.9. */
  public static List<Transform> momentum(Schedule rate, double momentum) {
    return List.of(new Momentum(momentum, 0, Momentum.Form.CLASSIC), new ScaleByLearningRate(rate));
  }

  /** Gradient descent with Nesterov's momentum. */
  public static List<Transform> nesterov(Schedule rate, double momentum) {
    return List.of(
        new Momentum(momentum, 0, Momentum.Form.NESTEROV), new ScaleByLearningRate(rate));
  }

  /** RMSprop; with momentum behind it if its weight is above 0. */
  public static List<Transform> rmsprop(
      Schedule rate, double decay, double eps, ScaleByRms.Center center, double momentum) {
    List<Transform> parts = new ArrayList<>();
    parts.add(new ScaleByRms(decay, eps, center));
    if (momentum > 0) {
      parts.add(new Momentum(momentum, 0, Momentum.Form.CLASSIC));
    }
    parts.add(new ScaleByLearningRate(rate));
    return List.copyOf(parts);
  }

  /** Adam, usually with 0.9, 0.999 and 1e-8. */
  public static List<Transform> adam(Schedule rate, double beta1, double beta2, double eps) {
    return List.of(new ScaleByAdam(beta1, beta2, eps), new ScaleByLearningRate(rate));
  }

  /** Adam with decoupled weight decay (Loshchilov and Hutter 2019), usually of 0.01. */
  public static List<Transform> adamW(
      Schedule rate, double beta1, double beta2, double eps, double decay) {
    return List.of(
        new ScaleByAdam(beta1, beta2, eps),
        new AddDecayedWeights(decay),
        new ScaleByLearningRate(rate));
  }

  /** Adagrad, usually with eps 1e-10. */
  public static List<Transform> adagrad(Schedule rate, double eps) {
    return List.of(new ScaleByAdagrad(0, eps), new ScaleByLearningRate(rate));
  }

  /** LAMB for large batches (You et al. 2020), usually with 0.9, 0.999, 1e-6, 0.01 and DECAYED. */
  public static List<Transform> lamb(
      Schedule rate,
      double beta1,
      double beta2,
      double eps,
      double decay,
      ScaleByTrustRatio.Scope trustRatio) {
    return List.of(
        new ScaleByAdam(beta1, beta2, eps),
        new AddDecayedWeights(decay),
        new ScaleByTrustRatio(trustRatio),
        new ScaleByLearningRate(rate));
  }

  /** The same with an L2 penalty on the weights that decay: PyTorch's weight_decay. */
  public static List<Transform> withPenalty(double decay, List<Transform> optimizer) {
    return before(new AddDecayedWeights(decay), optimizer);
  }

  /** The same with other learning rates. */
  public static List<Transform> withRates(
      UnaryOperator<Schedule> change, List<Transform> optimizer) {
    return optimizer.stream()
        .<Transform>map(
            part ->
                part instanceof ScaleByLearningRate rate
                    ? new ScaleByLearningRate(change.apply(rate.schedule()))
                    : part)
        .toList();
  }

  /** The same with another part in front, such as clipping. */
  public static List<Transform> before(Transform first, List<Transform> optimizer) {
    List<Transform> parts = new ArrayList<>();
    parts.add(first);
    parts.addAll(optimizer);
    return List.copyOf(parts);
  }
}
