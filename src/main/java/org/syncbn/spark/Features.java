package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.columnar.StoredType;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.FeatureSelection;

/**
 * The features of a data set: which columns hold them, in the order of the data set's columns or,
 * where names were saved, in theirs.
 *
 * <p>A number is one feature; a vector, {@code array<double>} or {@code array<float>} is a block of
 * as many features as it is long. Where they are named, booleans are 1 and 0, arrays of other
 * numbers are blocks, and {@code a.b} is the field {@code b} of the struct {@code a}, unless a
 * column has that very name. The length of a block comes from the column's machine learning
 * attributes or, where there are none, from its first value, which runs a small Spark job. Long and
 * decimal values count as the nearest double.
 *
 * <p>Immutable. Throws {@link DataException} where columns do not fit.
 */
public final class Features implements Serializable {

  private static final long serialVersionUID = 1L;

  /** No features. */
  static final Features NONE = new Features(List.of());

  private final ArrayList<FeatureColumn> columns;

  private Features(Collection<FeatureColumn> columns) {
    this.columns = new ArrayList<>(columns);
    Set<String> names = new HashSet<>();
    for (String name : names()) {
      if (!names.add(name)) {
        throw new DataException("Two features have the name '%s'; rename one.".formatted(name));
      }
    }
  }

  /** The columns of {@code data} that {@code selection} selects. */
  public static Features of(Dataset<Row> data, FeatureSelection selection) {
    StructField[] fields = data.schema().fields();
    if (!selection.named().isEmpty()) {
      return new Features(
          selection.named().stream()
              .map(name -> place(fields, name))
              .distinct()
              .sorted(Comparator.comparingInt(Place::ordinal))
              .map(place -> resolve(data, place))
              .toList());
    }
    Features numeric = numeric(data, selection);
    if (numeric.columns.isEmpty()) {
      throw new DataException(
          "There is no numeric column%s among %s."
              .formatted(selection.excluded().isEmpty() ? "" : " left", listed(fields)));
    }
    return numeric;
  }

  /** All columns of numbers, vectors and arrays but those that are excluded; there may be none. */
  static Features numeric(Dataset<Row> data, FeatureSelection selection) {
    StructField[] fields = data.schema().fields();
    Set<Integer> ordinals = new TreeSet<>();
    for (int i = 0; i < fields.length; i++) {
      if (FeatureType.of(fields[i].dataType()).isPresent()
          && !FeatureSelection.isOnlyWhereNamed(fields[i])
          && !StoredType.isKept(fields[i])) {
        ordinals.add(i);
      }
    }
    selection.excluded().forEach(name -> ordinals.remove(ordinal(fields, name)));
    return new Features(
        ordinals.stream().map(ordinal -> resolve(data, Place.ofColumn(fields, ordinal))).toList());
  }

  /**
   * The columns that hold exactly the features with these names, as {@link #names} gave them for
   * other data of the same form: {@code x} for a number, {@code v[0]}, {@code v[1]}, ... for a
   * block. The columns may stand in any order. Runs no job.
   */
  public static Features ofFeatures(Dataset<Row> data, List<String> featureNames) {
    StructField[] fields = data.schema().fields();
    Map<String, List<Place>> places =
        IntStream.range(0, fields.length)
            .mapToObj(i -> Place.ofColumn(fields, i))
            .collect(Collectors.groupingBy(Place::name));
    List<FeatureColumn> columns = new ArrayList<>();
    for (int known = 0; known < featureNames.size(); ) {
      List<Place> named = places.getOrDefault(featureNames.get(known), List.of());
      Optional<Place> literal =
          named.size() == 1 ? Optional.of(named.get(0)) : find(fields, featureNames.get(known));
      FeatureColumn column = columnFrom(fields, literal, featureNames, known);
      columns.add(column);
      known += column.width();
    }
    return new Features(columns);
  }

  /** The column of the feature at a place, and of those behind it that it holds. */
  private static FeatureColumn columnFrom(
      StructField[] fields, Optional<Place> literal, List<String> names, int first) {
    String name = names.get(first);
    Place place = literal.orElseGet(() -> place(fields, FeatureColumn.ofBlockFeature(name)));
    int width = 0;
    while (place.isBlock()
        && first + width < names.size()
        && names.get(first + width).equals(place.name() + "[" + width + "]")) {
      width++;
    }
    if (place.isBlock() ? width == 0 : literal.isEmpty()) {
      throw new DataException(
          "Feature '%s' has another position in its column, or another length.".formatted(name));
    }
    return place.column(Math.max(1, width));
  }

  /**
   * Where a column or a field of a struct stands.
   *
   * @param name of the column, or the path {@code column.field}
   * @param ordinal of the column
   * @param path the names of the fields below the column
   * @param field the column's or field's own
   * @param column above it, or the same
   * @param leaf the number of values of the column that stand before it
   */
  private record Place(
      String name,
      int ordinal,
      List<String> path,
      StructField field,
      StructField column,
      int leaf) {

    static Place ofColumn(StructField[] fields, int ordinal) {
      StructField field = fields[ordinal];
      return new Place(field.name(), ordinal, List.of(), field, field, 0);
    }

    Stream<Place> children() {
      List<Place> children = new ArrayList<>();
      int next = leaf;
      for (StructField child : ((StructType) field.dataType()).fields()) {
        List<String> longer = Stream.concat(path.stream(), Stream.of(child.name())).toList();
        children.add(new Place(name + "." + child.name(), ordinal, longer, child, column, next));
        next += StoredType.leaves(child.dataType());
      }
      return children.stream();
    }

    boolean isBlock() {
      return FeatureType.of(FeatureType.valueType(field.dataType()))
          .map(FeatureType::isBlock)
          .orElse(false);
    }

    FeatureColumn column(int width) {
      StoredType.requireNumber(name, column, leaf);
      return new FeatureColumn(name, ordinal, path, field.dataType(), width);
    }
  }

  private static Place place(StructField[] fields, String name) {
    return find(fields, name).orElseGet(() -> Place.ofColumn(fields, ordinal(fields, name)));
  }

  /** The column of a name, or else the field of a path through structs. */
  private static Optional<Place> find(StructField[] fields, String name) {
    List<Place> level =
        IntStream.range(0, fields.length).mapToObj(i -> Place.ofColumn(fields, i)).toList();
    if (level.stream().anyMatch(place -> place.name().equals(name))) {
      return Optional.of(Place.ofColumn(fields, ordinal(fields, name)));
    }
    List<Place> found =
        level.stream()
            .filter(place -> name.startsWith(place.name() + "."))
            .flatMap(place -> below(place, name))
            .toList();
    if (found.size() > 1) {
      throw new DataException(
          "'%s' is the path of %d fields; rename all but one.".formatted(name, found.size()));
    }
    return found.stream().findFirst();
  }

  private static Stream<Place> below(Place place, String name) {
    if (place.name().equals(name)) {
      return Stream.of(place);
    }
    return name.startsWith(place.name() + ".") && place.field().dataType() instanceof StructType
        ? place.children().flatMap(child -> below(child, name))
        : Stream.of();
  }

  /**
   * The same features in other columns, which hold {@link FeatureColumn#in} each.
   *
   * @param first the place of the first one; the others follow in order
   * @param suffix of their names
   */
  public Features copies(int first, String suffix) {
    List<FeatureColumn> copies = new ArrayList<>();
    for (FeatureColumn column : columns) {
      copies.add(
          new FeatureColumn(
              column.name() + suffix,
              first + copies.size(),
              List.of(),
              column.valueType(),
              column.width()));
    }
    return new Features(copies);
  }

  /** The same columns with the types that normalization gives them in their places. */
  public Features normalized() {
    return new Features(
        columns.stream()
            .map(
                column ->
                    new FeatureColumn(
                        column.name(),
                        column.ordinal(),
                        column.fields(),
                        column.normalizedType(),
                        column.width()))
            .toList());
  }

  /** The columns, in the order of the features. */
  public List<FeatureColumn> columns() {
    return List.copyOf(columns);
  }

  /** The number of features. */
  public int size() {
    return columns.stream().mapToInt(FeatureColumn::width).sum();
  }

  /** The name of each feature, in order. */
  public List<String> names() {
    return columns.stream().flatMap(column -> column.featureNames().stream()).toList();
  }

  @Override
  public String toString() {
    return names().toString();
  }

  /**
   * The place of a column.
   *
   * @throws DataException if there is no column of that name, or several
   */
  public static int ordinal(StructField[] fields, String name) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < fields.length; i++) {
      if (fields[i].name().equals(name)) {
        found.add(i);
      }
    }
    if (found.size() > 1) {
      throw new DataException(
          "%d columns have the name '%s'; rename all but one.".formatted(found.size(), name));
    }
    if (found.isEmpty()) {
      throw new DataException("There is no column '%s'%s".formatted(name, nearest(fields, name)));
    }
    return found.get(0);
  }

  private static String nearest(StructField[] fields, String name) {
    String nearest = null;
    int smallest = Integer.MAX_VALUE;
    for (StructField field : fields) {
      int distance =
          LevenshteinDistance.getDefaultInstance()
              .apply(
                  field.name().strip().toLowerCase(Locale.ROOT),
                  name.strip().toLowerCase(Locale.ROOT));
      if (distance < smallest) {
        smallest = distance;
        nearest = field.name();
      }
    }
    return smallest <= Math.max(1, name.length() / 3)
        ? "; did you mean '" + nearest + "'?"
        : "; there are " + listed(fields) + ".";
  }

  static String listed(StructField[] fields) {
    String first =
        String.join(", ", Arrays.stream(fields).limit(20).map(StructField::name).toList());
    return fields.length > 20 ? first + " and " + (fields.length - 20) + " more" : first;
  }

  private static FeatureColumn resolve(Dataset<Row> data, Place place) {
    FeatureColumn column = place.column(1);
    return column.isBlock() ? place.column(width(data, place, column)) : column;
  }

  private static int width(Dataset<Row> data, Place place, FeatureColumn block) {
    if (block.dataType().equals(SQLDataTypes.VectorType())) {
      int declared = AttributeGroup.fromStructField(place.field()).size();
      if (declared > 0) {
        return declared;
      }
    }
    if (data.isStreaming()) {
      throw new DataException(
          "The length of the blocks in column '%s' is unknown before the stream runs."
              .formatted(block.name()));
    }
    Column column = block.in(ClassicDataset.columnsOf(data));
    try {
      List<Row> first = data.select(column).where(column.isNotNull()).limit(1).collectAsList();
      if (first.isEmpty()) {
        throw new DataException(
            "Column '%s' holds no %s, so the length of its blocks is unknown."
                .formatted(block.name(), block.dataType().simpleString()));
      }
      return width(first.get(0).get(0));
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private static int width(Object block) {
    if (block instanceof org.apache.spark.ml.linalg.Vector vector) {
      return vector.size();
    } else if (block instanceof org.apache.spark.mllib.linalg.Vector vector) {
      return vector.size();
    }
    return ((scala.collection.Seq<?>) block).size();
  }
}
