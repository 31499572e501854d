package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.syncbn.nn.NearestWord;

/** Makes records of JSON in the form of a {@link RecordFormat}. */
final class RecordReader {

  private final RecordTypes types;

  RecordReader(RecordTypes types) {
    this.types = types;
  }

  /**
   * Reads a value of any type that has a form.
   *
   * @param defaults takes the place of what is missing
   * @param path of the node in its file, for sentences
   */
  Object value(JsonNode node, Type type, Optional<?> defaults, String path) {
    Class<?> raw = RecordTypes.raw(type);
    Optional<?> shortForm = shortForm(node, raw, path);
    if (shortForm.isPresent()) {
      return shortForm.get();
    }
    if (raw.isRecord()) {
      return record(node, raw, defaults, path);
    } else if (raw.isSealed()) {
      return oneOf(node, raw, defaults, path);
    } else if (raw.isEnum()) {
      return constant(node, raw, path);
    } else if (raw == List.class) {
      require(node.isArray(), path, "a list", node);
      List<Object> list = new ArrayList<>();
      for (int i = 0; i < node.size(); i++) {
        list.add(
            value(
                node.get(i),
                RecordTypes.argument(type, 0),
                Optional.empty(),
                path + "[" + i + "]"));
      }
      return List.copyOf(list);
    } else if (raw == Map.class) {
      require(node.isObject(), path, "an object", node);
      Map<String, Object> map = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        map.put(
            entry.getKey(),
            value(
                entry.getValue(),
                RecordTypes.argument(type, 1),
                Optional.empty(),
                at(path, entry.getKey())));
      }
      return map;
    } else if (raw == int.class || raw == Integer.class) {
      require(integral(node) && node.canConvertToInt(), path, "a whole number", node);
      return node.asInt();
    } else if (raw == long.class || raw == Long.class) {
      require(integral(node) && node.canConvertToLong(), path, "a whole number", node);
      return node.asLong();
    } else if (raw == double.class || raw == Double.class) {
      return real(node, path);
    } else if (raw == float.class || raw == Float.class) {
      return (float) real(node, path);
    } else if (raw == boolean.class || raw == Boolean.class) {
      require(node.isBoolean(), path, "true or false", node);
      return node.asBoolean();
    } else if (raw == String.class) {
      require(node.isValueNode() && !node.isNull(), path, "a text", node);
      return node.asText();
    }
    throw new IllegalArgumentException("no form for " + type);
  }

  private Optional<?> shortForm(JsonNode node, Class<?> type, String path) {
    try {
      return types.shortForm(type).flatMap(form -> form.read().apply(node));
    } catch (SettingException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw rejected(path, e);
    }
  }

  private Object record(JsonNode node, Class<?> type, Optional<?> given, String path) {
    return record(node, type, given, path, key -> at(path, key));
  }

  /**
   * Reads a record.
   *
   * @param places where the value of a key stands, for sentences
   */
  private Object record(
      JsonNode node, Class<?> type, Optional<?> given, String path, UnaryOperator<String> places) {
    Map<String, Object> presets = RecordTypes.presets(type);
    if (node.isTextual() && !presets.isEmpty()) {
      return lookUp(node.asText(), presets, path);
    }
    require(node.isObject(), path, "an object", node);
    List<String> known = types.keys(type);
    for (String key : (Iterable<String>) node::fieldNames) {
      boolean isPreset = key.equals(RecordFormat.PRESET) && !presets.isEmpty();
      if (!known.contains(key) && !isPreset) {
        throw new SettingException(
            "unknown setting '" + at(path, key) + "'" + nearestOrAll(key, known));
      }
    }
    Optional<?> fallback = given;
    if (node.has(RecordFormat.PRESET) && !presets.isEmpty()) {
      fallback =
          Optional.of(
              lookUp(
                  node.get(RecordFormat.PRESET).asText(), presets, at(path, RecordFormat.PRESET)));
    } else if (fallback.isEmpty() && types.defaults(type).isPresent()) {
      RecordTypes.Defaults defaults = types.defaults(type).get();
      fallback = Optional.of(defaults.value());
      for (String key : defaults.required()) {
        if (!node.has(key)) {
          throw missing(at(path, key));
        }
      }
    } else if (fallback.isEmpty()) {
      fallback = Optional.ofNullable(presets.get("defaults"));
    }
    return make(node, type, "", fallback, path, places);
  }

  /** Makes a record of the keys that an object has, and of a value with the others. */
  private Object make(
      JsonNode node,
      Class<?> type,
      String prefix,
      Optional<?> fallback,
      String path,
      UnaryOperator<String> places) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] declared = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      declared[i] = component.getType();
      values[i] =
          types.isInline(declared[i])
              ? make(
                  node,
                  declared[i],
                  types.prefix(component),
                  fallback.map(value -> RecordTypes.component(value, component)),
                  path,
                  places)
              : componentValue(
                  node,
                  new RecordTypes.Keyed(types.key(type, prefix, component), component),
                  fallback,
                  places);
    }
    try {
      return type.getDeclaredConstructor(declared).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException rejected) {
        throw rejected(path, rejected);
      }
      throw new IllegalStateException("cannot make " + type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + type, e);
    }
  }

  private Object componentValue(
      JsonNode node, RecordTypes.Keyed keyed, Optional<?> defaults, UnaryOperator<String> places) {
    RecordComponent component = keyed.component();
    JsonNode found = node.get(keyed.key());
    String where = places.apply(keyed.key());
    Optional<Object> fallback = defaults.map(value -> RecordTypes.component(value, component));
    if (component.getType() == Optional.class) {
      Optional<?> optional = fallback.isPresent() ? (Optional<?>) fallback.get() : Optional.empty();
      if (found == null) {
        return optional;
      }
      Type of = RecordTypes.argument(component.getGenericType(), 0);
      return found.isNull() ? Optional.empty() : Optional.of(value(found, of, optional, where));
    }
    if (found == null) {
      if (fallback.isEmpty()) {
        throw missing(where);
      }
      return fallback.get();
    }
    return value(found, component.getGenericType(), fallback, where);
  }

  private Object oneOf(JsonNode node, Class<?> type, Optional<?> defaults, String path) {
    Map<String, Object> named = types.constants(type);
    if (node.isTextual() && named.containsKey(node.asText())) {
      return named.get(node.asText());
    }
    Map<String, Class<?>> kinds = types.kinds(type);
    Map<String, Object> choices = new TreeMap<>(named);
    choices.putAll(kinds);
    if (node.isTextual()) {
      Class<?> kind = (Class<?>) lookUp(node.asText(), choices, path);
      return record(
          JsonNodeFactory.instance.objectNode(), kind, Optional.empty(), at(path, node.asText()));
    }
    require(
        node.isObject() && node.size() == 1,
        path,
        "one of " + String.join(", ", choices.keySet()),
        node);
    String name = node.fieldNames().next();
    Class<?> kind = lookUp(name, kinds, path);
    JsonNode inner = node.elements().next();
    Optional<String> key = types.keyOfPlainValue(kind);
    boolean alone = types.keys(kind).size() == 1;
    boolean spelledOut = inner.isObject() && (!alone || inner.isEmpty() || inner.has(key.get()));
    Optional<?> sameKind = defaults.filter(kind::isInstance);
    String where = at(path, name);
    if (key.isPresent() && !spelledOut) { // the key is not in the text, nor in sentences about it
      JsonNode whole = JsonNodeFactory.instance.objectNode().set(key.get(), inner);
      return record(whole, kind, sameKind, where, unwritten -> where);
    }
    return record(inner, kind, sameKind, where);
  }

  private static Object constant(JsonNode node, Class<?> type, String path) {
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      constants.put(RecordTypes.camelCase(((Enum<?>) constant).name()), constant);
    }
    return lookUp(node.asText(), constants, path);
  }

  private static <T> T lookUp(String name, Map<String, T> known, String path) {
    T found = known.get(name);
    if (found == null) {
      throw new SettingException(
          "'"
              + path
              + "' knows no '"
              + name
              + "'"
              + NearestWord.didYouMean(name, known.keySet())
              + "; there are "
              + String.join(", ", known.keySet()));
    }
    return found;
  }

  private static boolean integral(JsonNode node) {
    return node.isNumber() && node.asDouble() == Math.rint(node.asDouble());
  }

  private static double real(JsonNode node, String path) {
    if (node.isTextual() && List.of("NaN", "Infinity", "-Infinity").contains(node.asText())) {
      return Double.parseDouble(node.asText());
    }
    require(node.isNumber(), path, "a number", node);
    return node.asDouble();
  }

  private static SettingException rejected(String path, IllegalArgumentException why) {
    return new SettingException(
        path.isEmpty() ? why.getMessage() : path + ": " + why.getMessage(), why);
  }

  private static SettingException missing(String path) {
    return new SettingException("the setting '" + path + "' is missing");
  }

  private static void require(boolean fits, String path, String what, JsonNode node) {
    if (!fits) {
      throw new SettingException("'" + path + "' must be " + what + ", was " + node);
    }
  }

  /** The path of a key inside what has a path. */
  static String at(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** What may have been meant; everything known, if that is none of it. */
  private static String nearestOrAll(String key, List<String> known) {
    String nearest = NearestWord.didYouMean(key, known);
    return nearest.isEmpty() ? "; there are " + String.join(", ", known) : nearest;
  }
}
