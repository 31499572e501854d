package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes JSON of records in the form of a {@link RecordFormat}. */
final class RecordWriter {

  private final RecordTypes types;

  RecordWriter(RecordTypes types) {
    this.types = types;
  }

  /** Writes a value with all its components. */
  JsonNode write(Object value) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (value instanceof Record) {
      return writeRecord(value);
    } else if (value instanceof Integer i) {
      return json.numberNode(i);
    } else if (value instanceof Long l) {
      return json.numberNode(l);
    } else if (value instanceof Float f) {
      return number(Double.parseDouble(Float.toString(f)));
    } else if (value instanceof Double d) {
      return number(d);
    } else if (value instanceof Boolean b) {
      return json.booleanNode(b);
    } else if (value instanceof String s) {
      return json.textNode(s);
    } else if (value instanceof Enum<?> constant) {
      return json.textNode(RecordTypes.camelCase(constant.name()));
    } else if (value instanceof List<?> list) {
      ArrayNode array = json.arrayNode();
      list.forEach(element -> array.add(write(element)));
      return array;
    } else if (value instanceof Map<?, ?> map) {
      ObjectNode object = json.objectNode();
      map.forEach((key, element) -> object.set((String) key, write(element)));
      return object;
    }
    throw new IllegalArgumentException("no form for " + value.getClass());
  }

  /** Writes a list whose elements are declared as of one type. */
  ArrayNode writeList(List<?> values, Class<?> declared) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(value -> array.add(write(value, declared)));
    return array;
  }

  /** Writes a value; its record's name goes with it if the declared type leaves that open. */
  private JsonNode write(Object value, Class<?> declared) {
    Optional<JsonNode> shortForm = types.shortForm(declared).flatMap(form -> form.writeAny(value));
    if (shortForm.isPresent()) {
      return shortForm.get();
    }
    if (!declared.isSealed()) {
      return write(value);
    }
    for (Map.Entry<String, Object> constant : types.constants(declared).entrySet()) {
      if (constant.getValue().equals(value)) {
        return JsonNodeFactory.instance.textNode(constant.getKey());
      }
    }
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode inner = writeRecord(value);
    String name = types.name(value.getClass());
    if (types.keys(value.getClass()).isEmpty()) {
      return json.textNode(name);
    }
    return json.objectNode()
        .set(
            name,
            inner.size() == 1 && !inner.has(RecordFormat.PRESET) ? inner.elements().next() : inner);
  }

  private ObjectNode writeRecord(Object value) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    write(value, "", object);
    return object;
  }

  private void write(Object value, String prefix, ObjectNode object) {
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object element = RecordTypes.component(value, component);
      String key = types.key(value.getClass(), prefix, component);
      if (types.isInline(component.getType())) {
        write(element, types.prefix(component), object);
      } else if (element instanceof Optional<?> optional) {
        optional.ifPresent(
            present ->
                object.set(
                    key,
                    write(
                        present,
                        RecordTypes.raw(RecordTypes.argument(component.getGenericType(), 0)))));
      } else if (element instanceof List<?> list) {
        object.set(
            key,
            writeList(list, RecordTypes.raw(RecordTypes.argument(component.getGenericType(), 0))));
      } else {
        object.set(key, write(element, component.getType()));
      }
    }
  }

  private static JsonNode number(double value) {
    return Double.isFinite(value)
        ? JsonNodeFactory.instance.numberNode(value)
        : JsonNodeFactory.instance.textNode(Double.toString(value));
  }
}
