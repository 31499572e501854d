package org.syncbn.train;

import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.data.Block;
import org.syncbn.nn.Batch;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.nn.TrainingPass;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.tensor.Tensor;

/**
 * A look at what a training step would compute for a fixed mini-batch at any weights: its loss, its
 * gradient and what reaches each layer, by the statistics of the whole mini-batch. Trains nothing.
 *
 * <pre>{@code
 * Probe probe = new Probe(run.plan(), rows, 256);
 * double loss = probe.at(weights, states);
 * float[] gradient = block.read(probe.gradient());
 * }</pre>
 *
 * <p>The numbers are those of one shard that holds all the rows. Not thread-safe.
 */
public final class Probe {

  private final TrainingPlan plan;
  private final Batch batch;
  private final TrainingPass pass;
  private final Tensor gradient;

  /**
   * Takes the mini-batch.
   *
   * @param rows of the data
   * @param count how many of the first rows make the mini-batch
   */
  public Probe(TrainingPlan plan, Block rows, int count) {
    this.plan = plan;
    Rows taken =
        new Rows(
            count,
            rows.isWeighted(),
            plan.network().input(),
            plan.measures().targetSize(),
            plan.scale());
    this.batch = taken.add(rows, IntStream.range(0, count).toArray(), 0, count).batch();
    this.pass = new TrainingPass(plan.network(), plan.measures(), count);
    this.gradient = Tensor.zeros(plan.network().weightCount());
  }

  /**
   * Computes forward and backward.
   *
   * @param weights all weights // [weights]
   * @param states of the batch norms; those that are normalized by batch statistics take none of it
   *     but gamma and beta, which are those of the weights
   * @return the mean loss of the mini-batch, without penalties
   */
  public double at(Tensor weights, List<BatchNormState> states) {
    List<BatchNormState> current = plan.network().withParameters(states, weights);
    int rows = batch.rows();
    StepSynchronization own = new StepSynchronization(plan.network(), current, rows);
    pass.start(batch, BatchSlice.whole(rows), weights, current, plan.random(0));
    while (!pass.isFinished()) {
      double[] values = pass.contribution(0);
      own.add(values);
      pass.resume(values);
    }
    double[] sums = pass.contribution(0);
    double weight = plan.measures().weight(sums);
    gradient.copyFrom(pass.gradients().get(0).values());
    own.finish(gradient, weight, weights);
    for (int i = 0; i < gradient.size(); i++) {
      gradient.set(i, (float) (gradient.get(i) / weight));
    }
    return plan.measures().loss(sums);
  }

  /**
   * The gradient of the mean loss and the penalties by all weights; the next {@link #at} overwrites
   * it // [weights]
   */
  public Tensor gradient() {
    return gradient;
  }

  /**
   * What reached a layer; the next {@link #at} overwrites it // [rows, ...]
   *
   * @param layer its name, as it stands before the dot in names of arrays
   * @throws IllegalArgumentException if there is no such layer
   */
  public Tensor input(String layer) {
    return pass.input(layer);
  }
}
