package io.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonToken;
import io.syncbn.spark.json.JsonObjects.FormatException;
import io.syncbn.spark.json.JsonShape.Place;
import io.syncbn.spark.json.JsonShape.Position;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;

/**
 * What the values under all keys of some parts of files look like, and which of the files cannot be
 * cut at the ends of lines. Merging is associative and commutative.
 *
 * <p>Not thread-safe.
 */
final class JsonShapes implements Serializable {

  private static final long serialVersionUID = 1L;

  private final HashMap<String, JsonShape> keys = new HashMap<>(); // of files in one part
  private final HashMap<Integer, HashMap<String, JsonShape>> split = new HashMap<>();
  private final HashSet<Integer> whole = new HashSet<>();
  private Place fault; // not thrown: Spark would try the task again

  /**
   * Looks at all objects of a part. A fault in one of several parts of a file only says that the
   * file cannot be split: what it is shows when the file is read as a whole.
   *
   * @param file number of the file in the input
   * @param nested whether to look into objects
   */
  static JsonShapes of(JsonPart part, int file, boolean nested, Configuration conf)
      throws IOException {
    JsonShapes shapes = new JsonShapes();
    HashMap<String, JsonShape> keys = new HashMap<>();
    try (JsonObjects objects = part.open(conf)) {
      long[] number = new long[1];
      Position position = text -> new Place(file, part.start(), number[0]++, objects.line(), text);
      while (objects.next()) {
        add(objects, keys, nested, position);
      }
      if (objects.spansLines()) {
        shapes.whole.add(file);
      }
    } catch (FormatException fault) {
      shapes.whole.add(file);
      if (part.isWhole()) {
        shapes.fault = new Place(file, 0, 0, fault.line(), fault.getMessage());
      }
    }
    if (part.isWhole()) {
      shapes.keys.putAll(keys);
    } else {
      shapes.split.put(file, keys);
    }
    return shapes;
  }

  private static void add(
      JsonObjects objects, Map<String, JsonShape> keys, boolean nested, Position position)
      throws IOException {
    while (objects.nextToken() != JsonToken.END_OBJECT) {
      String key = objects.text();
      JsonToken token = objects.nextToken();
      keys.computeIfAbsent(key, absent -> new JsonShape()).add(objects, token, nested, position);
    }
  }

  /** Takes in what was found in other parts. */
  JsonShapes merge(JsonShapes other) {
    JsonShape.merge(keys, other.keys);
    other.split.forEach(
        (file, shapes) ->
            JsonShape.merge(split.computeIfAbsent(file, f -> new HashMap<>()), shapes));
    whole.addAll(other.whole);
    fault = Place.first(fault, other.fault);
    return this;
  }

  /** The values under each key, without those of {@link #unread} files. */
  Map<String, JsonShape> keys() {
    Map<String, JsonShape> all = new HashMap<>();
    JsonShape.merge(all, keys);
    split.forEach(
        (file, shapes) -> {
          if (!whole.contains(file)) {
            JsonShape.merge(all, shapes);
          }
        });
    return all;
  }

  /** The same with what the {@link #unread} files hold, read as wholes. */
  JsonShapes withRead(JsonShapes files) {
    unread().forEach(split::remove);
    return merge(files);
  }

  /** What is wrong with the first file that is no JSON. */
  Optional<Place> fault() {
    return Optional.ofNullable(fault);
  }

  /** The files whose objects span lines, or that have faults. */
  Set<Integer> whole() {
    return whole;
  }

  /** The files that were read in parts and have to be read as a whole. */
  Set<Integer> unread() {
    Set<Integer> files = new TreeSet<>(whole);
    files.retainAll(split.keySet());
    return files;
  }
}
