package org.syncbn.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** What a {@link RecordFormat} knows of types: their names, keys, defaults and short forms. */
final class RecordTypes {

  private final Map<Class<?>, String> names;
  private final Map<Class<?>, Defaults> defaults;
  private final Map<Class<?>, Map<String, Object>> constants;
  private final Map<Class<?>, ShortForm<?>> shortForms;
  private final Map<Class<?>, Inline> inline;

  /** Copies all maps; {@code constants} are those of sealed interfaces, by their names. */
  RecordTypes(
      Map<Class<?>, String> names,
      Map<Class<?>, Defaults> defaults,
      Map<Class<?>, Map<String, Object>> constants,
      Map<Class<?>, ShortForm<?>> shortForms,
      Map<Class<?>, Inline> inline) {
    this.names = Map.copyOf(names);
    this.defaults = Map.copyOf(defaults);
    this.constants = Map.copyOf(constants);
    this.shortForms = Map.copyOf(shortForms);
    this.inline = Map.copyOf(inline);
  }

  /**
   * How a record has no key of its own.
   *
   * @param prefixed whether its keys begin with the name that it has in the outer record
   * @param bare the component whose key is that name alone; empty for none
   */
  record Inline(boolean prefixed, String bare) {

    String key(String prefix, String component) {
      if (prefix.isEmpty() || component.equals(bare)) {
        return prefix.isEmpty() ? component : prefix;
      }
      return prefix + Character.toUpperCase(component.charAt(0)) + component.substring(1);
    }
  }

  /** A component of a record or of those inside it without a key, under its key. */
  record Keyed(String key, RecordComponent component) {}

  /** Values for missing keys, except those that must be given. */
  record Defaults(Object value, List<String> required) {}

  /** A form of its own for one type; both answer nothing for the ordinary form. */
  record ShortForm<T>(Function<JsonNode, Optional<T>> read, Function<T, Optional<JsonNode>> write) {

    Optional<JsonNode> writeAny(Object value) {
      @SuppressWarnings("unchecked")
      T typed = (T) value;
      return write.apply(typed);
    }
  }

  /** What fills in missing keys of a record, if that was said. */
  Optional<Defaults> defaults(Class<?> type) {
    return Optional.ofNullable(defaults.get(type));
  }

  /** The form of its own that a type has. */
  Optional<ShortForm<?>> shortForm(Class<?> type) {
    return Optional.ofNullable(shortForms.get(type));
  }

  /** Whether the keys of a record stand beside those of the record that has it. */
  boolean isInline(Class<?> type) {
    return inline.containsKey(type);
  }

  /** The records of a sealed interface, by their names. */
  Map<String, Class<?>> kinds(Class<?> type) {
    Map<String, Class<?>> kinds = new TreeMap<>();
    kindsOf(type).forEach(kind -> kinds.put(name(kind), kind));
    return kinds;
  }

  /** The records of a sealed interface and of those below it. */
  private static Stream<Class<?>> kindsOf(Class<?> type) {
    return Arrays.stream(type.getPermittedSubclasses())
        .flatMap(kind -> kind.isSealed() ? kindsOf(kind) : Stream.of(kind))
        .distinct();
  }

  /** The only component, or the only one that must be given. */
  Optional<String> keyOfPlainValue(Class<?> kind) {
    if (keys(kind).size() == 1) {
      return Optional.of(keys(kind).get(0));
    }
    return defaults(kind)
        .map(Defaults::required)
        .filter(required -> required.size() == 1)
        .map(required -> required.get(0));
  }

  /** The public constants of a record's own type, by their names in camel case. */
  static Map<String, Object> presets(Class<?> type) {
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
  Stream<Keyed> components(Class<?> type, String prefix) {
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            component ->
                isInline(component.getType())
                    ? components(component.getType(), prefix(component))
                    : Stream.of(new Keyed(key(type, prefix, component), component)));
  }

  /** What the keys of a record without one begin with. */
  String prefix(RecordComponent component) {
    return inline.get(component.getType()).prefixed ? component.getName() : "";
  }

  /** The key of a component of a record whose own keys begin with a prefix. */
  String key(Class<?> type, String prefix, RecordComponent component) {
    String name = component.getName();
    return isInline(type) ? inline.get(type).key(prefix, name) : name;
  }

  /** The keys of a record, in order. */
  List<String> keys(Class<?> type) {
    return components(type, "").map(Keyed::key).toList();
  }

  /** The value of a component. */
  static Object component(Object record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  /** A type without its arguments. */
  static Class<?> raw(Type type) {
    return type instanceof ParameterizedType parameterized
        ? (Class<?>) parameterized.getRawType()
        : (Class<?>) type;
  }

  /** An argument of a type, such as that of a list. */
  static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }

  /** The names that stand for values of a sealed interface. */
  Map<String, Object> constants(Class<?> type) {
    return constants.getOrDefault(type, Map.of());
  }

  /** What a record is called. */
  String name(Class<?> record) {
    if (names.containsKey(record)) {
      return names.get(record);
    }
    String name = record.getSimpleName();
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }

  /** The name of a constant as it is written: {@code dropLast} for {@code DROP_LAST}. */
  static String camelCase(String constant) {
    String[] words = constant.toLowerCase(Locale.ROOT).split("_");
    StringBuilder name = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      name.append(words[i].substring(0, 1).toUpperCase(Locale.ROOT)).append(words[i].substring(1));
    }
    return name.toString();
  }
}
