package org.syncbn.jobs;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.syncbn.api.FittedNetwork;
import org.syncbn.data.Schema;
import org.syncbn.nn.Network;
import org.syncbn.train.EpochResult;
import org.syncbn.train.LabelColumns;
import org.syncbn.train.TrainingOptions;

/**
 * The summary at the end of a run.
 *
 * @param network that was trained
 * @param seconds from its start, reading and evaluation included
 */
record TrainingSummary(FittedNetwork network, double seconds) {

  /** The median over the epochs, the first one left out where there are more. */
  double samplesPerSecond() {
    List<EpochResult> history = network.history();
    double[] rates =
        history.stream()
            .skip(history.size() > 1 ? 1 : 0)
            .mapToDouble(EpochResult::samplesPerSecond)
            .sorted()
            .toArray();
    return rates.length == 0 ? 0 : rates[rates.length / 2];
  }

  /** What a person reads. */
  String text(String engine, String folder) {
    StringBuilder text = new StringBuilder();
    network.metrics().forEach((part, values) -> line(text, part, values(values)));
    Schema schema = network.model().schema();
    if (!schema.classes().isEmpty()) {
      line(text, "classes", "%d: %s".formatted(schema.classes().size(), schema.listedClasses()));
    }
    List<String> labels =
        network.model().options().data().label().map(LabelColumns::names).orElse(List.of());
    if (labels.size() > 1) {
      line(text, "predicts", "%d: %s".formatted(labels.size(), String.join(", ", labels)));
    }
    TrainingOptions training = network.model().options().training();
    int groupSize = training.batchNormGroupSize();
    String scope =
        switch (training.batchNormSync()) {
          case GLOBAL ->
              groupSize == 0 ? "the whole mini-batch" : "groups of %d shards".formatted(groupSize);
          case SHARD -> "each shard alone";
        };
    Network layers = network.model().network();
    int norms = layers.batchNorms().size();
    line(
        text,
        "network",
        String.format(Locale.ROOT, "%,d weights", layers.parameterCount())
            + (norms == 0 ? "" : ", %d x batch norm over %s".formatted(norms, scope)));
    line(text, "engine", engine);
    line(
        text,
        "run",
        String.format(
            Locale.ROOT,
            "%d epochs, %,.0f samples/s, %.1f s",
            network.history().size(),
            samplesPerSecond(),
            seconds));
    line(text, "model", folder);
    return text.toString();
  }

  private static String values(Map<String, Double> metrics) {
    return metrics.entrySet().stream()
        .map(entry -> String.format(Locale.ROOT, "%s %.4f", entry.getKey(), entry.getValue()))
        .collect(Collectors.joining("  "));
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format("%-12s%s%n", name, value));
  }
}
