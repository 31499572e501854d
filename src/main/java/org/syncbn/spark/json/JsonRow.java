package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Makes rows of objects, by the types of the columns.
 *
 * <p>Not thread-safe.
 */
final class JsonRow {

  /** A column whose value is inside of that of a key. */
  private record Inner(int ordinal, List<String> keys) {}

  private final StructField[] columns;
  private final Map<String, Integer> ordinals = new HashMap<>();
  private final Map<String, List<Inner>> inner = new HashMap<>();
  private final Map<StructType, JsonRow> structs = new IdentityHashMap<>();

  JsonRow(StructType schema, Map<String, List<String>> paths) {
    columns = schema.fields();
    for (int i = 0; i < columns.length; i++) {
      List<String> path = paths.get(columns[i].name());
      if (path == null) {
        ordinals.put(columns[i].name(), i);
      } else {
        inner
            .computeIfAbsent(path.get(0), key -> new ArrayList<>())
            .add(new Inner(i, path.subList(1, path.size())));
      }
    }
  }

  /** The row of an object, which is read to its end. */
  InternalRow of(JsonObjects objects) throws IOException {
    Object[] values = new Object[columns.length];
    while (objects.nextToken() != JsonToken.END_OBJECT) {
      String key = objects.text();
      objects.nextToken();
      Integer ordinal = ordinals.get(key);
      List<Inner> paths = inner.get(key);
      if (paths != null) {
        byte[] raw = objects.raw();
        for (Inner path : paths) {
          values[path.ordinal] = value(raw, path);
        }
        if (ordinal != null) {
          values[ordinal] = value(JsonObjects.ofValue(raw), columns[ordinal]);
        }
      } else if (ordinal != null) {
        values[ordinal] = value(objects, columns[ordinal]);
      } else {
        objects.skip();
      }
    }
    return new GenericInternalRow(values);
  }

  /** The value at the end of a path, null where the path ends earlier. */
  private Object value(byte[] raw, Inner path) throws IOException {
    try (JsonObjects objects = JsonObjects.ofValue(raw)) {
      for (String key : path.keys) {
        if (!find(objects, key)) {
          return null;
        }
      }
      return value(objects, columns[path.ordinal].dataType());
    }
  }

  private static boolean find(JsonObjects objects, String key) throws IOException {
    if (objects.token() != JsonToken.START_OBJECT) {
      return false;
    }
    while (objects.nextToken() != JsonToken.END_OBJECT) {
      boolean found = objects.text().equals(key);
      objects.nextToken();
      if (found) {
        return true;
      }
      objects.skip();
    }
    return false;
  }

  private Object value(JsonObjects objects, StructField column) throws IOException {
    return JsonText.is(column) ? JsonText.of(objects.raw()) : value(objects, column.dataType());
  }

  private Object value(JsonObjects objects, DataType type) throws IOException {
    if (objects.token() == JsonToken.VALUE_NULL) {
      return null;
    } else if (type instanceof StringType) {
      return text(objects);
    } else if (type instanceof ArrayType array) {
      return elements(objects, array.elementType());
    } else if (type instanceof StructType struct) {
      return struct(objects, struct);
    } else if (type instanceof MapType map) {
      return map(objects, map.valueType());
    } else if (type instanceof BooleanType) {
      return truth(objects);
    }
    return plain(objects, type);
  }

  private static UTF8String text(JsonObjects objects) throws IOException {
    if (objects.token() != JsonToken.VALUE_STRING) {
      return JsonText.of(objects.raw());
    }
    String text = objects.text();
    if (hasHalfSurrogate(text)) {
      throw objects.fault(
          "a text has half a pair of surrogates, which only JSON can hold; write JSON, or remove"
              + " it");
    }
    return UTF8String.fromString(text);
  }

  private static boolean hasHalfSurrogate(String text) {
    return text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  private GenericArrayData elements(JsonObjects objects, DataType type) throws IOException {
    if (objects.token() != JsonToken.START_ARRAY) {
      throw unexpected(objects, "an array");
    }
    List<Object> elements = new ArrayList<>();
    while (objects.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(objects, type));
    }
    return new GenericArrayData(elements.toArray());
  }

  private InternalRow struct(JsonObjects objects, StructType type) throws IOException {
    if (objects.token() != JsonToken.START_OBJECT) {
      throw unexpected(objects, "an object");
    }
    return structs.computeIfAbsent(type, t -> new JsonRow(t, Map.of())).of(objects);
  }

  private static boolean truth(JsonObjects objects) throws IOException {
    return switch (objects.token()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw unexpected(objects, "true or false");
    };
  }

  private MapData map(JsonObjects objects, DataType type) throws IOException {
    if (objects.token() != JsonToken.START_OBJECT) {
      throw unexpected(objects, "an object");
    }
    List<Object> keys = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    while (objects.nextToken() != JsonToken.END_OBJECT) {
      keys.add(UTF8String.fromString(objects.text()));
      objects.nextToken();
      values.add(value(objects, type));
    }
    return new ArrayBasedMapData(
        new GenericArrayData(keys.toArray()), new GenericArrayData(values.toArray()));
  }

  /** A number, a date or a time. */
  private static Object plain(JsonObjects objects, DataType type) throws IOException {
    String text =
        switch (objects.token()) {
          case VALUE_TRUE -> "1";
          case VALUE_FALSE -> "0";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_STRING -> objects.text();
          default -> throw unexpected(objects, type.simpleString());
        };
    try {
      return plain(text, type);
    } catch (ArithmeticException | NumberFormatException | DateTimeParseException e) {
      throw unexpected(objects, type.simpleString());
    }
  }

  private static Object plain(String text, DataType type) {
    if (type instanceof DoubleType) {
      return JsonNumber.parse(text);
    } else if (type instanceof FloatType) {
      return JsonNumber.parseFloat(text);
    } else if (type instanceof LongType) {
      return Long.parseLong(text);
    } else if (type instanceof IntegerType) {
      return Integer.parseInt(text);
    } else if (type instanceof ShortType) {
      return Short.parseShort(text);
    } else if (type instanceof ByteType) {
      return Byte.parseByte(text);
    } else if (type instanceof DecimalType decimal) {
      return Decimal.apply(new BigDecimal(text), decimal.precision(), decimal.scale());
    } else if (type instanceof DateType) {
      return Math.toIntExact(LocalDate.parse(text).toEpochDay());
    } else if (type instanceof TimestampType) {
      return micros(Instant.parse(text));
    } else if (type instanceof TimestampNTZType) {
      return micros(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
    }
    throw new IllegalArgumentException("JSON is not read as " + type);
  }

  private static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000L);
  }

  private static IOException unexpected(JsonObjects objects, String expected) throws IOException {
    return objects.fault(
        "%s is expected, but there is %s; has the file changed since its types were found?"
            .formatted(expected, JsonObjects.shortened(objects.rawText())));
  }
}
