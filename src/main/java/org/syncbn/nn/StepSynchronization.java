package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.Mode;
import org.syncbn.norm.Normalization;
import org.syncbn.tensor.Tensor;

/**
 * The driver's half of a training step: what the merged contributions mean for gradients and
 * running statistics.
 *
 * <pre>{@code
 * StepSynchronization step = new StepSynchronization(network, states, batchRows);
 * for each exchange but the last: step.add(merged);
 * double weight = measures.weight(sums);
 * step.finish(gradients, weight, weights);
 * optimizer.step(weights, gradients, weight);      // divides by the weight
 * states = step.commit(weights);                    // constraints, running statistics
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class StepSynchronization {

  private final Network network;
  private final List<BatchNormState> states;
  private final int batchRows;
  private final List<Normalization> normalizations = new ArrayList<>();
  private final List<double[]> backward = new ArrayList<>(); // last batch norm first

  /**
   * Starts a step.
   *
   * @param states the batch norms before it
   * @param batchRows the rows of the global mini-batch
   */
  public StepSynchronization(Network network, List<BatchNormState> states, int batchRows) {
    this.network = network;
    this.states = states;
    this.batchRows = batchRows;
    agreeWithoutExchange();
  }

  /** Takes the next merged contribution, but not the last of the step; copied where kept. */
  public void add(double[] merged) {
    if (normalizations.size() < states.size()) {
      agree(merged);
      agreeWithoutExchange();
    } else if (backward.size() < states.size()) {
      backward.add(merged.clone());
    } else {
      throw new IllegalStateException("the step has no synchronization point left");
    }
  }

  /** Batch norms that are normalized with running statistics have no forward exchange. */
  private void agreeWithoutExchange() {
    while (normalizations.size() < states.size()
        && next().statisticsLength(Mode.TRAINING, batchRows) == 0) {
      agree(new double[0]);
    }
  }

  private BatchNorm next() {
    return network.batchNorms().get(normalizations.size());
  }

  private void agree(double[] merged) {
    BatchNormState state = states.get(normalizations.size());
    normalizations.add(next().agree(Mode.TRAINING, batchRows, state, merged));
  }

  /**
   * Completes the merged gradients of the summed loss: writes those of gamma and beta, and adds the
   * penalties' times the weight, so that all are to be divided by the weight.
   *
   * @param gradients the merged gradients, changed // [weights]
   * @param weight the divisor of the loss, {@link Measures#weight}
   * @param weights the weights of this step // [weights]
   * @throws IllegalArgumentException if no row has a weight
   */
  public void finish(Tensor gradients, double weight, Tensor weights) {
    if (backward.size() < states.size()) {
      throw new IllegalStateException("the step still waits for sums of its batch norms");
    }
    if (!(weight > 0) && !Double.isNaN(weight)) {
      throw new IllegalArgumentException(
          "no row of a mini-batch has a weight above 0: leave out rows and classes of weight 0, or "
              + "use larger mini-batches");
    }
    for (Node node : network.nodes()) {
      if (node.isBatchNorm()) {
        finishBatchNorm(node, gradients, weight);
      }
    }
    for (ParameterBlock block : network.parameters()) {
      if (!block.regularizer().isNone()) {
        float[] penalty = new float[block.size()];
        block.regularizer().addGradient(block.readRaw(weights), penalty);
        float[] gradient = block.readRaw(gradients);
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] += (float) (weight * penalty[i]);
        }
        gradients.write(block.offset(), gradient, 0, gradient.length);
      }
    }
  }

  private void finishBatchNorm(Node node, Tensor gradients, double weight) {
    int index = node.batchNorm();
    BatchNorm layer = network.batchNorms().get(index);
    // Divided first: norm adds the penalties on gamma and beta. In place: nobody asks again.
    double[] mean = backward.get(states.size() - 1 - index);
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= weight;
    }
    for (ParameterBlock block : node.parameters()) {
      float[] gradient =
          block.role() == ParameterBlock.Role.GAMMA
              ? layer.gammaGradient(mean, normalizations.get(index), states.get(index))
              : layer.betaGradient(mean, normalizations.get(index), states.get(index));
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= (float) weight;
      }
      gradients.write(block.offset(), gradient, 0, gradient.length);
    }
  }

  /**
   * Whether a batch norm's policy for small batches asks not to commit this step: neither weights
   * nor running statistics are to move.
   */
  public boolean isSkipped() {
    return normalizations.stream().anyMatch(Normalization::isSkipped);
  }

  /**
   * Commits the step: puts the weights that the optimizer left back under their constraints, and
   * moves the running statistics.
   *
   * @param weights the new weights, changed only by constraints // [weights]
   * @return the batch norms after the step
   * @throws ArithmeticException if a number of a batch norm would be non-finite; the message names
   *     layer and channel
   */
  public List<BatchNormState> commit(Tensor weights) {
    for (ParameterBlock block : network.parameters()) {
      block.constrain(weights);
    }
    List<BatchNormState> moved = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      moved.add(network.batchNorms().get(i).updated(states.get(i), normalizations.get(i)));
    }
    List<BatchNormState> committed = network.withParameters(moved, weights);
    network.putBatchNormParameters(committed, weights);
    return committed;
  }
}
