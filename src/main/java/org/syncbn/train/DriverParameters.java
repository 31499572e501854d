package org.syncbn.train;

import java.util.List;
import java.util.Map;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.norm.BatchNormState;

/** Weights that the driver keeps, and sends with the first message of every step. */
final class DriverParameters implements Parameters {

  private final TrainingPlan plan;
  private final TrainingState state;
  private final Engine engine;
  private final long run;

  DriverParameters(TrainingPlan plan, TrainingState state, Engine engine, long run) {
    this.plan = plan;
    this.state = state;
    this.engine = engine;
    this.run = run;
  }

  @Override
  public Message begin(Work work) {
    return new Message.Begin(
        run, state.step, work, state.weights, plan.network().statistics(state.states));
  }

  @Override
  public Map<String, Double> prepare(
      Merged merged, double weight, StepSynchronization sync, Message.Report report) {
    if (plan.scope() == TrainingOptions.StatisticsScope.GLOBAL) { // else each shard has
      sync.complete(merged.gradients(), weight, state.weights);
    }
    Map<String, Double> norms =
        report == Message.Report.GRADIENT_NORMS
            ? state.optimizer.norms(
                state.optimizer.squares(merged.gradients(), engine::share), weight)
            : Map.of();
    state.optimizer.prepare(
        state.weights, merged.gradients(), weight, state.nextWeights(), engine::share);
    return norms;
  }

  @Override
  public List<BatchNormState> commit(StepSynchronization sync) {
    List<BatchNormState> states = sync.commit(state.nextWeights());
    state.swapWeights();
    state.optimizer.commit();
    return states;
  }

  @Override
  public void average(double weightOfNew) {
    state.average.orElseThrow().add(state.weights, weightOfNew, engine::share);
  }

  @Override
  public void collect() {}
}
