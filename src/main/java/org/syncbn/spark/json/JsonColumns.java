package org.syncbn.spark.json;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFormat;
import org.syncbn.spark.files.FeatureSelection;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.RowTarget;
import org.syncbn.spark.json.JsonShape.Kind;
import org.syncbn.spark.json.JsonShape.Place;

/**
 * The columns that the keys of JSON objects become, decided from all values under each key.
 *
 * <ul>
 *   <li>A key with numbers, quoted or not, is a number: {@code long}, {@code decimal(38,0)} or
 *       {@code double}. If all are quoted, it is text unless it was named.
 *   <li>Arrays of numbers that all have one length are {@code array<double>}.
 *   <li>Where more than half of the values, but not all, are numbers, or where a named key has
 *       another value, the file is rejected with the first of these.
 *   <li>{@code true} and {@code false} of a named key are 1 and 0.
 *   <li>A named path {@code a.b} into objects is a column of that name beside the column {@code a};
 *       a key that has that name itself wins.
 *   <li>What is not a feature stays as it is written if it will be written as JSON, and otherwise
 *       gets the type of Spark that holds all of its values, text if none does.
 * </ul>
 *
 * @param schema the columns, in the order in which their keys appear
 * @param paths the keys that lead to those columns that are not keys themselves
 * @param notes sentences for the user
 */
record JsonColumns(StructType schema, Map<String, List<String>> paths, List<String> notes) {

  /** Decides, with the places of faults in the words of {@code places}. */
  static JsonColumns of(
      Map<String, JsonShape> shapes, ReadOptions options, Function<Place, String> places) {
    return new Decision(shapes, options, places).columns();
  }

  /** Whether the types inside of objects matter for a way to read. */
  static boolean looksInside(ReadOptions options) {
    return !keepsText(options.target())
        || options.selection().named().stream().anyMatch(name -> name.contains("."));
  }

  private static boolean keepsText(RowTarget target) {
    return target.isFilesOf(DataFormat.JSON) || target.isFilesOf(DataFormat.CSV);
  }

  private static final class Decision {

    private final Map<String, JsonShape> shapes;
    private final ReadOptions options;
    private final FeatureSelection selection;
    private final Set<String> known; // columns of features that other data have decided
    private final RowTarget target;
    private final Function<Place, String> places;
    private final List<String> notes = new ArrayList<>();
    private final Map<String, List<String>> paths = new HashMap<>();

    Decision(Map<String, JsonShape> shapes, ReadOptions options, Function<Place, String> places) {
      this.shapes = JsonShape.inOrder(shapes);
      this.options = options;
      selection = options.selection();
      target = options.target();
      this.places = places;
      known = new HashSet<>(options.featureNames());
      options.featureNames().forEach(name -> known.add(name.replaceFirst("\\[\\d+]$", "[]")));
    }

    JsonColumns columns() {
      StructType schema = new StructType();
      for (Map.Entry<String, JsonShape> entry : shapes.entrySet()) {
        String key = entry.getKey();
        JsonShape shape = entry.getValue();
        Optional<DataType> feature = options.admits(key) ? feature(key, shape) : Optional.empty();
        schema =
            feature.isPresent()
                ? schema.add(key, feature.get())
                : schema.add(JsonText.column(key, alone(shape), target));
        for (String path : selection.named()) {
          Optional<List<String>> keys =
              shapes.containsKey(path) || !path.startsWith(key + ".")
                  ? Optional.empty()
                  : keys(shape, path.substring(key.length() + 1));
          if (keys.isPresent() && !paths.containsKey(path)) {
            schema = schema.add(path, inner(key, path, keys.get()));
          }
        }
      }
      return new JsonColumns(withAbsent(schema), Map.copyOf(paths), List.copyOf(notes));
    }

    /**
     * Features that other data have and no object here has a key for are null in all rows, unless
     * none of them is here, or a key differs only in case.
     */
    private StructType withAbsent(StructType schema) {
      Set<String> names = new HashSet<>(List.of(schema.fieldNames()));
      if (known.isEmpty() || selection.named().stream().noneMatch(names::contains)) {
        return schema;
      }
      StructType all = schema;
      for (String name : selection.named()) {
        if (names.stream().noneMatch(name::equalsIgnoreCase)) {
          all = all.add(name, knownType(name));
          notes.add("No object has a key '%s', so it is null in all rows.".formatted(name));
        }
      }
      return all;
    }

    /** The type of a feature by what other data have of it. */
    private DataType knownType(String name) {
      return known.contains(name + "[]") && !known.contains(name)
          ? DataTypes.createArrayType(DataTypes.DoubleType)
          : DataTypes.DoubleType;
    }

    /** The keys of a path below an object; keys may have dots themselves. */
    private Optional<List<String>> keys(JsonShape shape, String path) {
      for (Map.Entry<String, JsonShape> field : shape.fields().entrySet()) {
        if (path.equals(field.getKey())) {
          return Optional.of(List.of(path));
        } else if (path.startsWith(field.getKey() + ".")) {
          Optional<List<String>> rest =
              keys(field.getValue(), path.substring(field.getKey().length() + 1));
          if (rest.isPresent()) {
            return Optional.of(join(field.getKey(), rest.get()));
          }
        }
      }
      boolean isNull = shape.count(Kind.NULL) == shape.count(Kind.values());
      return isNull ? Optional.of(List.of(path.split("\\."))) : Optional.empty();
    }

    private static List<String> join(String first, List<String> rest) {
      List<String> all = new ArrayList<>(List.of(first));
      all.addAll(rest);
      return all;
    }

    private DataType inner(String key, String path, List<String> keys) {
      paths.put(path, join(key, keys));
      JsonShape shape = shapes.get(key);
      for (String next : keys) {
        shape = shape.fields().getOrDefault(next, new JsonShape());
      }
      return feature(path, shape).orElse(DataTypes.StringType);
    }

    /** The type of a feature, if the values are some. */
    private Optional<DataType> feature(String name, JsonShape shape) {
      boolean named = selection.named().contains(name);
      long bare = shape.count(Kind.NUMBER);
      long quoted = shape.count(Kind.QUOTED_NUMBER);
      if (named && shape.count(Kind.NULL) == shape.count(Kind.values())) {
        return Optional.of(knownType(name));
      } else if (named && shape.isAll(Kind.BOOLEAN)) {
        return Optional.of(DataTypes.LongType);
      } else if (shape.isAll(Kind.ARRAY)) {
        return blocks(name, shape, named);
      } else if (bare == 0 && !named) {
        return Optional.empty();
      } else if (shape.isAll(Kind.NUMBER, Kind.QUOTED_NUMBER)) {
        shape
            .firstTooGreat()
            .ifPresent(
                place -> reject(place, name, "is beyond the range of doubles; exclude the column"));
        return Optional.of(number(shape));
      }
      long others = shape.count(Kind.values()) - shape.count(Kind.NULL) - bare - quoted;
      if (named || bare > others) {
        reject(
            shape.firstOther().orElseThrow(),
            name,
            shape.isAll(Kind.OBJECT)
                ? "is not a number; name a field inside, as in '" + name + ".field'"
                : "is not a number; make a missing value null, or exclude the column");
      }
      return Optional.empty();
    }

    private void reject(Place place, String name, String fault) {
      throw new DataException(
          "%s: column '%s' has %s, which %s."
              .formatted(places.apply(place), name, place.text(), fault));
    }

    /** Arrays are features if all have numbers, and as many; whoever names them learns the rest. */
    private Optional<DataType> blocks(String name, JsonShape shape, boolean named) {
      JsonShape elements = shape.elements().orElseThrow();
      boolean numeric =
          elements.count(Kind.NUMBER) > 0
              && elements.isAll(Kind.NUMBER, Kind.QUOTED_NUMBER)
              && elements.firstTooGreat().isEmpty();
      if (numeric && (named || shape.shortest() == shape.longest())) {
        return Optional.of(DataTypes.createArrayType(DataTypes.DoubleType));
      } else if (numeric) {
        notes.add(
            "Column '%s' is left alone: its arrays have %d to %d numbers."
                .formatted(name, shape.shortest(), shape.longest()));
      } else if (named) {
        elements
            .firstOther()
            .or(elements::firstTooGreat)
            .ifPresent(place -> reject(place, name, "is not a number, as its array needs"));
      }
      return Optional.empty();
    }

    /** The narrowest type for numbers. */
    private static DataType number(JsonShape shape) {
      if (shape.count(JsonNumber.DOUBLE) + shape.count(JsonNumber.LONG_INTEGER) > 0) {
        return DataTypes.DoubleType;
      }
      return shape.count(JsonNumber.DECIMAL) > 0
          ? DataTypes.createDecimalType(38, 0)
          : DataTypes.LongType;
    }

    /** The type that holds all values as they are, or else text. */
    private DataType alone(JsonShape shape) {
      if (keepsText(target)) {
        return DataTypes.StringType;
      } else if (shape.isAll(Kind.BOOLEAN)) {
        return DataTypes.BooleanType;
      } else if (shape.isAll(Kind.NUMBER)
          && shape.count(JsonNumber.LONG_INTEGER) + shape.count(JsonNumber.TOO_GREAT) == 0) {
        return number(shape);
      } else if (shape.isAll(Kind.ARRAY)) {
        return DataTypes.createArrayType(alone(shape.elements().orElseThrow()));
      } else if (shape.isAll(Kind.OBJECT) && isStruct(shape.fields().keySet())) {
        StructType struct = new StructType();
        for (Map.Entry<String, JsonShape> field : shape.fields().entrySet()) {
          struct = struct.add(field.getKey(), alone(field.getValue()));
        }
        return struct;
      }
      return DataTypes.StringType;
    }

    private static boolean isStruct(Set<String> keys) {
      return !keys.isEmpty()
          && keys.size()
              == keys.stream().map(key -> key.toLowerCase(Locale.ROOT)).distinct().count();
    }
  }
}
