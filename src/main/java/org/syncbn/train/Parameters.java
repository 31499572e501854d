package org.syncbn.train;

import java.util.List;
import java.util.Map;
import org.syncbn.nn.StepSynchronization;
import org.syncbn.norm.BatchNormState;

/**
 * The weights of a run, the state of their optimizer, and what a step does to them, wherever they
 * are kept. A step that is prepared and not committed has changed nothing. Not thread-safe.
 */
interface Parameters {

  /** The first message of work with the weights as they are. */
  Message begin(Work work);

  /**
   * Computes the weights after a step.
   *
   * @param merged what the last exchange of the step brought
   * @param weight the divisor of the gradients, above 0
   * @param sync has all merged sums of the step
   * @return if asked for, the Euclidean norm of the gradient of each array that is trained, divided
   *     by the weight
   * @throws ArithmeticException if a number is not finite; the message names the array
   */
  Map<String, Double> prepare(
      Merged merged, double weight, StepSynchronization sync, Message.Report report);

  /** Makes what was prepared last count; the batch norms after the step. */
  List<BatchNormState> commit(StepSynchronization sync);

  /**
   * Adds the weights after the last step to their average.
   *
   * @param weightOfNew as in {@link org.syncbn.optim.WeightAverage#add}
   */
  void average(double weightOfNew);

  /**
   * Brings {@link TrainingState#weights}, the state of the optimizer and the average of weights up
   * to date.
   */
  void collect();
}
