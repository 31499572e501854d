package org.syncbn.train;

import java.util.OptionalDouble;
import org.syncbn.train.TrainingOptions.ReduceOnPlateau;

/**
 * How long a metric has not improved: what {@link ReduceOnPlateau} remembers between epochs.
 *
 * @param best the best value so far; empty before the first number
 * @param badEpochs how many epochs in a row brought no improvement
 * @param cooldown for how many more epochs nothing is counted
 */
record Plateau(OptionalDouble best, int badEpochs, int cooldown) {

  static final Plateau NONE = new Plateau(OptionalDouble.empty(), 0, 0);

  /** After an epoch. */
  Plateau after(double value, Monitor monitor) {
    boolean improves = monitor.improves(value, best);
    return new Plateau(
        improves ? OptionalDouble.of(value) : best,
        improves || cooldown > 0 ? 0 : badEpochs + 1,
        Math.max(0, cooldown - 1));
  }

  /** Whether the learning rate is to be reduced now. */
  boolean isOver(ReduceOnPlateau options) {
    return badEpochs > options.patience();
  }

  /** After the learning rate was reduced. */
  Plateau reduced(ReduceOnPlateau options) {
    return new Plateau(best, 0, options.cooldown());
  }
}
