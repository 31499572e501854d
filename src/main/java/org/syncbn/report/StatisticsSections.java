package org.syncbn.report;

import static org.syncbn.report.SavedReport.number;
import static org.syncbn.report.TextTable.count;
import static org.syncbn.report.TextTable.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a page shows of dataset statistics and of normalized data. */
record StatisticsSections(List<SavedReport> runs) {

  private static final int MOST_HISTOGRAMS = 24;
  private static final int MOST_VERIFIED = 100;

  /** So many deviations from 0, the sum of squares hides what varies. */
  private static final double FAR = 10;

  /** From so many rows on, a column that says the same of all is said once. */
  private static final int MANY = 50;

  /** A column of the table of features. */
  private record Figure(String title, DataTable.Holds holds, Function<JsonNode, String> text) {}

  private static final List<Figure> FIGURES =
      List.of(
          new Figure("feature", DataTable.Holds.WORDS, f -> f.path("name").asText()),
          figure("count", f -> count(f.path("count").asLong())),
          figure("missing", f -> count(f.path("missing").asLong())),
          figure("mean", f -> number(number(f.path("mean")), 6)),
          figure("std. deviation", f -> number(deviation(f), 5)),
          figure("min", f -> number(number(f.path("min")), 4)),
          figure("max", f -> number(number(f.path("max")), 4)),
          figure("digits lost", f -> Integer.toString(digitsLost(f))),
          new Figure("flags", DataTable.Holds.WORDS, f -> String.join(", ", flags(f))));

  private static Figure figure(String title, Function<JsonNode, String> text) {
    return new Figure(title, DataTable.Holds.NUMBERS, text);
  }

  List<Page.Section> all() {
    List<Page.Section> sections = new ArrayList<>();
    if (runs.size() > 1) {
      sections.add(new Page.Section("What moved", moved()));
    }
    for (SavedReport run : runs) {
      sections.add(new Page.Section(ReportPage.named(runs, run, "Features"), features(run)));
      List<PagePart> histograms = histograms(run);
      if (!histograms.isEmpty()) {
        sections.add(new Page.Section(ReportPage.named(runs, run, "Histograms"), histograms));
      }
      List<PagePart> verification = verification(run);
      if (!verification.isEmpty()) {
        sections.add(
            new Page.Section(ReportPage.named(runs, run, "Before and after"), verification));
      }
    }
    return sections;
  }

  private static double deviation(JsonNode moments) {
    return Math.sqrt(number(moments.path("populationVariance")));
  }

  private static boolean isConstant(JsonNode feature) {
    return feature.path("constant").asBoolean();
  }

  /** How far the mean is from 0, in deviations. */
  private static double distance(JsonNode feature) {
    return Math.abs(number(feature.path("mean"))) / deviation(feature);
  }

  /**
   * Digits of a variance that {@code mean of squares - square of mean} loses in doubles: those by
   * which the subtracted numbers are larger than their difference. All that a double has where
   * nothing varies.
   */
  static int digitsLost(JsonNode feature) {
    double distance = distance(feature);
    int digits = 16;
    if (Double.isNaN(distance)) {
      return 0;
    }
    return (int) Math.min(digits, Math.round(Math.max(0, 2 * Math.log10(distance))));
  }

  static List<String> flags(JsonNode feature) {
    List<String> flags = new ArrayList<>();
    if (isConstant(feature)) {
      flags.add("constant");
    }
    if (feature.path("missing").asLong() > feature.path("count").asLong()) {
      flags.add("mostly missing");
    }
    if (!isConstant(feature) && distance(feature) >= FAR) {
      flags.add("far from 0");
    }
    return flags;
  }

  // Features

  private List<PagePart> features(SavedReport run) {
    List<JsonNode> features = run.list("features").toList();
    List<PagePart> parts = new ArrayList<>();
    for (String flag : List.of("constant", "mostly missing", "far from 0")) {
      List<String> names =
          features.stream()
              .filter(feature -> flags(feature).contains(flag))
              .map(feature -> feature.path("name").asText())
              .toList();
      if (!names.isEmpty()) {
        parts.add(new Words(Words.Tone.WARNING, sentence(flag, names)));
      }
    }
    parts.add(deviations(features));
    List<Figure> figures = new ArrayList<>(FIGURES);
    List<String> same = new ArrayList<>();
    if (features.size() >= MANY) {
      figures.removeIf(
          figure -> {
            List<String> texts = features.stream().map(figure.text()).distinct().limit(2).toList();
            if (texts.size() == 1 && !texts.get(0).isEmpty()) {
              same.add("%s %s".formatted(figure.title(), texts.get(0)));
            }
            return texts.size() == 1;
          });
    }
    if (!same.isEmpty()) {
      parts.add(Words.plain("The same for all features: " + String.join(", ", same) + "."));
    }
    parts.add(
        new DataTable(
            figures.stream().map(f -> new DataTable.Column(f.title(), f.holds())).toList(),
            features.stream()
                .map(feature -> figures.stream().map(f -> f.text().apply(feature)).toList())
                .toList()));
    return parts;
  }

  private static String sentence(String flag, List<String> names) {
    int shown = 5;
    String first =
        String.join(", ", names.subList(0, Math.min(shown, names.size())))
            + (names.size() > shown ? " and %s more".formatted(count(names.size() - shown)) : "");
    return switch (flag) {
      case "constant" -> "Constant, so of no use for learning: %s.".formatted(first);
      case "mostly missing" -> "More values are missing than there are: %s.".formatted(first);
      default ->
          "Far from 0 for its deviation: %s. Computed as the mean of squares minus the square of the mean, the variance would lose the digits that the table names; the sums here are exact."
              .formatted(first);
    };
  }

  /** The features by rank, since thousands of names have no room. */
  private static LineChart deviations(List<JsonNode> features) {
    List<LineChart.Line> lines = new ArrayList<>();
    boolean isVerified = features.stream().anyMatch(feature -> feature.has("normalized"));
    lines.add(ranked(isVerified ? "before" : "features", features, f -> deviation(f)));
    if (isVerified) {
      lines.add(ranked("after", features, f -> deviation(f.path("normalized"))));
    }
    return new LineChart(
        "Standard deviations of the features, from the least to the greatest",
        Axis.linear("rank"),
        Axis.logarithmic("standard deviation"),
        lines);
  }

  private static LineChart.Line ranked(
      String name, List<JsonNode> features, ToDoubleFunction<JsonNode> value) {
    double[] sorted = features.stream().mapToDouble(value).sorted().toArray();
    return new LineChart.Line(
        name,
        IntStream.range(0, sorted.length)
            .mapToObj(i -> LineChart.Point.of(i + 1, sorted[i]))
            .toList());
  }

  // Histograms

  private static List<PagePart> histograms(SavedReport run) {
    List<JsonNode> features =
        run.list("features").filter(feature -> feature.has("histogram")).toList();
    List<PagePart> parts = new ArrayList<>();
    features.stream()
        .sorted(Comparator.comparing(feature -> flags(feature).isEmpty()))
        .limit(MOST_HISTOGRAMS)
        .forEach(
            feature ->
                parts.add(
                    new Histogram(
                        feature.path("name").asText(),
                        number(feature.path("histogram").path("low")),
                        number(feature.path("histogram").path("high")),
                        SavedReport.elements(feature.path("histogram").path("counts"))
                            .map(JsonNode::asLong)
                            .toList())));
    if (features.size() > MOST_HISTOGRAMS) {
      parts.add(
          Words.plain(
              "These are %d of %s features, those with flags first; a report in JSON has all."
                  .formatted(MOST_HISTOGRAMS, count(features.size()))));
    }
    return parts;
  }

  // Before and after

  /**
   * What was verified.
   *
   * @param name of the feature, and of the group
   * @param is what was found in the output
   */
  private record Verified(String name, JsonNode is) {

    private double off(String value, String expected) {
      return Math.abs(number(is.path(value)) - number(is.path(expected)));
    }

    /** The larger share that mean and variance use of what rounding may explain. */
    double share() {
      double share =
          Math.max(
              off("mean", "expectedMean") / number(is.path("meanBound")),
              off("populationVariance", "expectedPopulationVariance")
                  / number(is.path("populationVarianceBound")));
      return Double.isNaN(share) ? 0 : share; // without a value there is nothing to be off
    }

    List<String> row() {
      return List.of(
          name,
          number(number(is.path("mean")), 3),
          number(number(is.path("expectedMean")), 3),
          number(number(is.path("meanBound")), 2),
          number(number(is.path("populationVariance")), 7),
          number(number(is.path("expectedPopulationVariance")), 7),
          number(number(is.path("populationVarianceBound")), 2),
          number(number(is.path("min")), 4),
          number(number(is.path("max")), 4),
          number(share(), 2));
    }
  }

  private static List<PagePart> verification(SavedReport run) {
    List<Verified> verified =
        Stream.concat(
                run.list("features")
                    .filter(feature -> feature.has("normalized"))
                    .map(f -> new Verified(f.path("name").asText(), f.path("normalized"))),
                run.list("verifiedGroups").map(f -> new Verified(f.path("name").asText(), f)))
            .toList();
    if (verified.isEmpty()) {
      return List.of();
    }
    List<Verified> nearest =
        verified.stream()
            .sorted(Comparator.comparingDouble(Verified::share).reversed())
            .limit(MOST_VERIFIED)
            .toList();
    List<PagePart> parts = new ArrayList<>();
    long wrong = verified.stream().filter(feature -> feature.share() > 1).count();
    parts.add(
        wrong == 0
            ? new Words(
                Words.Tone.GOOD,
                "The output was read again: mean and variance of all %s features are as they must be, within what rounding explains."
                    .formatted(count(verified.size())))
            : new Words(
                Words.Tone.WARNING,
                "The output was read again: mean or variance of %s of %s features are not as they must be."
                    .formatted(count(wrong), count(verified.size()))));
    if (nearest.size() < verified.size()) {
      parts.add(
          Words.plain("These %d are nearest to the bounds of rounding.".formatted(nearest.size())));
    }
    parts.add(
        DataTable.of(
            List.of(
                "feature",
                "mean",
                "must be",
                "+-",
                "variance",
                "must be",
                "+-",
                "min",
                "max",
                "share of the bound"),
            nearest.stream().map(Verified::row).toList()));
    return parts;
  }

  // Two runs

  private List<PagePart> moved() {
    Map<String, JsonNode> before = byName(runs.get(0));
    Map<String, JsonNode> after = byName(runs.get(runs.size() - 1));
    List<List<String>> rows = new ArrayList<>();
    List<Double> shifts = new ArrayList<>();
    before.forEach(
        (name, first) -> {
          JsonNode second = after.get(name);
          if (second != null) {
            double shift =
                (number(second.path("mean")) - number(first.path("mean"))) / deviation(first);
            shifts.add(Math.abs(shift));
            rows.add(
                List.of(
                    name,
                    number(number(first.path("mean")), 6),
                    number(number(second.path("mean")), 6),
                    number(shift, 3),
                    number(deviation(second) / deviation(first), 4),
                    count(first.path("missing").asLong()),
                    count(second.path("missing").asLong())));
          }
        });
    List<PagePart> parts = new ArrayList<>();
    Stream.of(alone(before, after, 0), alone(after, before, runs.size() - 1))
        .filter(words -> !words.text().isEmpty())
        .forEach(parts::add);
    if (!rows.isEmpty()) {
      double[] sorted = shifts.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      parts.add(
          new LineChart(
              "How far the means moved, from the least to the most",
              Axis.linear("rank"),
              Axis.linear("standard deviations of the first report"),
              List.of(
                  new LineChart.Line(
                      "features",
                      IntStream.range(0, sorted.length)
                          .mapToObj(i -> LineChart.Point.of(i + 1, sorted[i]))
                          .toList()))));
      parts.add(
          DataTable.of(
              List.of(
                  "feature",
                  "mean, first",
                  "mean, second",
                  "moved by (deviations)",
                  "deviation ratio",
                  "missing, first",
                  "missing, second"),
              rows));
    }
    return parts;
  }

  private Words alone(Map<String, JsonNode> here, Map<String, JsonNode> there, int run) {
    List<String> names = here.keySet().stream().filter(name -> !there.containsKey(name)).toList();
    return new Words(
        Words.Tone.WARNING,
        names.isEmpty()
            ? ""
            : "Only in %s: %s.".formatted(runs.get(run).name(), String.join(", ", names)));
  }

  private static Map<String, JsonNode> byName(SavedReport run) {
    Map<String, JsonNode> features = new LinkedHashMap<>();
    run.list("features").forEach(feature -> features.put(feature.path("name").asText(), feature));
    return features;
  }
}
