package io.syncbn.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.syncbn.sums.ColumnSums;
import io.syncbn.sums.Moments;
import io.syncbn.sums.SumsFormatException;
import io.syncbn.sums.TableSums;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The exact statistics of named features, as they are kept in a file between runs.
 *
 * <p>The file is JSON, one feature to a line:
 *
 * <pre>{@code
 * {
 *   "format": "spark-syncbn statistics",
 *   "version": 1,
 *   "features": [
 *     {"name": "age", "count": 3, "missing": 0, "mean": 41.0, "populationVariance": 2.0,
 *      "sampleVariance": 3.0, "min": 39.0, "max": 42.0, "exact": "YwED..."}
 *   ]
 * }
 * }</pre>
 *
 * <p>Numbers are the shortest decimals that read back as the same double, on every JVM; those that
 * JSON cannot write are the strings {@code "NaN"} and {@code "Infinity"}. {@code exact} is {@link
 * ColumnSums#toBytes()} in Base64, from which all the rest is recomputed, and compared, when a file
 * is read. Nothing in the file depends on when, where or how the statistics were found: equal data
 * gives equal files.
 *
 * <p>Not thread-safe, as the sums are not.
 */
public final class SavedStatistics {

  private static final String FORMAT = "spark-syncbn statistics";
  private static final int VERSION = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          // Double.toString gives other digits before Java 19.
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final List<String> names;
  private final TableSums sums;

  /**
   * Statistics to save.
   *
   * @param names of the features, in the order of the sums
   * @param sums of the features; not copied
   */
  public SavedStatistics(List<String> names, TableSums sums) {
    if (names.size() != sums.columns()) {
      throw new IllegalArgumentException(
          "%d names for the sums of %d features.".formatted(names.size(), sums.columns()));
    }
    this.names = List.copyOf(names);
    this.sums = sums;
  }

  /** The names of the features, in order. */
  public List<String> names() {
    return names;
  }

  /** The exact sums of the features, in the same order. */
  public TableSums sums() {
    return sums;
  }

  /** The moments of the features, in the same order. */
  public List<Moments> moments() {
    return sums.moments();
  }

  /**
   * The same statistics with the features in another order.
   *
   * @param order the names of the same features
   * @throws FileFormatException if they are not the same features; the sentence names one of the
   *     first difference
   */
  public SavedStatistics inOrder(List<String> order) {
    Map<String, Integer> places = new HashMap<>();
    names.forEach(name -> places.put(name, places.size()));
    TableSums ordered = new TableSums(order.size());
    for (int i = 0; i < order.size(); i++) {
      Integer place = places.remove(order.get(i));
      if (place == null) {
        throw new FileFormatException("there are no statistics of '%s'".formatted(order.get(i)));
      }
      ordered.column(i).merge(sums.column(place));
    }
    if (!places.isEmpty()) {
      String first = names.stream().filter(places::containsKey).findFirst().orElseThrow();
      throw new FileFormatException("there is no feature '%s'".formatted(first));
    }
    return new SavedStatistics(order, ordered);
  }

  /** The content of the file. */
  public String json() {
    StringBuilder text = new StringBuilder();
    text.append("{\n  \"format\": \"").append(FORMAT).append("\",\n");
    text.append("  \"version\": ").append(VERSION).append(",\n");
    text.append("  \"features\": [");
    for (int i = 0; i < names.size(); i++) {
      text.append(i == 0 ? "\n    " : ",\n    ")
          .append(written(feature(names.get(i), sums.column(i))));
    }
    return text.append("\n  ]\n}\n").toString();
  }

  private static String written(ObjectNode feature) {
    try {
      return JSON.writeValueAsString(feature);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a feature that JSON cannot hold", e);
    }
  }

  private static ObjectNode feature(String name, ColumnSums sums) {
    Moments moments = sums.moments();
    return JSON.createObjectNode()
        .put("name", name)
        .put("count", moments.count())
        .put("missing", moments.missing())
        .put("mean", moments.mean())
        .put("populationVariance", moments.populationVariance())
        .put("sampleVariance", moments.sampleVariance())
        .put("min", moments.min())
        .put("max", moments.max())
        .put("exact", Base64.getEncoder().encodeToString(sums.toBytes()));
  }

  /**
   * Reads what {@link #json()} wrote.
   *
   * @param json the content of a file
   * @param file how to call the file in an error
   * @throws FileFormatException if the file is damaged, of something else, or of a newer version
   */
  public static SavedStatistics parse(String json, String file) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new FileFormatException(
          "%s is no statistics file, or it is damaged: it is no JSON from line %d on."
              .formatted(file, e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    }
    if (!FORMAT.equals(root.path("format").asText()) || !root.path("version").isInt()) {
      throw new FileFormatException(
          "%s is no statistics file: it does not say \"format\": \"%s\" and a version."
              .formatted(file, FORMAT));
    }
    if (root.get("version").intValue() > VERSION) {
      throw new FileFormatException(
          "%s has format version %d, but this release reads up to version %d; use a newer release."
              .formatted(file, root.get("version").intValue(), VERSION));
    }
    return features(root.path("features"), file);
  }

  private static SavedStatistics features(JsonNode features, String file) {
    List<String> names = new ArrayList<>();
    Set<String> distinct = new HashSet<>();
    TableSums table = new TableSums(features.size());
    for (JsonNode feature : features) {
      String name = feature.path("name").asText();
      ColumnSums sums;
      try {
        sums = ColumnSums.fromBytes(Base64.getDecoder().decode(feature.path("exact").asText()));
      } catch (SumsFormatException e) {
        throw new FileFormatException(
            "%s, feature '%s': %s".formatted(file, name, e.getMessage()), e);
      } catch (IllegalArgumentException e) {
        throw damaged(file, name, e);
      }
      if (!distinct.add(name) || !sameText(feature, feature(name, sums))) {
        throw damaged(file, name, null);
      }
      table.column(names.size()).merge(sums);
      names.add(name);
    }
    if (names.isEmpty()) {
      throw new FileFormatException("%s is damaged: it has no feature.".formatted(file));
    }
    return new SavedStatistics(names, table);
  }

  /** Whether every number that was written is the one that the exact sums give. */
  private static boolean sameText(JsonNode read, ObjectNode recomputed) {
    return recomputed.properties().stream()
        .allMatch(entry -> entry.getValue().asText().equals(read.path(entry.getKey()).asText()));
  }

  private static FileFormatException damaged(String file, String name, Throwable cause) {
    return new FileFormatException(
        "%s is damaged: what it says of '%s' contradicts itself.".formatted(file, name), cause);
  }
}
