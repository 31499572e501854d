package org.syncbn.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.norm.BatchNormState;
import org.syncbn.optim.WeightAverage;
import org.syncbn.tensor.Tensor;

/**
 * Weights that executors keep and update in slices: no message carries them but the first of all.
 * The driver has gamma and beta, the clock of the optimizer, and what it {@link #collect collects}.
 */
final class SlicedParameters implements Parameters {

  private final TrainingPlan plan;
  private final TrainingState state;
  private final Engine engine;
  private final long run;
  private Message.Weights weights = Message.Weights.OLD; // that are to count from the next message
  private double weightInAverage; // of these; 0 if they are not to be added
  private float[] prepared = {}; // gamma and beta of the update that was prepared last
  private boolean isCurrent; // the driver has what the executors keep

  /** Loads the executors with the state as it is. */
  SlicedParameters(TrainingPlan plan, TrainingState state, Engine engine, long run) {
    this.plan = plan;
    this.state = state;
    this.engine = engine;
    this.run = run;
    List<Tensor> arrays = new ArrayList<>(state.optimizer.arrays());
    state.average.map(WeightAverage::halves).ifPresent(arrays::add);
    engine.exchange(new Message.Load(run, state.step, state.weights, arrays));
    state.optimizer.release();
  }

  @Override
  public Message begin(Work work) {
    return new Message.Continue(
        run, state.step, work, settlement(), plan.network().statistics(state.states));
  }

  /** What the next message says of the weights, once. */
  private Message.Settlement settlement() {
    float[] parameters =
        weights == Message.Weights.NEW
            ? plan.network().batchNormParameters(state.states)
            : new float[0];
    Message.Settlement settlement = new Message.Settlement(weights, parameters, weightInAverage);
    weights = Message.Weights.OLD;
    weightInAverage = 0;
    return settlement;
  }

  @Override
  public Map<String, Double> prepare(
      Merged merged, double weight, StepSynchronization sync, Message.Report report) {
    boolean isGlobal = plan.scope() == TrainingOptions.StatisticsScope.GLOBAL;
    int exchange = plan.exchanges() + 1;
    Merged answer =
        engine.exchange(
            new Message.Update(
                run,
                state.step,
                exchange,
                state.optimizer.steps(),
                state.optimizer.rateFactor(),
                weight,
                isGlobal ? sync.batchNormGradients(weight) : new float[0],
                report));
    for (int i = state.optimizer.reductions(); i > 0; i--) {
      double[] sums = state.optimizer.byArray(answer.slices().sums());
      answer = engine.exchange(new Message.Agreed(run, state.step, ++exchange, sums));
    }
    prepared = answer.slices().batchNormParameters();
    return report == Message.Report.GRADIENT_NORMS
        ? state.optimizer.norms(answer.slices().sums(), weight)
        : Map.of();
  }

  @Override
  public List<BatchNormState> commit(StepSynchronization sync) {
    weights = Message.Weights.NEW;
    isCurrent = false;
    state.optimizer.goTo(state.optimizer.steps() + 1, state.optimizer.rateFactor());
    return sync.commitBatchNorms(prepared);
  }

  @Override
  public void average(double weightOfNew) {
    weightInAverage = state.average.orElseThrow().countIn(weightOfNew);
    isCurrent = false;
  }

  @Override
  public void collect() {
    if (isCurrent) {
      return;
    }
    Merged all = engine.exchange(new Message.Collect(run, state.step, settlement()));
    List<Tensor> arrays = all.slices().arrays();
    List<Tensor> rest = arrays.subList(1, arrays.size());
    UpdatePlan updates = plan.updates().orElseThrow();
    state.weights.copyFrom(arrays.get(0).reshape(state.weights.shape()));
    state.optimizer.load(updates.ofOptimizer(rest));
    state.average.ifPresent(mine -> mine.load(updates.ofAverage(rest).orElseThrow()));
    isCurrent = true;
  }
}
