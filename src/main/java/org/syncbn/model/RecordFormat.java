package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

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

  /** The key of a constant whose values fill in missing keys. */
  static final String PRESET = "preset";

  private final RecordTypes types;
  private final RecordReader reader;
  private final RecordWriter writer;

  private RecordFormat(RecordTypes types) {
    this.types = types;
    this.reader = new RecordReader(types);
    this.writer = new RecordWriter(types);
  }

  /** Starts a format. */
  public static Builder builder() {
    return new Builder();
  }

  /** A format in the making. Not thread-safe. */
  public static final class Builder {

    private final Map<Class<?>, String> names = new HashMap<>();
    private final Map<Class<?>, RecordTypes.Defaults> defaults = new HashMap<>();
    private final Map<Class<?>, Map<String, Object>> constants = new HashMap<>();
    private final Map<Class<?>, RecordTypes.ShortForm<?>> shortForms = new HashMap<>();
    private final Map<Class<?>, RecordTypes.Inline> inline = new HashMap<>();

    private Builder() {}

    /** Names a record of a sealed interface otherwise than its class. */
    public Builder name(Class<? extends Record> record, String name) {
      names.put(record, name);
      return this;
    }

    /** Fills in missing keys of a record, except some. */
    public Builder defaults(Record value, String... required) {
      defaults.put(value.getClass(), new RecordTypes.Defaults(value, List.of(required)));
      return this;
    }

    /** Puts the keys of a record that is a component beside those of the record that has it. */
    public Builder inline(Class<? extends Record> record) {
      inline.put(record, new RecordTypes.Inline(false, ""));
      return this;
    }

    /**
     * The same, but keys begin with the name that the record has in the outer one: {@code
     * runningMean} for {@code mean} of {@code running}.
     *
     * @param bare the component whose key is that name alone; empty for none
     */
    public Builder inlineWithPrefix(Class<? extends Record> record, String bare) {
      inline.put(record, new RecordTypes.Inline(true, bare));
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
      shortForms.put(type, new RecordTypes.ShortForm<>(read, write));
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
      return new RecordFormat(new RecordTypes(names, defaults, constants, shortForms, inline));
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
    return type.cast(reader.value(node, type, Optional.empty(), path));
  }

  /** Reads a record; keys that are missing are taken from the defaults. */
  public <T extends Record> T read(JsonNode node, T defaults, String path) {
    @SuppressWarnings("unchecked")
    Class<T> type = (Class<T>) defaults.getClass();
    return type.cast(reader.value(node, type, Optional.of(defaults), path));
  }

  /** Writes a value with all its components. */
  public JsonNode write(Object value) {
    return writer.write(value);
  }

  /** Writes a list whose elements are declared as of one type. */
  public ArrayNode writeList(List<?> values, Class<?> declared) {
    return writer.writeList(values, declared);
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
    Class<?> raw = RecordTypes.raw(type);
    if (raw == Optional.class) {
      differentKinds(lower, upper, RecordTypes.argument(type, 0), path, paths);
    } else if (raw.isSealed() && !upper.isEmpty()) {
      String name = upper.fieldNames().next();
      if (!lower.has(name)) {
        paths.add(path);
      } else if (types.kinds(raw).containsKey(name)) {
        Class<?> kind = types.kinds(raw).get(name);
        differentKinds(lower.get(name), upper.get(name), kind, RecordReader.at(path, name), paths);
      }
    } else if (raw.isRecord()) {
      for (RecordTypes.Keyed keyed :
          (Iterable<RecordTypes.Keyed>) types.components(raw, "")::iterator) {
        String key = keyed.key();
        Type of = keyed.component().getGenericType();
        differentKinds(lower.get(key), upper.get(key), of, RecordReader.at(path, key), paths);
      }
    }
  }
}
