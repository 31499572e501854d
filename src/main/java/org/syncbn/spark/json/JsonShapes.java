package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.json.JsonObjects.FormatException;
import org.syncbn.spark.json.JsonShape.Place;
import org.syncbn.spark.json.JsonShape.Position;
import org.syncbn.spark.text.TextFault;

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
  private final TreeSet<Integer> whole = new TreeSet<>();
  private Place fault; // not thrown: Spark would try the task again

  /**
   * Looks at all objects of a part. A fault in one of several parts of a file only says that the
   * file cannot be split: what it is shows when the file is read as a whole.
   *
   * @param file number of the file in the input
   * @param nested whether to look into objects
   */
  static JsonShapes of(JsonPart part, int file, boolean nested) {
    JsonShapes shapes = new JsonShapes();
    HashMap<String, JsonShape> keys = new HashMap<>();
    try (JsonObjects objects = part.open()) {
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
        shapes.fault(part, file, fault);
      }
    } catch (TextFault | DataException | IOException fault) {
      shapes.fault(part, file, fault);
    }
    if (part.isWhole()) {
      shapes.keys.putAll(keys);
    } else {
      shapes.split.put(file, keys);
    }
    return shapes;
  }

  private void fault(JsonPart part, int file, Exception fault) {
    this.fault = new Place(file, part.start(), 0, 0, part.sentence(fault).getMessage());
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

  /** What is wrong with the first file that is not JSON, in a sentence. */
  Optional<String> fault() {
    return Optional.ofNullable(fault).map(Place::text);
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
