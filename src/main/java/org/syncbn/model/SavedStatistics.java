package org.syncbn.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Group;
import org.syncbn.sums.GroupSums;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;
import org.syncbn.sums.SumsFormatException;
import org.syncbn.sums.TableSums;

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
 * <p>Weighted features say {@code weight} and {@code reliabilityVariance} too; features whose
 * quartiles were found, {@code lowerQuartile}, {@code median} and {@code upperQuartile}. Statistics
 * of groups of rows name the columns that make the groups, and hold the features of each group:
 *
 * <pre>{@code
 * "by": ["shop", "open"],
 * "groups": [
 *   {"group": ["north", null], "features": [
 *     {"name": "age", ...}
 *   ]}
 * ]
 * }</pre>
 *
 * <p>Where values were not normalized as by default, the file says how, for later runs with these
 * statistics: {@code "normalization": {"method":"min-max","range":[0.0,1.0]}}.
 *
 * <p>A file with any of these has version 2; all others keep version 1.
 *
 * <p>Java's serialization writes the content of the file. Not thread-safe, as the sums are not.
 */
public final class SavedStatistics implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final String FORMAT = "spark-syncbn statistics";
  private static final int VERSION = 2;
  private static final int VERSION_WITHOUT_EXTENSIONS = 1;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          // Double.toString gives other digits before Java 19.
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final List<String> names;
  private final List<String> by;
  private final GroupSums groups;
  private final TreeMap<Group, List<Quartiles>> quartiles = new TreeMap<>();
  private final Optional<SavedMethod> method;

  /**
   * Statistics of all rows together, to save.
   *
   * @param names of the features, in the order of the sums
   * @param sums of the features; not copied
   */
  public SavedStatistics(List<String> names, TableSums sums) {
    this(names, List.of(), GroupSums.of(sums), Map.of());
  }

  /**
   * Statistics of groups of rows, to save.
   *
   * @param names of the features, in the order of the sums
   * @param by names of the columns that make the groups, in the order of a group's texts; empty for
   *     the one group {@link Group#ALL}
   * @param groups the sums of the groups; not copied
   * @param quartiles of the features of each group, or none at all
   */
  public SavedStatistics(
      List<String> names,
      List<String> by,
      GroupSums groups,
      Map<Group, List<Quartiles>> quartiles) {
    this(names, by, groups, quartiles, Optional.empty());
  }

  private SavedStatistics(
      List<String> names,
      List<String> by,
      GroupSums groups,
      Map<Group, List<Quartiles>> quartiles,
      Optional<SavedMethod> method) {
    if (names.size() != groups.columns()) {
      throw new IllegalArgumentException(
          "%d names for the sums of %d features.".formatted(names.size(), groups.columns()));
    }
    this.names = List.copyOf(names);
    this.by = List.copyOf(by);
    this.groups = groups;
    this.quartiles.putAll(quartiles);
    this.method = method;
  }

  /** The same statistics with the method that was used, if it was not the default. */
  public SavedStatistics with(Optional<SavedMethod> newMethod) {
    return new SavedStatistics(names, by, groups, quartiles, newMethod);
  }

  /** How values were normalized with these statistics; empty for batch normalization as it is. */
  public Optional<SavedMethod> method() {
    return method;
  }

  /** The names of the features, in order. */
  public List<String> names() {
    return names;
  }

  /** The names of the columns that make the groups; empty where rows are not grouped. */
  public List<String> by() {
    return by;
  }

  /** The exact sums of each group; of {@link Group#ALL} alone where rows are not grouped. */
  public GroupSums groups() {
    return groups;
  }

  /** The exact sums of the features over all groups, in the order of the names. */
  public TableSums sums() {
    return groups.total();
  }

  /** The moments of the features over all groups, in the same order. */
  public List<Moments> moments() {
    return sums().moments();
  }

  /** The quartiles of the features of each group; empty where none were found. */
  public SortedMap<Group, List<Quartiles>> quartiles() {
    return Collections.unmodifiableSortedMap(quartiles);
  }

  /**
   * These statistics and others together, as if found in one run, but without quartiles, which do
   * not follow from those of parts.
   *
   * @param other statistics whose features have the same names, in any order
   * @throws FileFormatException if they are of other features or groups, or one is weighted and the
   *     other is not
   */
  public SavedStatistics mergedWith(SavedStatistics other) {
    SavedStatistics ordered = other.inOrder(names);
    if (groups.isWeighted() != ordered.groups.isWeighted()) {
      throw new FileFormatException("one has weights and the other has none");
    }
    if (!by.equals(ordered.by)) {
      throw new FileFormatException(
          "one is %s and the other %s".formatted(grouping(by), grouping(ordered.by)));
    }
    GroupSums all = new GroupSums(names.size(), groups.isWeighted());
    return new SavedStatistics(
        names,
        by,
        all.merge(groups).merge(ordered.groups),
        Map.of(),
        method.equals(other.method) ? method : Optional.empty());
  }

  private static String grouping(List<String> by) {
    return by.isEmpty() ? "not grouped" : "grouped by " + String.join(", ", by);
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
    int[] from = new int[order.size()];
    for (int i = 0; i < from.length; i++) {
      Integer place = places.remove(order.get(i));
      if (place == null) {
        throw new FileFormatException("there are no statistics of '%s'".formatted(order.get(i)));
      }
      from[i] = place;
    }
    if (!places.isEmpty()) {
      String first = names.stream().filter(places::containsKey).findFirst().orElseThrow();
      throw new FileFormatException("there is no feature '%s'".formatted(first));
    }
    GroupSums ordered = new GroupSums(from.length, groups.isWeighted());
    groups
        .groups()
        .forEach(
            (group, sums) -> {
              TableSums table = ordered.group(group);
              for (int i = 0; i < from.length; i++) {
                table.column(i).merge(sums.column(from[i]));
              }
            });
    Map<Group, List<Quartiles>> orderedQuartiles = new HashMap<>();
    quartiles.forEach(
        (group, all) ->
            orderedQuartiles.put(group, Arrays.stream(from).mapToObj(all::get).toList()));
    return new SavedStatistics(order, by, ordered, orderedQuartiles, method);
  }

  /** The content of the file. */
  public String json() {
    boolean extended =
        !by.isEmpty() || groups.isWeighted() || !quartiles.isEmpty() || method.isPresent();
    StringBuilder text = new StringBuilder();
    text.append("{\n  \"format\": \"").append(FORMAT).append("\",\n");
    text.append("  \"version\": ")
        .append(extended ? VERSION : VERSION_WITHOUT_EXTENSIONS)
        .append(",\n");
    method.ifPresent(
        used -> text.append("  \"normalization\": ").append(written(used.json())).append(",\n"));
    if (by.isEmpty()) {
      text.append("  \"features\": [");
      appendFeatures(text, Group.ALL, groups.groups().get(Group.ALL));
      return text.append("\n  ]\n}\n").toString();
    }
    text.append("  \"by\": ").append(written(by)).append(",\n");
    text.append("  \"groups\": [");
    String separator = "\n    ";
    for (Map.Entry<Group, TableSums> entry : groups.groups().entrySet()) {
      text.append(separator)
          .append("{\"group\":")
          .append(written(entry.getKey().texts().map(t -> t.orElse(null)).toArray()))
          .append(",\"features\":[");
      appendFeatures(text, entry.getKey(), entry.getValue());
      text.append("]}");
      separator = ",\n    ";
    }
    return text.append("\n  ]\n}\n").toString();
  }

  private void appendFeatures(StringBuilder text, Group group, TableSums sums) {
    List<Quartiles> found = quartiles.get(group);
    for (int i = 0; i < names.size(); i++) {
      ObjectNode feature = feature(names.get(i), sums.column(i));
      if (found != null) {
        put(feature, found.get(i));
      }
      text.append(i == 0 ? "\n    " : ",\n    ").append(written(feature));
    }
  }

  private static String written(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a feature that JSON cannot hold", e);
    }
  }

  private static ObjectNode feature(String name, ColumnSums sums) {
    Moments moments = sums.moments();
    ObjectNode feature =
        JSON.createObjectNode()
            .put("name", name)
            .put("count", moments.count())
            .put("missing", moments.missing());
    if (sums.isWeighted()) {
      feature.put("weight", moments.weight());
    }
    feature
        .put("mean", moments.mean())
        .put("populationVariance", moments.populationVariance())
        .put("sampleVariance", moments.sampleVariance());
    if (sums.isWeighted()) {
      feature.put("reliabilityVariance", moments.reliabilityVariance());
    }
    return feature
        .put("min", moments.min())
        .put("max", moments.max())
        .put("exact", Base64.getEncoder().encodeToString(sums.toBytes()));
  }

  private static void put(ObjectNode feature, Quartiles quartiles) {
    feature
        .put("lowerQuartile", quartiles.lower())
        .put("median", quartiles.median())
        .put("upperQuartile", quartiles.upper());
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
          "%s is not a statistics file, or it is damaged: it is not JSON from line %d on."
              .formatted(file, e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    }
    if (!FORMAT.equals(root.path("format").asText()) || !root.path("version").isInt()) {
      throw new FileFormatException(
          "%s is not a statistics file: it lacks \"format\": \"%s\" and a version."
              .formatted(file, FORMAT));
    }
    if (root.get("version").intValue() > VERSION) {
      throw new FileFormatException(
          "%s has format version %d, but this release reads up to version %d; use a newer release."
              .formatted(file, root.get("version").intValue(), VERSION));
    }
    return new Reading(file).statistics(root);
  }

  private Object writeReplace() {
    return new Written(json());
  }

  /** Statistics on their way to another JVM: the content of their file. */
  private record Written(String json) implements Serializable {

    private Object readResolve() {
      return parse(json, "What was serialized");
    }
  }

  /** Whether every number that was written is the one that the exact sums give. */
  private static boolean sameText(JsonNode read, ObjectNode recomputed) {
    return recomputed.properties().stream()
        .allMatch(entry -> entry.getValue().asText().equals(read.path(entry.getKey()).asText()));
  }

  /** The reading of one file. */
  private record Reading(String file) {

    SavedStatistics statistics(JsonNode root) {
      List<String> by = new ArrayList<>();
      root.path("by").forEach(column -> by.add(column.asText()));
      List<JsonNode> parts = new ArrayList<>();
      (by.isEmpty() ? List.of(root) : root.path("groups")).forEach(parts::add);
      if (parts.isEmpty() || parts.get(0).path("features").isEmpty()) {
        throw new FileFormatException("%s is damaged: it has no feature.".formatted(file));
      }
      List<String> names = names(parts.get(0).path("features"));
      boolean weighted = parts.get(0).path("features").path(0).has("weight");
      GroupSums groups = new GroupSums(names.size(), weighted);
      Map<Group, List<Quartiles>> quartiles = new HashMap<>();
      for (JsonNode part : parts) {
        List<String> texts = new ArrayList<>();
        part.path("group").forEach(text -> texts.add(text.isNull() ? null : text.asText()));
        Group group = by.isEmpty() ? Group.ALL : Group.of(texts);
        JsonNode features = part.path("features");
        if (by.size() != texts.size()
            || groups.groups().containsKey(group)
            || !names(features).equals(names)) {
          throw new FileFormatException(
              "%s is damaged: its groups contradict each other.".formatted(file));
        }
        TableSums table = groups.group(group);
        for (int i = 0; i < names.size(); i++) {
          addTo(table.column(i), features.get(i), names.get(i));
        }
        if (features.get(0).has("median")) {
          quartiles.put(
              group,
              IntStream.range(0, names.size())
                  .mapToObj(i -> quartiles(features.get(i), table.column(i).moments()))
                  .toList());
        }
      }
      return new SavedStatistics(
          names, by, groups, quartiles, SavedMethod.of(root.path("normalization")));
    }

    private List<String> names(JsonNode features) {
      Set<String> names = new LinkedHashSet<>();
      for (JsonNode feature : features) {
        String name = feature.path("name").asText();
        if (!names.add(name)) {
          throw damaged(name, null);
        }
      }
      return List.copyOf(names);
    }

    private void addTo(ColumnSums sums, JsonNode feature, String name) {
      try {
        sums.merge(
            ColumnSums.fromBytes(Base64.getDecoder().decode(feature.path("exact").asText())));
      } catch (SumsFormatException e) {
        throw new FileFormatException(
            "%s, feature '%s': %s".formatted(file, name, e.getMessage()), e);
      } catch (IllegalArgumentException e) {
        throw damaged(name, e);
      }
      if (!sameText(feature, feature(name, sums))) {
        throw damaged(name, null);
      }
    }

    private Quartiles quartiles(JsonNode feature, Moments moments) {
      String name = feature.path("name").asText();
      Quartiles read;
      try {
        read =
            new Quartiles(
                Double.parseDouble(feature.path("lowerQuartile").asText()),
                Double.parseDouble(feature.path("median").asText()),
                Double.parseDouble(feature.path("upperQuartile").asText()));
      } catch (NumberFormatException e) {
        throw damaged(name, e);
      }
      boolean plausible =
          moments.count() == 0
              ? read.equals(Quartiles.OF_NOTHING)
              : moments.min() <= read.lower()
                  && read.lower() <= read.median()
                  && read.median() <= read.upper()
                  && read.upper() <= moments.max();
      if (!plausible) {
        throw damaged(name, null);
      }
      return read;
    }

    private FileFormatException damaged(String name, Throwable cause) {
      return new FileFormatException(
          "%s is damaged: its entry for '%s' contradicts itself.".formatted(file, name), cause);
    }
  }
}
