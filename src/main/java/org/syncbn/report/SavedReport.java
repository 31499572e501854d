package org.syncbn.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A report as its JSON file holds it.
 *
 * @param name what distinguishes it from others: its file
 * @param json the whole object
 */
public record SavedReport(String name, JsonNode json) {

  static final String FORMAT = "spark-syncbn report";
  static final int VERSION = 1;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * Reads a report.
   *
   * @param text of the file
   * @param file its name, for messages
   * @throws IllegalArgumentException in a sentence, if it is not a report, or one of a newer
   *     version
   */
  public static SavedReport parse(String text, String file) {
    JsonNode json;
    try {
      json = MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw notAReport(file);
    }
    if (!FORMAT.equals(json.path("format").asText()) || !json.path("version").isInt()) {
      throw notAReport(file);
    }
    if (json.get("version").intValue() > VERSION) {
      throw new IllegalArgumentException(
          "%s has version %d of the format of reports, this program reads up to version %d; use a newer version of it"
              .formatted(file, json.get("version").intValue(), VERSION));
    }
    return new SavedReport(file, json);
  }

  private static IllegalArgumentException notAReport(String file) {
    return new IllegalArgumentException(
        "%s is not a report; the option --report FILE.json of jobs writes one".formatted(file));
  }

  /** Which job it is of, such as {@code train} or {@code bench sync}. */
  String job() {
    return json.path("job").asText();
  }

  /** The elements of a list that is an entry. */
  Stream<JsonNode> list(String key) {
    return elements(json.path(key));
  }

  /** The elements of a list; none where there is no list. */
  static Stream<JsonNode> elements(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  /** A number; those that JSON has no number for are texts. NaN where there is none. */
  static double number(JsonNode value) {
    if (value.isNumber()) {
      return value.doubleValue();
    }
    return switch (value.asText()) {
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> Double.NaN;
    };
  }
}
