package io.syncbn.jobs;

import io.syncbn.train.EpochResult;
import io.syncbn.train.TrainingRun;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The end of a run in a few lines.
 *
 * @param run that ended
 * @param metrics of its parts of the data
 * @param seconds from its start, reading and evaluation included
 */
record TrainingSummary(TrainingRun run, Map<String, Map<String, Double>> metrics, double seconds) {

  /** The median over the epochs, the first one left out where there are more. */
  double samplesPerSecond() {
    List<EpochResult> history = run.history();
    double[] rates =
        history.stream()
            .skip(history.size() > 1 ? 1 : 0)
            .mapToDouble(EpochResult::samplesPerSecond)
            .sorted()
            .toArray();
    return rates.length == 0 ? 0 : rates[rates.length / 2];
  }

  String text(String folder) {
    StringBuilder text = new StringBuilder();
    metrics.forEach(
        (part, values) -> {
          text.append(String.format(Locale.ROOT, "%-12s", part));
          values.forEach(
              (name, value) -> text.append(String.format(Locale.ROOT, "%s %.4f  ", name, value)));
          text.append(System.lineSeparator());
        });
    text.append(
        String.format(
            Locale.ROOT,
            "%,d weights, %d epochs, %,.0f samples/s, %.1f s%nmodel       %s%n",
            run.plan().network().weightCount(),
            run.history().size(),
            samplesPerSecond(),
            seconds,
            folder));
    return text.toString();
  }
}
