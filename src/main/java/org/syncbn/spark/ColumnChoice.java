package org.syncbn.spark;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.syncbn.spark.files.ColumnPattern;
import org.syncbn.spark.files.DataException;

/**
 * The columns that words of a person mean: a word is a column's name if there is such a column,
 * else names and patterns between commas. A pattern means the columns with numbers, vectors or
 * arrays that it matches.
 */
public final class ColumnChoice {

  /** What {@code type:} can be followed by. */
  private static final Map<String, Set<FeatureType>> TYPES =
      Map.of(
          "double", Set.of(FeatureType.DOUBLE),
          "float", Set.of(FeatureType.FLOAT),
          "integer", Set.of(FeatureType.BYTE, FeatureType.SHORT, FeatureType.INT, FeatureType.LONG),
          "decimal", Set.of(FeatureType.DECIMAL),
          "vector", Set.of(FeatureType.VECTOR),
          "array", Set.of(FeatureType.DOUBLE_ARRAY, FeatureType.FLOAT_ARRAY));

  private ColumnChoice() {}

  /**
   * The names of the columns, each once.
   *
   * @param words what the person wrote
   * @param reserved columns that patterns do not mean
   * @throws DataException if a name is empty, or a pattern means no column
   */
  public static List<String> names(
      Dataset<Row> data, Collection<String> words, Collection<String> reserved) {
    List<String> columns = Arrays.asList(data.columns());
    Set<String> names = new LinkedHashSet<>();
    for (String word : words) {
      for (String part : columns.contains(word) ? List.of(word) : parts(word)) {
        if (columns.contains(part) || !ColumnPattern.isPattern(part)) {
          names.add(part);
        } else {
          names.addAll(matches(data, new ColumnPattern(part), reserved));
        }
      }
    }
    return List.copyOf(names);
  }

  /** Every word, and its parts between commas: all that it may mean before columns are known. */
  public static List<String> possible(Collection<String> words) {
    return words.stream()
        .flatMap(word -> Stream.concat(Stream.of(word), Stream.of(word.split(","))))
        .toList();
  }

  private static List<String> parts(String word) {
    List<String> parts = List.of(word.split(",", -1));
    if (parts.stream().anyMatch(String::isBlank)) {
      throw new DataException(
          "'%s' is not a list of columns: a name between its commas is empty.".formatted(word));
    }
    return parts;
  }

  private static List<String> matches(
      Dataset<Row> data, ColumnPattern pattern, Collection<String> reserved) {
    Predicate<StructField> matches = field -> pattern.matches(field.name());
    if (pattern.isType()) {
      Set<FeatureType> types = TYPES.get(pattern.type());
      if (types == null) {
        throw new DataException(
            "'%s' names no type of columns; there are %s."
                .formatted(
                    pattern.text(), String.join(", ", TYPES.keySet().stream().sorted().toList())));
      }
      matches = field -> types.contains(FeatureType.of(field.dataType()).orElseThrow());
    }
    List<String> names =
        Arrays.stream(data.schema().fields())
            .filter(field -> FeatureType.of(field.dataType()).isPresent())
            .filter(matches)
            .map(StructField::name)
            .filter(name -> !reserved.contains(name))
            .toList();
    if (names.isEmpty()) {
      throw new DataException(
          "'%s' matches no column with numbers; there are %s."
              .formatted(pattern.text(), Features.listed(data.schema().fields())));
    }
    return names;
  }
}
