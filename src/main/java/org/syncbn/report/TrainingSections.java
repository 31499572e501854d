package org.syncbn.report;

import static org.syncbn.report.SavedReport.elements;
import static org.syncbn.report.SavedReport.number;
import static org.syncbn.report.TextTable.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** What a page shows of training: how it went, whether to trust it, and where the time went. */
record TrainingSections(List<SavedReport> runs) {

  private static final List<String> PARTS = List.of("train", "validation");
  private static final List<String> TIMES = List.of("compute", "exchange", "driver");

  /** From these on, the page says something of a figure. */
  private static final double RISEN_LOSS = 1.05;

  private static final double HIGH_EXCHANGE = 0.5;
  private static final double HIGH_SKEW = 1.5;
  private static final double FAR_DEVIATION = 2;
  private static final double FAR_MEAN = 1;

  List<Page.Section> all() {
    List<Page.Section> sections = new ArrayList<>();
    sections.add(new Page.Section("What the figures say", advice()));
    sections.add(metrics());
    sections.addAll(new EvaluationSections(runs).confusion());
    sections.add(steps());
    sections.add(batchNorms());
    sections.add(gradients());
    sections.add(times());
    sections.removeIf(section -> section.parts().isEmpty());
    return sections;
  }

  private static List<JsonNode> history(SavedReport run) {
    return run.list("history").toList();
  }

  private static Optional<JsonNode> last(SavedReport run, String key) {
    return run.list(key).reduce((before, after) -> after);
  }

  // What the figures say

  private List<PagePart> advice() {
    List<PagePart> words = new ArrayList<>();
    for (SavedReport run : runs) {
      List<String> warnings = new ArrayList<>();
      risenLoss(run).ifPresent(warnings::add);
      last(run, "layers").ifPresent(layers -> batchNormWarnings(layers, warnings));
      timeWarnings(run, warnings);
      for (String warning : warnings) {
        words.add(
            new Words(
                Words.Tone.WARNING, runs.size() == 1 ? warning : run.name() + ": " + warning));
      }
      if (warnings.isEmpty()) {
        words.add(
            new Words(
                Words.Tone.GOOD,
                (runs.size() == 1 ? "" : run.name() + ": ")
                    + "The validation loss did not rise, the running statistics are near those of"
                    + " the mini-batches, and the shards are even, as far as the report has these"
                    + " figures."));
      }
    }
    return words;
  }

  private static Optional<String> risenLoss(SavedReport run) {
    List<JsonNode> history = history(run);
    double least = Double.POSITIVE_INFINITY;
    double last = Double.NaN;
    int epoch = 0;
    for (JsonNode result : history) {
      last = number(result.path("validation").path("loss"));
      if (last < least) {
        least = last;
        epoch = result.path("epoch").asInt();
      }
    }
    return last > RISEN_LOSS * least
        ? Optional.of(
            "The validation loss was lowest after epoch %d (%s) and is %s after the last: the network fits its training rows too closely. Stop earlier (training.earlyStopping), or regularize."
                .formatted(epoch, number(least, 4), number(last, 4)))
        : Optional.empty();
  }

  private static void batchNormWarnings(JsonNode layers, List<String> warnings) {
    for (JsonNode norm : layers.path("batchNorms")) {
      JsonNode drift = norm.path("drift");
      double least = number(drift.path("leastDeviationRatio"));
      double greatest = number(drift.path("greatestDeviationRatio"));
      double shift = number(drift.path("meanShift"));
      if (greatest > FAR_DEVIATION || least < 1 / FAR_DEVIATION || shift > FAR_MEAN) {
        warnings.add(
            "The running statistics of batch norm %s are far from those of the last mini-batch (means off by up to %s deviations, deviations by factors from %s to %s): evaluation may be worse than training. Use --precise-statistics or a larger weight of new statistics."
                .formatted(
                    norm.path("layer").asText(),
                    number(shift, 2),
                    number(least, 2),
                    number(greatest, 2)));
      }
    }
  }

  private static void timeWarnings(SavedReport run, List<String> warnings) {
    double exchange = 0;
    double all = 0;
    for (JsonNode result : history(run)) {
      JsonNode times = result.path("times");
      exchange += seconds(times, "exchange");
      all += TIMES.stream().mapToDouble(part -> seconds(times, part)).sum();
    }
    double skew =
        last(run, "history")
            .map(result -> number(result.path("times").path("shardSkew")))
            .orElse(Double.NaN);
    if (exchange > HIGH_EXCHANGE * all) {
      warnings.add(
          "Exchanges took %d %% of the time of the steps: a larger mini-batch or fewer tasks may be faster; jobs/train --explain compares the engines."
              .formatted(Math.round(100 * exchange / all)));
    }
    if (skew > HIGH_SKEW) {
      warnings.add(
          "The slowest shard took %s times as long as the mean: look for an executor that is slower or busier than the others."
              .formatted(number(skew, 3)));
    }
  }

  private static double seconds(JsonNode times, String part) {
    return number(times.path(part + "Seconds"));
  }

  // Loss and metrics

  private Page.Section metrics() {
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(
        run ->
            history(run)
                .forEach(
                    result ->
                        PARTS.forEach(
                            part -> result.path(part).fieldNames().forEachRemaining(names::add))));
    List<PagePart> charts = new ArrayList<>();
    for (String name : names) {
      List<LineChart.Line> lines = new ArrayList<>();
      for (SavedReport run : runs) {
        for (String part : PARTS) {
          add(lines, ReportPage.named(runs, run, part), epochs(run, r -> r.path(part).path(name)));
        }
      }
      charts.add(new LineChart(capital(name), Axis.linear("epoch"), Axis.linear(name), lines));
    }
    if (runs.size() > 1) {
      charts.add(ends());
    }
    return new Page.Section("Loss and metrics", charts);
  }

  /** The figures at the end of several runs beside each other. */
  private DataTable ends() {
    return DataTable.of(
        ReportPage.titles(runs, "at the end", "value"),
        ReportPage.sideBySide(
            runs,
            run -> {
              Map<String, String> values = new LinkedHashMap<>();
              for (Map.Entry<String, JsonNode> part : run.json().path("metrics").properties()) {
                for (Map.Entry<String, JsonNode> metric : part.getValue().properties()) {
                  values.put(
                      part.getKey() + " " + metric.getKey(), number(number(metric.getValue()), 5));
                }
              }
              for (String key : List.of("samplesPerSecond", "seconds")) {
                values.put(key, number(number(run.json().path(key)), 4));
              }
              return values;
            }));
  }

  private static List<LineChart.Point> epochs(SavedReport run, Function<JsonNode, JsonNode> value) {
    return history(run).stream()
        .filter(result -> !value.apply(result).isMissingNode())
        .map(
            result -> LineChart.Point.of(result.path("epoch").asInt(), number(value.apply(result))))
        .toList();
  }

  private static void add(List<LineChart.Line> lines, String name, List<LineChart.Point> points) {
    if (!points.isEmpty()) {
      lines.add(new LineChart.Line(name, points));
    }
  }

  private static String capital(String name) {
    return Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  // Steps

  private Page.Section steps() {
    List<PagePart> charts = new ArrayList<>();
    Map<String, String> titles = new LinkedHashMap<>();
    titles.put("loss", "Loss of each mini-batch");
    titles.put("learningRate", "Learning rate of each step");
    titles.forEach(
        (key, title) -> {
          List<LineChart.Line> lines = new ArrayList<>();
          for (SavedReport run : runs) {
            add(lines, ReportPage.named(runs, run, ""), points(run.json().path("steps"), key));
          }
          if (!lines.isEmpty()) {
            charts.add(
                new LineChart(title, Axis.linear("step"), Axis.logarithmic(key(key)), lines));
          }
        });
    return new Page.Section("Steps", charts);
  }

  private static String key(String name) {
    return name.equals("learningRate") ? "learning rate" : name;
  }

  private static List<LineChart.Point> points(JsonNode steps, String key) {
    List<JsonNode> places = elements(steps.path("step")).toList();
    List<JsonNode> values = elements(steps.path(key)).toList();
    List<LineChart.Point> points = new ArrayList<>();
    for (int i = 0; i < Math.min(places.size(), values.size()); i++) {
      points.add(LineChart.Point.of(number(places.get(i)), number(values.get(i))));
    }
    return points;
  }

  // Batch norms

  private Page.Section batchNorms() {
    List<PagePart> parts = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    for (SavedReport run : runs) {
      last(run, "layers")
          .ifPresent(layers -> layers.path("batchNorms").forEach(norm -> rows.add(row(run, norm))));
    }
    if (!rows.isEmpty()) {
      parts.add(
          Words.plain(
              "How far running statistics are from those of the last mini-batch of an epoch. A"
                  + " mini-batch of n rows is off by about 1 / sqrt(n) deviations itself. A channel"
                  + " is constant if it has one value in the mini-batch, and dead if gamma is 0 or"
                  + " if a ReLU behind it leaves next to nothing."));
      parts.add(
          DataTable.of(
              List.of(
                  "batch norm",
                  "channels",
                  "means off by up to (deviations)",
                  "deviation ratio, least",
                  "greatest",
                  "constant",
                  "dead"),
              rows));
      parts.add(
          chart(
              "Largest distance of a running mean",
              Axis.linear("deviations"),
              norm -> number(norm.path("drift").path("meanShift"))));
      parts.add(
          chart(
              "Greatest ratio of running to mini-batch deviation",
              Axis.logarithmic("ratio"),
              norm -> number(norm.path("drift").path("greatestDeviationRatio"))));
    }
    return new Page.Section("Batch norms", parts);
  }

  private List<String> row(SavedReport run, JsonNode norm) {
    JsonNode drift = norm.path("drift");
    return List.of(
        ReportPage.named(runs, run, norm.path("layer").asText()),
        norm.path("channels").asText(),
        number(number(drift.path("meanShift")), 3),
        number(number(drift.path("leastDeviationRatio")), 3),
        number(number(drift.path("greatestDeviationRatio")), 3),
        drift.path("constantChannels").asText(),
        norm.path("deadChannels").asText());
  }

  private LineChart chart(String title, Axis y, ToDoubleFunction<JsonNode> value) {
    List<LineChart.Line> lines = new ArrayList<>();
    for (SavedReport run : runs) {
      Map<String, List<LineChart.Point>> points = new LinkedHashMap<>();
      run.list("layers")
          .forEach(
              layers ->
                  layers
                      .path("batchNorms")
                      .forEach(
                          norm ->
                              points
                                  .computeIfAbsent(
                                      norm.path("layer").asText(), name -> new ArrayList<>())
                                  .add(
                                      LineChart.Point.of(
                                          layers.path("epoch").asInt(),
                                          value.applyAsDouble(norm)))));
      points.forEach((name, of) -> add(lines, ReportPage.named(runs, run, "layer " + name), of));
    }
    return new LineChart(title, Axis.linear("epoch"), y, lines);
  }

  // Gradients

  private Page.Section gradients() {
    List<LineChart.Line> lines = new ArrayList<>();
    for (SavedReport run : runs) {
      Map<String, List<LineChart.Point>> points = new LinkedHashMap<>();
      run.list("layers")
          .forEach(
              layers ->
                  layers
                      .path("gradientNorms")
                      .properties()
                      .forEach(
                          norm ->
                              points
                                  .computeIfAbsent(norm.getKey(), name -> new ArrayList<>())
                                  .add(
                                      LineChart.Point.of(
                                          layers.path("epoch").asInt(), number(norm.getValue())))));
      points.keySet().removeIf(name -> !name.endsWith(".weight"));
      points.forEach((name, of) -> add(lines, ReportPage.named(runs, run, name), of));
    }
    return lines.isEmpty()
        ? new Page.Section("Gradients", List.of())
        : Page.Section.of(
            "Gradients",
            new LineChart(
                "Norm of the gradient of each weight array, in the last step of an epoch",
                Axis.linear("epoch"),
                Axis.logarithmic("norm"),
                lines));
  }

  // Times

  private Page.Section times() {
    List<PagePart> charts = new ArrayList<>();
    for (SavedReport run : runs) {
      List<StackedChart.Column> columns =
          history(run).stream()
              .filter(result -> result.path("times").isObject())
              .map(
                  result ->
                      new StackedChart.Column(
                          result.path("epoch").asText(),
                          TIMES.stream().map(p -> seconds(result.path("times"), p)).toList()))
              .toList();
      if (!columns.isEmpty()) {
        charts.add(
            new StackedChart(
                ReportPage.named(runs, run, "Time of the steps of each epoch"),
                "epoch",
                "seconds",
                TIMES,
                columns));
      }
    }
    lines(charts, "Training rows per second", "rows/s", r -> r.path("samplesPerSecond"));
    lines(
        charts,
        "Skew: the slowest shard's time divided by the mean",
        "skew",
        r -> r.path("times").path("shardSkew"));
    return new Page.Section("Time", charts);
  }

  private void lines(
      List<PagePart> charts, String title, String label, Function<JsonNode, JsonNode> value) {
    List<LineChart.Line> lines = new ArrayList<>();
    runs.forEach(run -> add(lines, ReportPage.named(runs, run, ""), epochs(run, value)));
    if (!lines.isEmpty()) {
      charts.add(new LineChart(title, Axis.linear("epoch"), Axis.linear(label), lines));
    }
  }
}
