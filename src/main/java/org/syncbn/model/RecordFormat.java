package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.syncbn.nn.NearestWord;

/**
 * Records as JSON, in one form for run files and saved models.
 *
 * <ul>
 *   <li>A record is an object with one key for each component. On reading, a key may be missing if
 *       there are defaults; an unknown key is rejected with the nearest known one.
 *   <li>One of several records behind a sealed interface is its name, {@code relu}, or an object
 *       with its name as the only key: {@code {dense: {units: 256}}}. A plain value stands for the
 *       only component, or the only one without a default: {@code {dense: 256}}.
 *   <li>An enum constant is its name in camel case; an empty {@link Optional} is a missing key.
 *   <li>The keys of some records, which only group what belongs together, stand beside those of the
 *       record that they are components of.
 *   <li>A record with constants of its own type takes {@code preset: name} for the one that fills
 *       in missing keys.
 * </ul>
 *
 * <p>Defaults come, in this order, from the preset, from the value given to {@link #read}, from
 * {@link Builder#defaults}, from a constant {@code DEFAULTS} of the record. A builder adds names,
 * defaults and short forms for types that do not know of this format. Immutable, hence thread-safe.
 */
public final class RecordFormat {

  private static final String PRESET = "preset";

  private final Map<Class<?>, String> names;
  private final Map<Class<?>, Defaults> defaults;
  private final Map<Class<?>, Map<String, Object>> constants;
  private final Map<Class<?>, ShortForm<?>> shortForms;
  private final Map<Class<?>, Inline> inline;

  private RecordFormat(Builder from) {
    names = Map.copyOf(from.names);
    defaults = Map.copyOf(from.defaults);
    constants = Map.copyOf(from.constants);
    shortForms = Map.copyOf(from.shortForms);
    inline = Map.copyOf(from.inline);
  }

  /** Starts a format. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * How a record has no key of its own.
   *
   * @param prefixed whether its keys begin with the name that it has in the outer record
   * @param bare the component whose key is that name alone; empty for none
   */
  private record Inline(boolean prefixed, String bare) {

    String key(String prefix, String component) {
      if (prefix.isEmpty() || component.equals(bare)) {
        return prefix.isEmpty() ? component : prefix;
      }
      return prefix + Character.toUpperCase(component.charAt(0)) + component.substring(1);
    }
  }

  /** A component of a record or of those inside it without a key, under its key. */
  private record Keyed(String key, RecordComponent component) {}

  /** Values for missing keys, except those that must be given. */
  private record Defaults(Object value, List<String> required) {}

  /** A form of its own for one type; both answer nothing for the ordinary form. */
  private record ShortForm<T>(
      Function<JsonNode, Optional<T>> read, Function<T, Optional<JsonNode>> write) {

    Optional<JsonNode> writeAny(Object value) {
      @SuppressWarnings("unchecked")
      T typed = (T) value;
      return write.apply(typed);
    }
  }

  /** A format in the making. Not thread-safe. */
  public static final class Builder {

    private final Map<Class<?>, String> names = new HashMap<>();
    private final Map<Class<?>, Defaults> defaults = new HashMap<>();
    private final Map<Class<?>, Map<String, Object>> constants = new HashMap<>();
    private final Map<Class<?>, ShortForm<?>> shortForms = new HashMap<>();
    private final Map<Class<?>, Inline> inline = new HashMap<>();

    private Builder() {}

    /** Names a record of a sealed interface otherwise than its class. */
    public Builder name(Class<? extends Record> record, String name) {
      names.put(record, name);
      return this;
    }

    /** Fills in missing keys of a record, except some. */
    public Builder defaults(Record value, String... required) {
      defaults.put(value.getClass(), new Defaults(value, List.of(required)));
      return this;
    }

    /** Puts the keys of a record that is a component beside those of the record that has it. */
    public Builder inline(Class<? extends Record> record) {
      inline.put(record, new Inline(false, ""));
      return this;
    }

    /**
     * The same, but keys begin with the name that the record has in the outer one: {@code
     * runningMean} for {@code mean} of {@code running}.
     *
     * @param bare the component whose key is that name alone; empty for none
     */
    public Builder inlineWithPrefix(Class<? extends Record> record, String bare) {
      inline.put(record, new Inline(true, bare));
      return this;
    }

    /** Lets a name stand for a value of a sealed interface. */
    public <T> Builder constant(Class<T> type, String name, T value) {
      constants.computeIfAbsent(type, key -> new TreeMap<>()).put(name, value);
      return this;
    }

    /**
     * Gives a type a form of its own.
     *
     * @param read answers nothing if the node is in the ordinary form
     * @param write answers nothing if the value needs the ordinary form
     */
    public <T> Builder shortForm(
        Class<T> type,
        Function<JsonNode, Optional<T>> read,
        Function<T, Optional<JsonNode>> write) {
      shortForms.put(type, new ShortForm<>(read, write));
      return this;
    }

    /**
     * Writes the two constants of an enum as true and false.
     *
     * @param yes what is written as true
     */
    public <E extends Enum<E>> Builder trueOrFalse(Class<E> type, E yes) {
      E no = type.getEnumConstants()[1 - yes.ordinal()];
      return shortForm(
          type,
          node -> {
            if (!node.isBoolean()) {
              throw new IllegalArgumentException("true or false is wanted, not " + node);
            }
            return Optional.of(node.asBoolean() ? yes : no);
          },
          value -> Optional.of(JsonNodeFactory.instance.booleanNode(value == yes)));
    }

    /** The format. */
    public RecordFormat build() {
      return new RecordFormat(this);
    }
  }

  /**
   * Reads a value.
   *
   * @param node what was written or typed
   * @param type a record, or a sealed interface of records
   * @param path of the node in its file, for sentences; may be empty
   * @throws SettingException in a sentence, if something is missing, unknown, of the wrong type or
   *     rejected by the record
   */
  public <T> T read(JsonNode node, Class<T> type, String path) {
    return type.cast(value(node, type, Optional.empty(), path));
  }

  /** Reads a record; keys that are missing are taken from the defaults. */
  public <T extends Record> T read(JsonNode node, T defaults, String path) {
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) defaults.getClass();
    return type.cast(value(node, type, Optional.of(defaults), path));
  }

  /** Writes a value with all its components. */
  public JsonNode write(Object value) {
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
      return json.textNode(camelCase(constant.name()));
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
  public ArrayNode writeList(List<?> values, Class<?> declared) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(value -> array.add(write(value, declared)));
    return array;
  }

  /** Writes a value; its record's name goes with it if the declared type leaves that open. */
  private JsonNode write(Object value, Class<?> declared) {
    Optional<JsonNode> shortForm =
        Optional.ofNullable(shortForms.get(declared)).flatMap(form -> form.writeAny(value));
    if (shortForm.isPresent()) {
      return shortForm.get();
    }
    if (!declared.isSealed()) {
      return write(value);
    }
    for (Map.Entry<String, Object> constant : constantsOf(declared).entrySet()) {
      if (constant.getValue().equals(value)) {
        return JsonNodeFactory.instance.textNode(constant.getKey());
      }
    }
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode inner = writeRecord(value);
    String name = name(value.getClass());
    if (keys(value.getClass()).isEmpty()) {
      return json.textNode(name);
    }
    return json.objectNode()
        .set(name, inner.size() == 1 && !inner.has(PRESET) ? only(inner) : inner);
  }

  private ObjectNode writeRecord(Object value) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    write(value, "", object);
    return object;
  }

  private void write(Object value, String prefix, ObjectNode object) {
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object element = component(value, component);
      String key = key(value.getClass(), prefix, component);
      if (inline.containsKey(component.getType())) {
        write(element, prefix(component), object);
      } else if (element instanceof Optional<?> optional) {
        optional.ifPresent(
            present ->
                object.set(key, write(present, raw(argument(component.getGenericType(), 0)))));
      } else if (element instanceof List<?> list) {
        object.set(key, writeList(list, raw(argument(component.getGenericType(), 0))));
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

  private Object value(JsonNode node, Type type, Optional<?> defaults, String path) {
    Class<?> raw = raw(type);
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
        list.add(value(node.get(i), argument(type, 0), Optional.empty(), path + "[" + i + "]"));
      }
      return List.copyOf(list);
    } else if (raw == Map.class) {
      require(node.isObject(), path, "an object", node);
      Map<String, Object> map = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        map.put(
            entry.getKey(),
            value(entry.getValue(), argument(type, 1), Optional.empty(), at(path, entry.getKey())));
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
      return Optional.ofNullable(shortForms.get(type)).flatMap(form -> form.read.apply(node));
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
    Map<String, Object> presets = constants(type);
    if (node.isTextual() && !presets.isEmpty()) {
      return lookUp(node.asText(), presets, path);
    }
    require(node.isObject(), path, "an object", node);
    List<String> known = keys(type);
    for (String key : (Iterable<String>) node::fieldNames) {
      boolean isPreset = key.equals(PRESET) && !presets.isEmpty();
      if (!known.contains(key) && !isPreset) {
        throw new SettingException(
            "unknown setting '" + at(path, key) + "'" + nearestOrAll(key, known));
      }
    }
    Optional<?> fallback = given;
    if (node.has(PRESET) && !presets.isEmpty()) {
      fallback = Optional.of(lookUp(node.get(PRESET).asText(), presets, at(path, PRESET)));
    } else if (fallback.isEmpty() && defaults.containsKey(type)) {
      fallback = Optional.of(defaults.get(type).value);
      for (String key : defaults.get(type).required) {
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
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      types[i] = component.getType();
      values[i] =
          inline.containsKey(types[i])
              ? make(
                  node,
                  types[i],
                  prefix(component),
                  fallback.map(value -> component(value, component)),
                  path,
                  places)
              : componentValue(
                  node, new Keyed(key(type, prefix, component), component), fallback, places);
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
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
      JsonNode node, Keyed keyed, Optional<?> defaults, UnaryOperator<String> places) {
    RecordComponent component = keyed.component;
    JsonNode found = node.get(keyed.key);
    String where = places.apply(keyed.key);
    Optional<Object> fallback = defaults.map(value -> component(value, component));
    if (component.getType() == Optional.class) {
      Optional<?> optional = fallback.isPresent() ? (Optional<?>) fallback.get() : Optional.empty();
      if (found == null) {
        return optional;
      }
      Type of = argument(component.getGenericType(), 0);
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

  private Map<String, Class<?>> kinds(Class<?> type) {
    Map<String, Class<?>> kinds = new TreeMap<>();
    kindsOf(type).forEach(kind -> kinds.put(name(kind), kind));
    return kinds;
  }

  /**
   * Where two texts name different kinds of the same thing, so that they cannot be merged key by
   * key.
   *
   * @param lower the one to be overridden, as an object of the type
   * @param upper the one that overrides it, likewise
   * @return paths such as {@code optimizer}
   */
  public List<String> differentKinds(JsonNode lower, JsonNode upper, Class<?> type) {
    List<String> paths = new ArrayList<>();
    differentKinds(lower, upper, type, "", paths);
    return paths;
  }

  private void differentKinds(
      JsonNode lower, JsonNode upper, Type type, String path, List<String> paths) {
    if (lower == null || upper == null || !lower.isObject() || !upper.isObject()) {
      return;
    }
    Class<?> raw = raw(type);
    if (raw == Optional.class) {
      differentKinds(lower, upper, argument(type, 0), path, paths);
    } else if (raw.isSealed() && !upper.isEmpty()) {
      String name = upper.fieldNames().next();
      if (!lower.has(name)) {
        paths.add(path);
      } else if (kinds(raw).containsKey(name)) {
        Class<?> kind = kinds(raw).get(name);
        differentKinds(lower.get(name), upper.get(name), kind, at(path, name), paths);
      }
    } else if (raw.isRecord()) {
      for (Keyed keyed : (Iterable<Keyed>) components(raw, "")::iterator) {
        String key = keyed.key;
        Type of = keyed.component.getGenericType();
        differentKinds(lower.get(key), upper.get(key), of, at(path, key), paths);
      }
    }
  }

  private Object oneOf(JsonNode node, Class<?> type, Optional<?> defaults, String path) {
    Map<String, Object> named = constantsOf(type);
    if (node.isTextual() && named.containsKey(node.asText())) {
      return named.get(node.asText());
    }
    Map<String, Class<?>> kinds = kinds(type);
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
    JsonNode inner = only((ObjectNode) node);
    Optional<String> key = keyOfPlainValue(kind);
    boolean alone = keys(kind).size() == 1;
    boolean spelledOut = inner.isObject() && (!alone || inner.isEmpty() || inner.has(key.get()));
    Optional<?> sameKind = defaults.filter(kind::isInstance);
    String where = at(path, name);
    if (key.isPresent() && !spelledOut) { // the key is not in the text, nor in sentences about it
      JsonNode whole = JsonNodeFactory.instance.objectNode().set(key.get(), inner);
      return record(whole, kind, sameKind, where, unwritten -> where);
    }
    return record(inner, kind, sameKind, where);
  }

  /** The records of a sealed interface and of those below it. */
  private static Stream<Class<?>> kindsOf(Class<?> type) {
    return Arrays.stream(type.getPermittedSubclasses())
        .flatMap(kind -> kind.isSealed() ? kindsOf(kind) : Stream.of(kind))
        .distinct();
  }

  /** The only component, or the only one that must be given. */
  private Optional<String> keyOfPlainValue(Class<?> kind) {
    if (keys(kind).size() == 1) {
      return Optional.of(keys(kind).get(0));
    }
    return Optional.ofNullable(defaults.get(kind))
        .map(Defaults::required)
        .filter(required -> required.size() == 1)
        .map(required -> required.get(0));
  }

  private static Object constant(JsonNode node, Class<?> type, String path) {
    Map<String, Object> constants = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      constants.put(camelCase(((Enum<?>) constant).name()), constant);
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

  /** The public constants of a record's own type, by their names in camel case. */
  private static Map<String, Object> constants(Class<?> type) {
    Map<String, Object> constants = new TreeMap<>();
    for (Field field : type.getFields()) {
      if (field.getType() == type && Modifier.isStatic(field.getModifiers())) {
        try {
          constants.put(camelCase(field.getName()), field.get(null));
        } catch (IllegalAccessException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return constants;
  }

  /** The components of a record, and in their places those of records without a key. */
  private Stream<Keyed> components(Class<?> type, String prefix) {
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            component ->
                inline.containsKey(component.getType())
                    ? components(component.getType(), prefix(component))
                    : Stream.of(new Keyed(key(type, prefix, component), component)));
  }

  /** What the keys of a record without one begin with. */
  private String prefix(RecordComponent component) {
    return inline.get(component.getType()).prefixed ? component.getName() : "";
  }

  private String key(Class<?> type, String prefix, RecordComponent component) {
    String name = component.getName();
    return inline.containsKey(type) ? inline.get(type).key(prefix, name) : name;
  }

  private List<String> keys(Class<?> type) {
    return components(type, "").map(Keyed::key).toList();
  }

  private static Object component(Object record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
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

  private static String at(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static JsonNode only(ObjectNode object) {
    return object.elements().next();
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : (Class<?>) type;
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  private Map<String, Object> constantsOf(Class<?> type) {
    return constants.getOrDefault(type, Map.of());
  }

  private String name(Class<?> record) {
    if (names.containsKey(record)) {
      return names.get(record);
    }
    String name = record.getSimpleName();
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  private static String camelCase(String constant) {
    String[] words = constant.toLowerCase(Locale.ROOT).split("_");
    StringBuilder name = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      name.append(words[i].substring(0, 1).toUpperCase(Locale.ROOT)).append(words[i].substring(1));
    }
    return name.toString();
  }

  /** What may have been meant; everything known, if that is none of it. */
  private static String nearestOrAll(String key, List<String> known) {
    String nearest = NearestWord.didYouMean(key, known);
    return nearest.isEmpty() ? "; there are " + String.join(", ", known) : nearest;
  }
}
