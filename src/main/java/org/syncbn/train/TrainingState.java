package org.syncbn.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.syncbn.norm.BatchNormState;
import org.syncbn.optim.Optimizer;
import org.syncbn.optim.WeightAverage;
import org.syncbn.tensor.Tensor;

/**
 * The committed state of a run. Only the driver owns it, and changes it once per finished step;
 * where executors keep the weights, those here are the ones that were collected last. Together with
 * the data and the options it determines the rest of the run to the bit. Not thread-safe.
 */
final class TrainingState {

  /**
   * The best epoch so far, by what early stopping watches.
   *
   * @param epoch which one, from 1
   * @param value of the watched metric
   * @param weights after it // [weights]
   * @param states after it
   */
  record Best(int epoch, double value, Tensor weights, List<BatchNormState> states) {}

  /** The weights after the last step; another tensor after each // [weights]. */
  Tensor weights;

  private Optional<Tensor> nextWeights = Optional.empty();

  final Optimizer optimizer;
  List<BatchNormState> states;

  /** Steps done, over all epochs. */
  long step;

  /** Epochs done. */
  int epoch;

  /** Mini-batches of the running epoch that are done. */
  long batch;

  /** Sums of loss and metrics over those mini-batches. */
  double[] sums;

  /** Whether early stopping has ended the run. */
  boolean stopped;

  /** Whether running statistics are those of all training rows. */
  boolean precise;

  /** The average of the weights, if the run is to end with one. */
  final Optional<WeightAverage> average;

  /** How long what lowers the learning rate has not improved. */
  Plateau plateau = Plateau.NONE;

  final List<EpochResult> history = new ArrayList<>();
  Optional<Best> best = Optional.empty();

  TrainingState(
      Tensor weights,
      List<BatchNormState> states,
      Optimizer optimizer,
      Optional<WeightAverage> average,
      int sums) {
    this.weights = weights;
    this.states = states;
    this.optimizer = optimizer;
    this.average = average;
    this.sums = new double[sums];
  }

  /** How many weights are in the average. */
  long averaged() {
    return average.map(WeightAverage::count).orElse(0L);
  }

  /** Where the next step puts its weights // [weights]. */
  Tensor nextWeights() {
    if (nextWeights.isEmpty()) {
      nextWeights = Optional.of(Tensor.zeros(weights.shape()));
    }
    return nextWeights.get();
  }

  /** Takes the next weights in the place of the weights. */
  void swapWeights() {
    Tensor old = weights;
    weights = nextWeights();
    nextWeights = Optional.of(old);
  }
}
