package org.syncbn.spark.files;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which state of a table with a log is read; that of now if nothing is said.
 *
 * @param version a number of Delta, or a snapshot, tag or branch of Iceberg
 * @param timestamp the last state until then, as {@code 2026-11-29 12:00:00} in UTC
 */
public record TableState(Optional<String> version, Optional<String> timestamp) {

  /** The last state that there is. */
  public static final TableState NOW = new TableState(Optional.empty(), Optional.empty());

  private static final String VERSION = "versionAsOf";
  private static final String TIMESTAMP = "timestampAsOf";

  private static final DateTimeFormatter MILLISECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** Throws if both states are given. */
  public TableState {
    if (version.isPresent() && timestamp.isPresent()) {
      throw new IllegalArgumentException("give a version or a timestamp, not both");
    }
  }

  /**
   * The state that options name: Spark's {@code versionAsOf} and {@code timestampAsOf}, in any
   * case, or Iceberg's own {@code snapshot-id} and {@code as-of-timestamp} (milliseconds since
   * 1970).
   *
   * @throws IllegalArgumentException in a sentence, if there is another one
   */
  public static TableState of(Map<String, String> options) {
    TableState state = NOW;
    for (Map.Entry<String, String> option : options.entrySet()) {
      String value = option.getValue().strip();
      TableState next =
          switch (option.getKey().toLowerCase(Locale.ROOT)) {
            case "versionasof", "snapshot-id" ->
                new TableState(Optional.of(value), state.timestamp);
            case "timestampasof" -> new TableState(state.version, Optional.of(value));
            case "as-of-timestamp" -> new TableState(state.version, Optional.of(instant(value)));
            default ->
                throw new IllegalArgumentException(
                    "'%s' is not an option of a table; there are %s, %s, snapshot-id and as-of-timestamp"
                        .formatted(option.getKey(), VERSION, TIMESTAMP));
          };
      state = next;
    }
    return state;
  }

  private static String instant(String milliseconds) {
    try {
      return MILLISECONDS.format(Instant.ofEpochMilli(Long.parseLong(milliseconds)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "as-of-timestamp '%s' is not a number of milliseconds since 1970; timestampAsOf takes 2026-11-29 12:00:00"
              .formatted(milliseconds));
    }
  }

  /** A state by its version. */
  public static TableState ofVersion(String version) {
    return new TableState(Optional.of(version), Optional.empty());
  }

  /** Whether the state is the last one. */
  public boolean isNow() {
    return equals(NOW);
  }

  /** The options of Spark that say so. */
  public Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    version.ifPresent(value -> options.put(VERSION, value));
    timestamp.ifPresent(value -> options.put(TIMESTAMP, value));
    return options;
  }
}
