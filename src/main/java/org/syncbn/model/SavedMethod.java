package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How values were normalized when statistics were found, for those who apply them later.
 *
 * @param name of the method, as on the command line
 * @param eps added to the variance, where the method has it
 * @param range the ends of the range, where the method has one; else empty
 * @param keepsConstants whether columns without spread stay as they are
 */
public record SavedMethod(
    String name, Optional<Double> eps, List<Double> range, boolean keepsConstants) {

  private static final String KEEP = "keep";

  /** Copies the list. */
  public SavedMethod {
    range = List.copyOf(range);
  }

  /** As the statistics file has it. */
  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("method", name);
    eps.ifPresent(value -> json.put("eps", value));
    if (!range.isEmpty()) {
      ArrayNode ends = json.putArray("range");
      range.forEach(ends::add);
    }
    return keepsConstants ? json.put("constant", KEEP) : json;
  }

  /** Reads what {@link #json} gives. */
  static Optional<SavedMethod> of(JsonNode json) {
    if (json.isMissingNode()) {
      return Optional.empty();
    }
    List<Double> range = new ArrayList<>();
    json.path("range").forEach(end -> range.add(end.asDouble()));
    return Optional.of(
        new SavedMethod(
            json.path("method").asText(),
            Optional.of(json.path("eps")).filter(JsonNode::isNumber).map(JsonNode::doubleValue),
            range,
            json.path("constant").asText().equals(KEEP)));
  }
}
