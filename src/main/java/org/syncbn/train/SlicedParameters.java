package org.syncbn.train;

import java.util.List;
import java.util.Map;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.norm.BatchNormState;
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
  private float[] prepared = {}; // gamma and beta of the update that was prepared last
  private long collected = -1; // how many steps the optimizer had taken then

  /** Loads the executors with the state as it is. */
  SlicedParameters(TrainingPlan plan, TrainingState state, Engine engine, long run) {
    this.plan = plan;
    this.state = state;
    this.engine = engine;
    this.run = run;
    engine.exchange(new Message.Load(run, state.step, state.weights, state.optimizer.arrays()));
    state.optimizer.release();
  }

  @Override
  public Message begin(Work work) {
    float[] parameters = settling();
    return new Message.Continue(
        run, state.step, work, take(), parameters, plan.network().statistics(state.states));
  }

  /** Gamma and beta that are to be put in the place of those that an update made, if one did. */
  private float[] settling() {
    return weights == Message.Weights.NEW
        ? plan.network().batchNormParameters(state.states)
        : new float[0];
  }

  private Message.Weights take() {
    Message.Weights taken = weights;
    weights = Message.Weights.OLD;
    return taken;
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
    state.optimizer.commit();
    return sync.commitBatchNorms(prepared);
  }

  @Override
  public void collect() {
    if (collected == state.optimizer.steps()) {
      return;
    }
    float[] parameters = settling();
    Merged all = engine.exchange(new Message.Collect(run, state.step, take(), parameters));
    List<Tensor> arrays = all.slices().arrays();
    state.weights.copyFrom(arrays.get(0).reshape(state.weights.shape()));
    state.optimizer.load(arrays.subList(1, arrays.size()));
    collected = state.optimizer.steps();
  }
}
