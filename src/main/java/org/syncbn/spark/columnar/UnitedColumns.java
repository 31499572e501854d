package org.syncbn.spark.columnar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.DataFile;

/**
 * The columns of several files as those of one data set: all that any file has, in the order of
 * their first appearance. A column of two types has the narrowest that holds all values of both;
 * where there is none, the files are rejected.
 *
 * <p>Not thread-safe.
 */
final class UnitedColumns {

  /** A file and its columns. */
  private record Source(DataFile file, StructType columns) {

    boolean has(String column) {
      return columns.getFieldIndex(column).isDefined();
    }
  }

  /** A column, and the file that has shown it first. */
  private record Found(StructField field, Source source) {

    DataFile file() {
      return source.file;
    }
  }

  private final Map<String, Found> columns = new LinkedHashMap<>();
  private final Map<String, Found> folded = new HashMap<>(); // by names without case
  private final List<Source> sources = new ArrayList<>();
  private final Map<String, String> unreadable = new LinkedHashMap<>();

  /** Takes the columns of one more file in. */
  void add(DataFile file, FileColumns found) {
    found.unreadable().forEach(unreadable::putIfAbsent);
    Source source = new Source(file, found.readable());
    sources.add(source);
    Map<String, Found> own = new HashMap<>();
    for (StructField field : found.readable().fields()) {
      Found column = columns.get(field.name());
      if (column == null) {
        column = new Found(field, source);
        columns.put(field.name(), column);
      } else if (!column.field.equals(field)) {
        columns.put(field.name(), new Found(united(column, field, file), column.source));
      }
      own.putIfAbsent(field.name().toLowerCase(Locale.ROOT), new Found(field, source));
    }
    own.forEach(this::requireOneCase);
  }

  private void requireOneCase(String name, Found own) {
    Found other = folded.putIfAbsent(name, own);
    if (other != null
        && !other.field.name().equals(own.field.name())
        && !own.source.has(other.field.name())
        && !other.source.has(own.field.name())) {
      throw new DataException(
          "The column '%s' of %s is '%s' in %s; give both the same name."
              .formatted(other.field.name(), other.file(), own.field.name(), own.file()));
    }
  }

  private static StructField united(Found known, StructField field, DataFile file) {
    if (StoredType.isNull(known.field)) {
      return field;
    } else if (StoredType.isNull(field)) {
      return known.field;
    }
    boolean storedAlike =
        StoredType.of(known.field)
            .map(StoredType::toString)
            .equals(StoredType.of(field).map(StoredType::toString));
    DataType type = storedAlike ? widest(known.field.dataType(), field.dataType()) : null;
    if (type == null) {
      throw new DataException(
          "The column '%s' is %s in %s and %s in %s; read these files one by one, or write them with one type."
              .formatted(
                  field.name(), described(known.field), known.file(), described(field), file));
    }
    return new StructField(field.name(), type, true, known.field.metadata());
  }

  private static String described(StructField field) {
    return StoredType.of(field)
        .map(StoredType::toString)
        .orElseGet(() -> field.dataType().simpleString());
  }

  /** The narrowest type that holds the values of both, or null. */
  private static DataType widest(DataType a, DataType b) {
    if (a.equals(b)) {
      return a;
    } else if (a instanceof StructType left && b instanceof StructType right) {
      return widest(left, right);
    } else if (a instanceof ArrayType left && b instanceof ArrayType right) {
      DataType element = nested(left.elementType(), right.elementType());
      return element == null ? null : new ArrayType(element, true);
    } else if (a instanceof MapType left && b instanceof MapType right) {
      DataType value = nested(left.valueType(), right.valueType());
      return value == null || !left.keyType().equals(right.keyType())
          ? null
          : new MapType(left.keyType(), value, true);
    } else if (integerDigits(a) > 0 && integerDigits(b) > 0) {
      return integerDigits(a) < integerDigits(b) ? b : a;
    } else if (isFloat(a) && isFloat(b)) {
      return DataTypes.DoubleType;
    } else if (isFloat(a) && fitsDouble(b) || isFloat(b) && fitsDouble(a)) {
      return DataTypes.DoubleType;
    }
    return isDecimalOrInteger(a) && isDecimalOrInteger(b) ? decimal(a, b) : null;
  }

  private static boolean isFloat(DataType type) {
    return type instanceof FloatType || type instanceof DoubleType;
  }

  private static boolean fitsDouble(DataType type) {
    return integerDigits(type) > 0 && !(type instanceof LongType);
  }

  private static boolean isDecimalOrInteger(DataType type) {
    return type instanceof DecimalType || integerDigits(type) > 0;
  }

  private static DataType decimal(DataType a, DataType b) {
    int scale = Math.max(scale(a), scale(b));
    int digits = Math.max(digits(a) - scale(a), digits(b) - scale(b)) + scale;
    return digits <= DecimalType.MAX_PRECISION() ? new DecimalType(digits, scale) : null;
  }

  private static int scale(DataType type) {
    return type instanceof DecimalType decimal ? decimal.scale() : 0;
  }

  private static int digits(DataType type) {
    return type instanceof DecimalType decimal ? decimal.precision() : integerDigits(type);
  }

  private static int integerDigits(DataType type) {
    if (type instanceof ByteType) {
      return 3;
    } else if (type instanceof ShortType) {
      return 5;
    } else if (type instanceof IntegerType) {
      return 10;
    }
    return type instanceof LongType ? 19 : 0;
  }

  private static DataType widest(StructType a, StructType b) {
    Map<String, StructField> fields = new LinkedHashMap<>();
    for (StructField field : a.fields()) {
      fields.put(field.name(), field);
    }
    for (StructField field : b.fields()) {
      StructField other = fields.putIfAbsent(field.name(), field);
      if (other != null) {
        DataType type = nested(other.dataType(), field.dataType());
        if (type == null) {
          return null;
        }
        fields.put(field.name(), new StructField(field.name(), type, true, other.metadata()));
      }
    }
    return DataTypes.createStructType(List.copyOf(fields.values()));
  }

  /** Within lists, maps and structs there may be more fields, but numbers are not widened. */
  private static DataType nested(DataType a, DataType b) {
    boolean isNested = a instanceof StructType || a instanceof ArrayType || a instanceof MapType;
    return a.equals(b) ? a : isNested ? widest(a, b) : null;
  }

  /** The columns that can be read from all files that have them. */
  StructType schema() {
    return DataTypes.createStructType(
        columns.values().stream()
            .map(Found::field)
            .filter(field -> !unreadable.containsKey(field.name()))
            .toList());
  }

  /** The columns that cannot be read, with their types. */
  Map<String, String> unreadable() {
    return unreadable;
  }

  /**
   * The files, by the columns whose own types there are narrower than those of the schema; most
   * often all files under no such column.
   */
  Map<Map<String, StructField>, List<DataFile>> byNarrowColumns(StructType schema) {
    Map<StructType, Map<String, StructField>> known = new HashMap<>();
    Map<Map<String, StructField>, List<DataFile>> groups = new LinkedHashMap<>();
    for (Source source : sources) {
      Map<String, StructField> narrow =
          known.computeIfAbsent(source.columns, own -> narrow(schema, own));
      groups.computeIfAbsent(narrow, key -> new ArrayList<>()).add(source.file);
    }
    return groups;
  }

  private static Map<String, StructField> narrow(StructType schema, StructType own) {
    Map<String, StructField> narrow = new LinkedHashMap<>();
    for (StructField field : own.fields()) {
      if (schema.getFieldIndex(field.name()).isDefined()) {
        StructField wide = schema.apply(field.name());
        boolean nested =
            wide.dataType() instanceof StructType
                || wide.dataType() instanceof ArrayType
                || wide.dataType() instanceof MapType;
        boolean isNull = StoredType.isNull(field) && !StoredType.isNull(wide);
        if (isNull || !nested && !wide.dataType().equals(field.dataType())) {
          narrow.put(field.name(), field);
        }
      }
    }
    return narrow;
  }
}
