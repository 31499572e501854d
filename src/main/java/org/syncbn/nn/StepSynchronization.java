package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.norm.Activation;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.Mode;
import org.syncbn.norm.Normalization;
import org.syncbn.norm.StatisticsDrift;
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
  private final BatchSlice slice;
  private final List<BatchNorm> onTheWayBack;
  private final List<Normalization> normalizations = new ArrayList<>();
  private final List<double[]> backward = new ArrayList<>(); // of those on the way back

  /**
   * Starts a step.
   *
   * @param states the batch norms before it
   * @param batchRows the rows of the global mini-batch, which share statistics
   */
  public StepSynchronization(Network network, List<BatchNormState> states, int batchRows) {
    this(network, states, BatchSlice.whole(batchRows));
  }

  /**
   * Starts a step whose shards may share statistics in groups.
   *
   * @param states the batch norms before it
   * @param slice of any shard
   */
  public StepSynchronization(Network network, List<BatchNormState> states, BatchSlice slice) {
    this.network = network;
    this.states = states;
    this.slice = slice;
    this.onTheWayBack = network.batchNormsBackward();
    agreeWithoutExchange();
  }

  /** Takes the next merged contribution, but not the last of the step; copied where kept. */
  public void add(double[] merged) {
    if (normalizations.size() < states.size()) {
      agree(merged);
      agreeWithoutExchange();
    } else if (backward.size() < onTheWayBack.size()) {
      backward.add(merged.clone());
    } else {
      throw new IllegalStateException("the step has no synchronization point left");
    }
  }

  /** Batch norms that are normalized with running statistics have no forward exchange. */
  private void agreeWithoutExchange() {
    while (normalizations.size() < states.size()
        && next().statisticsLength(Mode.TRAINING, slice) == 0) {
      agree(new double[0]);
    }
  }

  private BatchNorm next() {
    return network.batchNorms().get(normalizations.size());
  }

  private void agree(double[] merged) {
    BatchNormState state = states.get(normalizations.size());
    normalizations.add(next().agree(Mode.TRAINING, slice, state, merged));
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
    requireWeight(weight);
    complete(gradients, weight, weights);
  }

  /**
   * Rejects a mini-batch that has nothing to learn from.
   *
   * @param weight the divisor of the loss, {@link Measures#weight}
   * @throws IllegalArgumentException if no row has a weight
   */
  public static void requireWeight(double weight) {
    if (!(weight > 0) && !Double.isNaN(weight)) {
      throw new IllegalArgumentException(
          "no row of a mini-batch has a weight above 0: leave out rows and classes of weight 0, or "
              + "use larger mini-batches");
    }
  }

  /**
   * What {@link #finish} does, for a part of a mini-batch: its weight may be 0.
   *
   * @param gradients the merged gradients, changed // [weights]
   * @param weight the part's share of the divisor of the loss
   * @param weights the weights of this step // [weights]
   */
  public void complete(Tensor gradients, double weight, Tensor weights) {
    NetworkSlice whole = network.slice(0, weights.size());
    whole.putBatchNormParameters(batchNormGradients(weight), gradients);
    whole.addPenalties(gradients, weight, weights);
  }

  /**
   * The gradients of gamma and beta, with those of their penalties times the weight, one array
   * after the other.
   *
   * @param weight the divisor of the loss, {@link Measures#weight}
   */
  public float[] batchNormGradients(double weight) {
    if (backward.size() < onTheWayBack.size()) {
      throw new IllegalStateException("the step still waits for sums of its batch norms");
    }
    List<float[]> gradients = new ArrayList<>();
    for (Node node : network.nodes()) {
      if (node.isBatchNorm()) {
        node.parameters().forEach(block -> gradients.add(gradient(node, block, weight)));
      }
    }
    return NetworkSlice.concatenate(gradients);
  }

  private float[] gradient(Node node, ParameterBlock block, double weight) {
    int index = node.batchNorm();
    BatchNorm layer = network.batchNorms().get(index);
    if (!block.trained()) {
      return new float[block.size()];
    }
    double[] merged = backward.get(onTheWayBack.indexOf(layer));
    return block.role() == ParameterBlock.Role.GAMMA
        ? layer.gammaGradient(merged, normalizations.get(index), states.get(index), weight)
        : layer.betaGradient(merged, normalizations.get(index), states.get(index), weight);
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
    network.slice(0, weights.size()).constrain(weights);
    List<BatchNormState> committed =
        commitBatchNorms(network.slice(0, weights.size()).batchNormParameters(weights));
    network.putBatchNormParameters(committed, weights);
    return committed;
  }

  /**
   * What {@link #commit} does for the batch norms alone.
   *
   * @param parameters gamma and beta as the optimizer left them, in the order of {@link
   *     NetworkSlice#batchNormParameters}
   */
  public List<BatchNormState> commitBatchNorms(float[] parameters) {
    List<BatchNormState> moved = new ArrayList<>();
    for (int i = 0; i < states.size(); i++) {
      moved.add(network.batchNorms().get(i).updated(states.get(i), normalizations.get(i)));
    }
    return network.withUpdated(moved, parameters);
  }

  /**
   * What the batch norms are like that were normalized by statistics of the mini-batch.
   *
   * @param committed the batch norms after the step, from {@link #commit}
   */
  public List<BatchNormReport> reports(List<BatchNormState> committed) {
    List<BatchNormReport> reports = new ArrayList<>();
    for (Node node : network.nodes()) {
      if (node.isBatchNorm()) {
        int index = node.batchNorm();
        BatchNorm layer = network.batchNorms().get(index);
        BatchNormState state = committed.get(index);
        StatisticsDrift.of(layer, state, normalizations.get(index))
            .ifPresent(
                drift ->
                    reports.add(
                        new BatchNormReport(
                            layer.name(), layer.channels(), drift, deadChannels(node, state))));
      }
    }
    return reports;
  }

  private static int deadChannels(Node node, BatchNormState state) {
    float[] gamma = state.gamma();
    float[] beta = state.beta();
    int dead = 0;
    for (int c = 0; c < state.channels(); c++) {
      if (BatchNormReport.isDead(
          gamma.length == 0 ? 1 : gamma[c],
          beta.length == 0 ? 0 : beta[c],
          node.activation() == Activation.RELU)) {
        dead++;
      }
    }
    return dead;
  }
}
