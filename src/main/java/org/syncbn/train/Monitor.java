package org.syncbn.train;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.syncbn.nn.ClassMetric;
import org.syncbn.nn.Measures;
import org.syncbn.nn.Metric;
import org.syncbn.train.TrainingOptions.MonitorMode;

/**
 * A metric of the validation rows that a run watches, and what counts as an improvement of it.
 *
 * @param metric its name
 * @param lowerIsBetter whether lower values are better
 * @param minDelta a change that is not larger is no improvement
 */
record Monitor(String metric, boolean lowerIsBetter, double minDelta) {

  /**
   * Finds the metric among those that a run measures.
   *
   * @param key of the run file that asks for it, for sentences
   * @throws IllegalArgumentException in a sentence, if the run does not measure it
   */
  static Monitor of(
      String key, String metric, MonitorMode mode, double minDelta, Measures measures) {
    boolean isLoss = metric.equals(Measures.LOSS);
    List<Metric> found =
        measures.metrics().stream()
            .filter(any -> !(any instanceof ClassMetric.ConfusionMatrix))
            .filter(any -> metric.equals(any.label()) || metric.startsWith(any.label() + "."))
            .toList();
    if (!isLoss && found.isEmpty()) {
      throw new IllegalArgumentException(
          "%s.monitor is %s, which this run does not measure; it measures %s"
              .formatted(key, metric, measures.labels()));
    }
    boolean lower =
        switch (mode) {
          case AUTO -> isLoss || found.get(0).lowerIsBetter();
          case MIN -> true;
          case MAX -> false;
        };
    return new Monitor(metric, lower, minDelta);
  }

  /** The metric's value; NaN if no validation row had a weight. */
  double value(Map<String, Double> validation) {
    return validation.getOrDefault(metric, Double.NaN);
  }

  /** Whether a value improves on the best one so far: NaN never, any number if there is none. */
  boolean improves(double value, OptionalDouble best) {
    if (best.isEmpty()) {
      return !Double.isNaN(value);
    }
    return lowerIsBetter
        ? value < best.getAsDouble() - minDelta
        : value > best.getAsDouble() + minDelta;
  }
}
