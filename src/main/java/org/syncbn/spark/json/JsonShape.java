package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.Serializable;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.lang3.StringUtils;

/**
 * What the values under one key look like: how many there are of each kind, and the first that is
 * no number. Merging is associative and commutative.
 *
 * <p>Not thread-safe.
 */
final class JsonShape implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Objects with more keys than this are maps, whose keys are data. */
  static final int MOST_FIELDS = 1000;

  /** What a value is. */
  enum Kind {
    NULL,
    NUMBER,
    QUOTED_NUMBER,
    TEXT,
    BOOLEAN,
    ARRAY,
    OBJECT
  }

  /**
   * Where a value stands.
   *
   * @param file number of the file in the input
   * @param start of the part of the file that was read by itself, in bytes
   * @param number that grows from value to value of that part
   * @param line of that part, from 1
   * @param text of the value
   */
  record Place(int file, long start, long number, long line, String text)
      implements Serializable, Comparable<Place> {

    @Override
    public int compareTo(Place other) {
      int order = Integer.compare(file, other.file);
      order = order == 0 ? Long.compare(start, other.start) : order;
      return order == 0 ? Long.compare(number, other.number) : order;
    }

    static Place first(Place a, Place b) {
      return a == null || b != null && b.compareTo(a) < 0 ? b : a;
    }
  }

  /** Says where a value of some text stands. */
  interface Position {
    Place of(String text);
  }

  private final long[] kinds = new long[Kind.values().length];
  private final long[] numbers = new long[JsonNumber.values().length];
  private Place first;
  private Place firstOther;
  private Place firstTooGreat;
  private int shortest = Integer.MAX_VALUE; // array
  private int longest;
  private JsonShape elements; // of all arrays
  private LinkedHashMap<String, JsonShape> fields; // of all objects
  private boolean isMap;

  /**
   * Adds the current value of an object, and reads it to its end.
   *
   * @param nested whether to look into objects and arrays
   */
  void add(JsonObjects objects, JsonToken token, boolean nested, Position position)
      throws IOException {
    if (first == null) {
      first = position.of("");
    }
    switch (token) {
      case VALUE_NULL -> add(Kind.NULL);
      case VALUE_TRUE, VALUE_FALSE -> {
        add(Kind.BOOLEAN);
        other(position, token.asString());
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        add(Kind.NUMBER);
        number(JsonNumber.of(objects.text()), objects.text(), position);
      }
      case VALUE_STRING -> text(objects.text(), position);
      case START_ARRAY -> {
        other(position, "an array");
        array(objects, nested, position);
      }
      case START_OBJECT -> {
        other(position, "an object");
        object(objects, nested, position);
      }
      default -> throw new IllegalStateException(token + " is not a value");
    }
  }

  private void add(Kind kind) {
    kinds[kind.ordinal()]++;
  }

  private void number(JsonNumber number, String text, Position position) {
    numbers[number.ordinal()]++;
    if (number == JsonNumber.TOO_GREAT && firstTooGreat == null) {
      firstTooGreat = position.of(text);
    }
  }

  private void text(String text, Position position) {
    Optional<JsonNumber> number = JsonNumber.ofQuoted(text);
    if (number.isPresent()) {
      add(Kind.QUOTED_NUMBER);
      number(number.get(), text, position);
    } else {
      add(Kind.TEXT);
      other(position, "'" + StringUtils.abbreviate(text, 60) + "'");
    }
  }

  private void other(Position position, String text) {
    if (firstOther == null) {
      firstOther = position.of(text);
    }
  }

  private void array(JsonObjects objects, boolean nested, Position position) throws IOException {
    add(Kind.ARRAY);
    if (elements == null) {
      elements = new JsonShape();
    }
    int length = 0;
    for (JsonToken token = objects.nextToken();
        token != JsonToken.END_ARRAY;
        token = objects.nextToken()) {
      length++;
      elements.add(objects, token, nested, position);
    }
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
  }

  private void object(JsonObjects objects, boolean nested, Position position) throws IOException {
    add(Kind.OBJECT);
    if (!nested || isMap) {
      objects.skip();
      return;
    }
    if (fields == null) {
      fields = new LinkedHashMap<>();
    }
    for (JsonToken token = objects.nextToken();
        token != JsonToken.END_OBJECT;
        token = objects.nextToken()) {
      String key = objects.text();
      token = objects.nextToken();
      fields.computeIfAbsent(key, absent -> new JsonShape()).add(objects, token, true, position);
    }
    forgetKeysOfMaps();
  }

  private void forgetKeysOfMaps() {
    if (fields != null && fields.size() > MOST_FIELDS) {
      isMap = true;
    }
    if (isMap) {
      fields = null;
    }
  }

  /** Takes in what other values under the key look like. */
  void merge(JsonShape other) {
    for (int i = 0; i < kinds.length; i++) {
      kinds[i] += other.kinds[i];
    }
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += other.numbers[i];
    }
    first = Place.first(first, other.first);
    firstOther = Place.first(firstOther, other.firstOther);
    firstTooGreat = Place.first(firstTooGreat, other.firstTooGreat);
    shortest = Math.min(shortest, other.shortest);
    longest = Math.max(longest, other.longest);
    if (other.elements != null) {
      if (elements == null) {
        elements = new JsonShape();
      }
      elements.merge(other.elements);
    }
    isMap |= other.isMap;
    if (other.fields != null) {
      fields = fields == null ? new LinkedHashMap<>() : fields;
      merge(fields, other.fields);
    }
    forgetKeysOfMaps();
  }

  /** Takes the shapes of more keys in. */
  static void merge(Map<String, JsonShape> into, Map<String, JsonShape> from) {
    from.forEach((key, shape) -> into.computeIfAbsent(key, k -> new JsonShape()).merge(shape));
  }

  /** How many values are of a kind. */
  long count(Kind... wanted) {
    long count = 0;
    for (Kind kind : wanted) {
      count += kinds[kind.ordinal()];
    }
    return count;
  }

  /** Whether all values but null are of some kinds, and there is one. */
  boolean isAll(Kind... wanted) {
    long count = count(wanted);
    return count > 0 && count == count(Kind.values()) - count(Kind.NULL);
  }

  /** How many numbers, quoted or not, are of a kind. */
  long count(JsonNumber number) {
    return numbers[number.ordinal()];
  }

  /** Where the first value stands. */
  Place first() {
    return first;
  }

  /** The first value that is neither null nor a number, quoted or not. */
  Optional<Place> firstOther() {
    return Optional.ofNullable(firstOther);
  }

  /** The first number beyond the doubles. */
  Optional<Place> firstTooGreat() {
    return Optional.ofNullable(firstTooGreat);
  }

  /** The elements of all arrays. */
  Optional<JsonShape> elements() {
    return Optional.ofNullable(elements);
  }

  /** The shortest and the greatest length of an array. */
  int shortest() {
    return shortest;
  }

  /** The greatest length of an array. */
  int longest() {
    return longest;
  }

  /**
   * The values under the keys of all objects, in order of appearance; none where keys are data, or
   * nobody looked.
   */
  Map<String, JsonShape> fields() {
    return fields == null ? Map.of() : inOrder(fields);
  }

  /** The keys in order of appearance. */
  static Map<String, JsonShape> inOrder(Map<String, JsonShape> shapes) {
    Map<String, JsonShape> ordered = new LinkedHashMap<>();
    shapes.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getValue().first))
        .forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
    return ordered;
  }
}
