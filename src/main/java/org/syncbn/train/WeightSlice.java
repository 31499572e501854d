package org.syncbn.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.syncbn.nn.NetworkSlice;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.WeightAverage;
import org.syncbn.tensor.Tensor;

/**
 * The weights [from, to) with the state of their optimizer, at their owner, and a copy of all
 * weights. An update makes new weights beside the old ones; which of them count is said by the
 * message after it. Not thread-safe.
 */
public final class WeightSlice {

  private final NetworkSlice layers;
  private final NetworkSlice allLayers;
  private final TrainingOptions.StatisticsScope scope;
  private final Optimizer optimizer;
  private final UpdatePlan plan;
  private final Optional<WeightAverage> average;
  private final int from;
  private final int to;
  private Tensor weights; // all
  private volatile Tensor next; // all; others' new weights are put there by other threads

  WeightSlice(UpdatePlan plan, int from, int to) {
    this.plan = plan;
    this.layers = plan.network().slice(from, to);
    this.allLayers = plan.network().slice(0, plan.size());
    this.scope = plan.scope();
    this.optimizer = new Optimizer(plan.transforms(), plan.segments(), from, to);
    this.average = plan.average(from, to);
    this.from = from;
    this.to = to;
    this.weights = Tensor.zeros(plan.size());
    this.next = Tensor.zeros(plan.size());
  }

  /**
   * Begins with weights, and with the state of the optimizer if there is one.
   *
   * @param load the {@link UpdatePlan#part} of this slice
   */
  public void load(Message.Load load) {
    weights.copyFrom(load.weights().reshape(load.weights().size()));
    optimizer.load(plan.ofOptimizer(load.state()));
    average.ifPresent(mine -> mine.load(plan.ofAverage(load.state()).orElseThrow()));
  }

  /** The new weights [first, end), to be sent or received. */
  public Tensor next(int first, int end) {
    return next.rows(first, end);
  }

  /** The new weights of this slice. */
  public Tensor next() {
    return next(from, to);
  }

  /**
   * Computes new weights.
   *
   * @param gradients merged, of this slice; changed // [to - from]
   * @param reduction sums over all slices
   * @param team does most of the work
   * @throws ArithmeticException as {@link Optimizer#prepare} does; the old weights stay
   */
  public Contribution.Slice update(
      Message.Update update, Tensor gradients, Optimizer.Reduction reduction, Optimizer.Team team) {
    if (scope == TrainingOptions.StatisticsScope.GLOBAL) {
      layers.putBatchNormParameters(update.batchNormGradients(), gradients);
      layers.addPenalties(gradients, update.weight(), weights);
    }
    double[] squares =
        update.report() == Message.Report.GRADIENT_NORMS
            ? optimizer.squares(gradients, team)
            : new double[0];
    optimizer.goTo(update.optimizerSteps(), update.rateFactor());
    optimizer.prepare(weights.rows(from, to), gradients, update.weight(), next(), team, reduction);
    layers.constrain(next);
    return new Contribution.Slice(layers.batchNormParameters(next()), squares, List.of());
  }

  /**
   * Makes the weights count that a message names.
   *
   * @param team does most of the work
   */
  public void settle(Message.Settlement settlement, Optimizer.Team team) {
    if (settlement.weights() == Message.Weights.NEW) {
      Tensor old = weights;
      weights = next;
      next = old;
      optimizer.commit();
      allLayers.putBatchNormParameters(settlement.batchNormParameters(), weights);
    }
    if (settlement.weightInAverage() > 0) {
      average.orElseThrow().blend(weights, settlement.weightInAverage(), team);
    }
  }

  /** The first message of a step for the shards here, with the weights that count. */
  public Message.Begin begin(Message.Continue message) {
    return new Message.Begin(
        message.run(), message.step(), message.work(), weights, message.statistics());
  }

  /** All that is kept here of the slice; not changed until the next update counts. */
  public Contribution.Slice collect() {
    List<Tensor> arrays = new ArrayList<>();
    arrays.add(weights.rows(from, to));
    arrays.addAll(optimizer.arrays());
    average.map(WeightAverage::halves).ifPresent(arrays::add);
    return new Contribution.Slice(new float[0], new double[0], arrays);
  }
}
