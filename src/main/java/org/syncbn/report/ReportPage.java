package org.syncbn.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The page of a report, or of several of one job laid over each other, made from their JSON. */
public final class ReportPage {

  private static final String BENCH = "bench";

  /** Between the key of a list and the place of an element in it. */
  private static final String LAYER = "#";

  private ReportPage() {}

  /**
   * The page.
   *
   * @param reports one, or several of the same job
   * @throws IllegalArgumentException in a sentence, if they are of several jobs, or of a job that
   *     has no page
   */
  public static Page of(List<SavedReport> reports) {
    requireOneJob(reports);
    return page(distinct(reports));
  }

  private static void requireOneJob(List<SavedReport> reports) {
    SavedReport first = reports.get(0);
    for (SavedReport other : reports) {
      if (!other.job().equals(first.job())) {
        throw new IllegalArgumentException(
            "%s is a report of jobs/%s and %s one of jobs/%s; only reports of one job can be laid over each other"
                .formatted(first.name(), first.job(), other.name(), other.job()));
      }
    }
  }

  /** By the names of their files alone, where these differ. */
  private static List<SavedReport> distinct(List<SavedReport> reports) {
    List<SavedReport> named =
        reports.stream()
            .map(report -> new SavedReport(report.name().replaceFirst(".*/", ""), report.json()))
            .toList();
    boolean differ = named.stream().map(SavedReport::name).distinct().count() == named.size();
    return differ ? named : reports;
  }

  private static Page page(List<SavedReport> reports) {
    SavedReport first = reports.get(0);
    List<Page.Section> sections = new ArrayList<>();
    sections.add(result(reports));
    sections.addAll(
        switch (first.job().split(" ")[0]) {
          case "train" -> new TrainingSections(reports).all();
          case "normalize" -> new StatisticsSections(reports).all();
          case "predict" -> List.<Page.Section>of();
          case "evaluate" -> new EvaluationSections(reports).all();
          case BENCH -> BenchmarkSections.of(reports);
          default ->
              throw new IllegalArgumentException(
                  "%s is a report of jobs/%s, for which there is no page from JSON"
                      .formatted(first.name(), first.job()));
        });
    sections.add(settings(reports));
    String what = reports.stream().map(SavedReport::name).collect(Collectors.joining(" and "));
    return new Page(
        reports.size() > 1 ? "jobs/%s: %s".formatted(first.job(), what) : "jobs/" + first.job(),
        sections);
  }

  /** A name for a line: of several reports, with that of the report. */
  static String named(List<SavedReport> reports, SavedReport report, String name) {
    return reports.size() == 1 ? name : (report.name() + " " + name).strip();
  }

  /** What the terminal said. */
  private static Page.Section result(List<SavedReport> reports) {
    List<PagePart> parts = new ArrayList<>();
    for (SavedReport report : reports) {
      if (reports.size() > 1) {
        parts.add(Words.plain(report.name()));
      }
      String text = report.json().path("text").asText().strip();
      if (!text.isEmpty()) {
        parts.add(new Words(Words.Tone.OUTPUT, text));
      }
      report
          .list("notes")
          .map(JsonNode::asText)
          .forEach(
              note ->
                  parts.add(
                      new Words(
                          note.startsWith("warning: ") ? Words.Tone.WARNING : Words.Tone.PLAIN,
                          note)));
    }
    return new Page.Section("", parts);
  }

  /** Versions and settings; of several reports, those first that differ. */
  private static Page.Section settings(List<SavedReport> reports) {
    Map<Boolean, List<List<String>>> rows =
        sideBySide(reports, ReportPage::settings).stream()
            .collect(Collectors.partitioningBy(row -> row.stream().skip(1).distinct().count() > 1));
    List<DataTable.Column> columns =
        titles(reports, "setting", "value").stream()
            .map(title -> new DataTable.Column(title, DataTable.Holds.WORDS))
            .toList();
    List<PagePart> parts = new ArrayList<>();
    if (!rows.get(true).isEmpty()) {
      parts.add(Words.plain("What differs:"));
      parts.add(new DataTable(columns, rows.get(true)));
      parts.add(Words.plain("What is the same:"));
    }
    parts.add(
        new DataTable(
            columns, rows.get(false).stream().filter(row -> !row.get(0).contains(LAYER)).toList()));
    return new Page.Section("What was run", parts);
  }

  private static Map<String, String> settings(SavedReport report) {
    Map<String, String> flat = new LinkedHashMap<>();
    for (String key : List.of("engine", "model", "provenance", "options", "seconds")) {
      flatten(key, report.json().path(key), flat);
    }
    return flat;
  }

  /** The titles of a table with a column for each report. */
  static List<String> titles(List<SavedReport> reports, String first, String single) {
    return Stream.concat(
            Stream.of(first),
            reports.size() == 1 ? Stream.of(single) : reports.stream().map(SavedReport::name))
        .toList();
  }

  /** A row for each name, with its value in each report; empty where it has none. */
  static List<List<String>> sideBySide(
      List<SavedReport> reports, Function<SavedReport, Map<String, String>> values) {
    List<Map<String, String>> all = reports.stream().map(values).toList();
    return all.stream()
        .flatMap(of -> of.keySet().stream())
        .distinct()
        .map(
            name ->
                Stream.concat(Stream.of(name), all.stream().map(of -> of.getOrDefault(name, "")))
                    .toList())
        .toList();
  }

  /**
   * Keys with dots, as in run files. Of a list of layers there are its names, and all settings of
   * each, which are only shown where they differ.
   */
  private static void flatten(String key, JsonNode value, Map<String, String> flat) {
    if (value.isObject()) {
      boolean hasOwnKeys = List.of("provenance", "options").contains(key);
      value
          .properties()
          .forEach(
              entry ->
                  flatten(
                      hasOwnKeys ? entry.getKey() : key + "." + entry.getKey(),
                      entry.getValue(),
                      flat));
    } else if (value.isArray() && !value.isEmpty()) {
      flat.put(
          key,
          SavedReport.elements(value)
              .map(
                  element ->
                      element.isObject() && !element.isEmpty()
                          ? element.fieldNames().next()
                          : element.asText())
              .collect(Collectors.joining(", ")));
      for (int i = 0; i < value.size(); i++) {
        if (value.get(i).isObject()) {
          flatten(key + LAYER + i, value.get(i), flat);
        }
      }
    } else if (value.isValueNode() && !value.asText().isEmpty()) {
      flat.put(key, value.asText());
    }
  }
}
