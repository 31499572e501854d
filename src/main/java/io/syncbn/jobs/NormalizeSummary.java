package io.syncbn.jobs;

import static io.syncbn.report.TextTable.count;
import static io.syncbn.report.TextTable.number;

import io.syncbn.report.Expectation;
import io.syncbn.report.RunReport;
import io.syncbn.report.TextTable;
import io.syncbn.spark.MissingValues;
import io.syncbn.sums.Moments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;

/** What a run of {@code normalize} tells: tables and notes for people, JSON for programs. */
final class NormalizeSummary {

  /** Tables of more features than this end early; the report has them all. */
  private static final int LONGEST_TABLE = 100;

  private final NormalizeJob options;
  private final MissingValues missing;
  private final List<String> names;
  private final List<Moments> statistics;
  private List<Expectation> expected = List.of();
  private List<Moments> measured = List.of();

  /**
   * A summary of what was found.
   *
   * @param statistics with which the data are normalized
   */
  NormalizeSummary(
      NormalizeJob options, MissingValues missing, List<String> names, List<Moments> statistics) {
    this.options = options;
    this.missing = missing;
    this.names = names;
    this.statistics = statistics;
  }

  /** Adds what the output must be and what it is. */
  void verified(List<Expectation> expectations, List<Moments> moments) {
    expected = expectations;
    measured = moments;
  }

  /** Fails with the first few features that are not as they must be. */
  void requireVerified() {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      List<String> deviations = expected.get(i).deviations(measured.get(i));
      if (!deviations.isEmpty()) {
        wrong.add("'%s': %s".formatted(names.get(i), String.join(", ", deviations)));
      }
    }
    if (!wrong.isEmpty()) {
      throw new JobFailure(
          "The verification failed for %d of %d features, so nothing was written; %s."
              .formatted(wrong.size(), names.size(), wrong.get(0)));
    }
  }

  /** The tables and the notes below them. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(title()).append("\n\n").append(statisticsTable()).append("\n");
    if (!measured.isEmpty()) {
      text.append("The output, read again (\"+-\" is what rounding may explain):\n\n");
      text.append(verificationTable()).append("\n");
    }
    note(text, "Constant, so %s everywhere: %%s.".formatted(constantBecomes()), this::isConstant);
    if (options.method == NormalizeJob.Method.BATCH_NORM) {
      note(
          text,
          "Varies by less than eps (%s), which flattens it: %%s.".formatted(options.eps()),
          i -> !isConstant(i) && statistics.get(i).populationVariance() < options.eps());
    }
    return text.toString().stripTrailing() + "\n";
  }

  private String title() {
    long rows = statistics.get(0).count() + statistics.get(0).missing();
    return "Statistics of %s features over %s rows%s:"
        .formatted(
            count(names.size()),
            count(rows),
            options.apply != null
                ? ", from " + options.apply
                : options.merge.isEmpty()
                    ? ""
                    : ", merged with " + String.join(", ", options.merge));
  }

  private String statisticsTable() {
    TextTable table =
        new TextTable("feature", "count", "missing", "mean", "std. deviation", "min", "max");
    return rows(
        table,
        i -> {
          Moments moments = statistics.get(i);
          table.row(
              names.get(i),
              count(moments.count()),
              count(moments.missing()),
              number(moments.mean(), 7),
              number(moments.populationStandardDeviation(), 5),
              number(moments.min(), 5),
              number(moments.max(), 5));
        });
  }

  private String verificationTable() {
    TextTable table =
        new TextTable(
            "feature", "mean", "must be", "+-", "variance", "must be", "+-", "min", "max", "");
    return rows(
        table,
        i -> {
          Moments is = measured.get(i);
          Expectation must = expected.get(i);
          table.row(
              names.get(i),
              number(is.mean(), 3),
              number(must.mean(), 3),
              number(must.meanBound(), 2),
              number(is.populationVariance(), 7),
              number(must.populationVariance(), 7),
              number(must.varianceBound(), 2),
              number(is.min(), 5),
              number(is.max(), 5),
              must.deviations(is).isEmpty() ? "ok" : "WRONG");
        });
  }

  private String rows(TextTable table, IntConsumer row) {
    IntStream.range(0, Math.min(names.size(), LONGEST_TABLE)).forEach(row);
    int left = names.size() - LONGEST_TABLE;
    return table + (left > 0 ? "... and %s more\n".formatted(count(left)) : "");
  }

  private void note(StringBuilder text, String sentence, IntPredicate of) {
    List<String> features =
        IntStream.range(0, names.size()).filter(of).mapToObj(names::get).toList();
    if (!features.isEmpty()) {
      text.append(sentence.formatted(String.join(", ", features))).append("\n");
    }
  }

  private boolean isConstant(int feature) {
    return statistics.get(feature).min() == statistics.get(feature).max();
  }

  private String constantBecomes() {
    return number(options.method == NormalizeJob.Method.MIN_MAX ? options.range().lower() : 0, 7);
  }

  /** Where the files are, a line each. */
  String places() {
    StringBuilder text = new StringBuilder("\n");
    place(text, "normalized data", options.output);
    place(text, "statistics", options.statistics);
    place(text, "report", options.session.reporting.report);
    return text.length() == 1 ? "" : text.toString();
  }

  private static void place(StringBuilder text, String what, String location) {
    if (location != null) {
      text.append("%-16s %s%n".formatted(what, location.replaceFirst("^file:", "")));
    }
  }

  /** The result, what it was made from, and the seconds of the phases. */
  String json(RunReport report, SparkSession spark) {
    List<Map<String, Object>> features = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Map<String, Object> feature = new LinkedHashMap<>();
      feature.put("name", names.get(i));
      put(feature, statistics.get(i));
      feature.put("constant", isConstant(i));
      if (!measured.isEmpty()) {
        Map<String, Object> normalized = new LinkedHashMap<>();
        put(normalized, measured.get(i));
        Expectation must = expected.get(i);
        normalized.put("expectedMean", must.mean());
        normalized.put("meanBound", must.meanBound());
        normalized.put("expectedPopulationVariance", must.populationVariance());
        normalized.put("populationVarianceBound", must.varianceBound());
        feature.put("normalized", normalized);
      }
      features.add(feature);
    }
    return report
        .with("job", "normalize")
        .with("features", features)
        .with("provenance", provenance(spark))
        .json();
  }

  private static void put(Map<String, Object> entries, Moments moments) {
    entries.put("count", moments.count());
    entries.put("missing", moments.missing());
    entries.put("mean", moments.mean());
    entries.put("populationVariance", moments.populationVariance());
    entries.put("sampleVariance", moments.sampleVariance());
    entries.put("min", moments.min());
    entries.put("max", moments.max());
  }

  private Map<String, Object> provenance(SparkSession spark) {
    Map<String, Object> provenance = Versions.of(spark);
    provenance.put("input", options.input.paths);
    provenance.put("merge", options.merge);
    provenance.put("apply", Optional.ofNullable(options.apply).orElse(""));
    provenance.put("output", Optional.ofNullable(options.output).orElse(""));
    provenance.put("method", Choice.name(options.method));
    if (options.method == NormalizeJob.Method.BATCH_NORM) {
      provenance.put("eps", options.eps());
    } else {
      provenance.put("range", List.of(options.range().lower(), options.range().upper()));
    }
    provenance.put("missing", Choice.name(missing));
    provenance.put("verified", !measured.isEmpty());
    return provenance;
  }
}
