package org.syncbn.norm;

import java.io.Serializable;
import org.syncbn.tensor.Initializer;

/**
 * The running mean and variance of a batch norm.
 *
 * @param average how they follow
 * @param variance which variance the running one follows
 * @param update whether committed steps move them
 * @param meanInitializer the first values of the mean
 * @param varianceInitializer the first values of the variance, none below 0
 */
public record RunningOptions(
    RunningAverage average,
    RunningVariance variance,
    RunningUpdate update,
    Initializer meanInitializer,
    Initializer varianceInitializer)
    implements Serializable {

  /** Those of PyTorch. */
  static final RunningOptions PYTORCH =
      new RunningOptions(
          RunningAverage.weightOfNew(0.1),
          RunningVariance.SAMPLE,
          RunningUpdate.ON,
          Initializer.zeros(),
          Initializer.ones());

  RunningOptions with(RunningAverage value) {
    return new RunningOptions(value, variance, update, meanInitializer, varianceInitializer);
  }

  RunningOptions with(RunningVariance value) {
    return new RunningOptions(average, value, update, meanInitializer, varianceInitializer);
  }

  RunningOptions with(RunningUpdate value) {
    return new RunningOptions(average, variance, value, meanInitializer, varianceInitializer);
  }

  RunningOptions withMean(Initializer value) {
    return new RunningOptions(average, variance, update, value, varianceInitializer);
  }

  RunningOptions withVariance(Initializer value) {
    return new RunningOptions(average, variance, update, meanInitializer, value);
  }
}
