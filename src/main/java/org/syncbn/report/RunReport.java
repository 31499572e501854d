package org.syncbn.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a run found, what it was made from, and how long its phases took, as JSON or as a page made
 * from that JSON. The entry {@code job} says which job it was, {@code text} what it printed.
 *
 * <p>Keys stand in the order of insertion. Numbers that JSON cannot write become the strings {@code
 * "NaN"}, {@code "Infinity"} and {@code "-Infinity"}. Mutable and not thread-safe.
 */
public final class RunReport {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Map<String, Object> entries = new LinkedHashMap<>();
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  /** An empty report. */
  public RunReport() {}

  /** Adds an entry: a string, number, boolean, or a list or map of such. */
  public RunReport with(String key, Object value) {
    entries.put(key, value);
    return this;
  }

  /** Does the work of a phase and notes its seconds under that name. */
  public <T> T phase(String name, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      seconds.merge(name, (System.nanoTime() - start) * 1e-9, Double::sum);
    }
  }

  /** Seconds of each phase so far, in the order of their ends. */
  public Map<String, Double> seconds() {
    return Map.copyOf(seconds);
  }

  /**
   * The format, the entries, then {@code seconds} of the phases, as one JSON object ended by a line
   * feed.
   */
  public String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("format", SavedReport.FORMAT);
    all.put("version", SavedReport.VERSION);
    all.putAll(entries);
    if (!seconds.isEmpty()) {
      all.put("seconds", seconds);
    }
    try {
      return JSON.writeValueAsString(all) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report that JSON cannot hold", e);
    }
  }

  /** For a file of this name: a page if it ends in {@code .html}, else JSON. */
  public String text(String location) {
    return Page.isFor(location)
        ? ReportPage.of(List.of(SavedReport.parse(json(), location))).html()
        : json();
  }
}
