package org.syncbn.train;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.syncbn.nn.BatchNormReport;

/**
 * Watches a run, and warns of what a person should look at: once of each kind. Not thread-safe.
 *
 * <p>Rows are assigned to shards by a hash of their content, so there is no warning of sorted
 * input: no order of the input makes shards unlike.
 */
final class Diagnostics implements TrainingListener {

  /** The kinds of warnings. */
  private enum Kind {
    RISING_LOSS,
    CONSTANT_CHANNELS,
    DEAD_CHANNELS
  }

  /** The weight of the past in the mean of the losses. */
  private static final double SMOOTHING = 0.95;

  /** A mean loss so many times the lowest is high... */
  private static final double HIGH = 1.5;

  /** ...if it is also so much of the first loss above it, since small losses vary more... */
  private static final double MARGIN = 0.1;

  /** ...for so many steps in a row. */
  private static final int STEPS = 50;

  /** A batch norm with so great a share of dead channels is worth a warning. */
  private static final double DEAD_SHARE = 0.1;

  private final TrainingListener told;
  private final Set<Kind> said = EnumSet.noneOf(Kind.class);
  private double first = Double.NaN;
  private double mean;
  private double lowest = Double.POSITIVE_INFINITY;
  private int high; // how many steps in a row

  /** Tells a listener. */
  Diagnostics(TrainingListener told) {
    this.told = told;
  }

  @Override
  public void onStep(StepResult result) {
    if (Double.isNaN(first)) {
      first = result.loss();
      mean = first;
    }
    mean = SMOOTHING * mean + (1 - SMOOTHING) * result.loss();
    lowest = Math.min(lowest, mean);
    boolean isHigh = mean > HIGH * lowest && mean - lowest > MARGIN * Math.abs(first);
    high = isHigh ? high + 1 : 0;
    if (high == STEPS) {
      warn(
          Kind.RISING_LOSS,
          "the loss has been %.1f times as high as its lowest mean for %d steps (until step %d):"
              + " the learning rate, now %s, may be too high; lower it, warm it up, or clip"
              + " gradients",
          mean / lowest,
          STEPS,
          result.step(),
          (float) result.learningRate());
    }
  }

  @Override
  public void onLayers(LayersResult result) {
    for (BatchNormReport norm : result.batchNorms()) {
      int constant = norm.drift().constantChannels();
      if (constant > 0) {
        warn(
            Kind.CONSTANT_CHANNELS,
            "%d of the %d channels that reach batch norm %s are the same for all rows of a"
                + " mini-batch, and leave it as beta: leave out features that do not vary; behind"
                + " other layers, lower the learning rate",
            constant,
            norm.channels(),
            norm.layer());
      }
      if (norm.deadChannels() > DEAD_SHARE * norm.channels()) {
        warn(
            Kind.DEAD_CHANNELS,
            "%d of the %d channels of batch norm %s are dead: they have one value for nearly every"
                + " row; lower the learning rate, or the weight decay of gamma and beta",
            norm.deadChannels(),
            norm.channels(),
            norm.layer());
      }
    }
  }

  private void warn(Kind kind, String sentence, Object... values) {
    if (said.add(kind)) {
      told.onNote("warning: " + String.format(Locale.ROOT, sentence, values));
    }
  }
}
