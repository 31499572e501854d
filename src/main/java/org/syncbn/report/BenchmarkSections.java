package org.syncbn.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What a page shows of benchmarks: each list of measurements as bars and with all its figures. */
final class BenchmarkSections {

  /** Entries of a measurement that are drawn, the first that there is, and what they are. */
  private static final Map<String, String> MEASURED = measured();

  /** Numbers that tell measurements apart. */
  private static final List<String> SIZES = List.of("bytes", "executors", "weights", "megabits");

  private static Map<String, String> measured() {
    Map<String, String> measured = new LinkedHashMap<>();
    measured.put("samplesPerSecond", "samples/s");
    measured.put("p50Micros", "microseconds, median");
    measured.put("seconds", "seconds, median");
    measured.put("secondsPerStep", "seconds a step, median");
    measured.put("modelSecondsPerStep", "seconds a step, computed");
    return measured;
  }

  private BenchmarkSections() {}

  static List<Page.Section> of(List<SavedReport> runs) {
    Set<String> lists = new LinkedHashSet<>();
    for (SavedReport run : runs) {
      for (Map.Entry<String, JsonNode> entry : run.json().properties()) {
        if (entry.getValue().isArray() && entry.getValue().path(0).isObject()) {
          lists.add(entry.getKey());
        }
      }
    }
    return lists.stream().map(list -> section(runs, list)).toList();
  }

  private static Page.Section section(List<SavedReport> runs, String list) {
    List<PagePart> parts = new ArrayList<>();
    MEASURED.entrySet().stream()
        .filter(
            entry ->
                runs.stream()
                    .flatMap(run -> run.list(list))
                    .anyMatch(result -> result.has(entry.getKey())))
        .findFirst()
        .ifPresent(entry -> parts.add(bars(runs, list, entry.getKey(), entry.getValue())));
    parts.add(figures(runs, list));
    return new Page.Section(Character.toUpperCase(list.charAt(0)) + list.substring(1), parts);
  }

  private static BarChart bars(List<SavedReport> runs, String list, String key, String label) {
    Map<String, List<Spread>> groups = new LinkedHashMap<>();
    for (int i = 0; i < runs.size(); i++) {
      int run = i;
      runs.get(i)
          .list(list)
          .forEach(
              result ->
                  groups
                      .computeIfAbsent(
                          what(result),
                          name ->
                              new ArrayList<>(
                                  Collections.nCopies(runs.size(), Spread.of(Double.NaN))))
                      .set(run, Spread.of(SavedReport.number(result.path(key)))));
    }
    return new BarChart(
        label,
        label,
        runs.size() == 1 ? List.of(label) : runs.stream().map(SavedReport::name).toList(),
        groups.entrySet().stream()
            .map(group -> new BarChart.Group(group.getKey(), group.getValue()))
            .toList());
  }

  /** What was measured: all that is text, and sizes. */
  private static String what(JsonNode result) {
    List<String> words = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : result.properties()) {
      if (entry.getValue().isTextual()) {
        words.add(entry.getValue().asText());
      } else if (SIZES.contains(entry.getKey())) {
        words.add(TextTable.count(entry.getValue().asLong()) + " " + entry.getKey());
      }
    }
    return String.join(" ", words);
  }

  private static DataTable figures(List<SavedReport> runs, String list) {
    Set<String> keys = new LinkedHashSet<>();
    runs.stream()
        .flatMap(run -> run.list(list))
        .forEach(result -> result.fieldNames().forEachRemaining(keys::add));
    List<List<String>> rows = new ArrayList<>();
    for (SavedReport run : runs) {
      run.list(list)
          .forEach(
              result ->
                  rows.add(
                      Stream.concat(
                              runs.size() == 1 ? Stream.of() : Stream.of(run.name()),
                              keys.stream().map(key -> text(result.path(key))))
                          .toList()));
    }
    return DataTable.of(
        Stream.concat(runs.size() == 1 ? Stream.of() : Stream.of("report"), keys.stream()).toList(),
        rows);
  }

  private static String text(JsonNode value) {
    if (value.isObject()) {
      List<String> parts = new ArrayList<>();
      for (Map.Entry<String, JsonNode> part : value.properties()) {
        parts.add(part.getKey() + " " + text(part.getValue()));
      }
      return String.join(", ", parts);
    }
    return value.isNumber() ? TextTable.number(value.doubleValue(), 5) : value.asText();
  }
}
