package org.syncbn.spark.json;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.syncbn.spark.files.DataException;

/**
 * Writes values of one type as JSON, so that they can be read again to the same values.
 *
 * <ul>
 *   <li>Doubles and floats are the shortest decimals that read back the same; what JSON has no
 *       number for is {@code "NaN"}, {@code "Infinity"} or {@code "-Infinity"}.
 *   <li>Decimals have all of their digits.
 *   <li>Dates and times are texts of ISO 8601, with microseconds; instants in UTC, {@code
 *       2026-11-28T20:00:00.000001Z}, whatever the time zone of the machine or session.
 *   <li>Arrays and vectors are arrays, sparse vectors with all of their zeros; structs, and maps
 *       with text keys, are objects, with null values kept.
 * </ul>
 */
@FunctionalInterface
interface JsonValue {

  /** The types that have no others inside. */
  List<Class<? extends DataType>> PLAIN =
      List.of(
          DoubleType.class,
          FloatType.class,
          LongType.class,
          IntegerType.class,
          ShortType.class,
          ByteType.class,
          DecimalType.class,
          BooleanType.class,
          StringType.class,
          DateType.class,
          TimestampType.class,
          TimestampNTZType.class,
          NullType.class);

  /** Writes the value at a place, which is not null. */
  void write(JsonGenerator out, SpecializedGetters row, int ordinal) throws IOException;

  /** A writer of values of a type that JSON can hold. */
  static JsonValue of(DataType type) {
    if (type instanceof DoubleType) {
      return (out, row, i) -> write(out, row.getDouble(i));
    } else if (type instanceof FloatType) {
      return (out, row, i) -> write(out, row.getFloat(i));
    } else if (type instanceof LongType) {
      return (out, row, i) -> out.writeNumber(row.getLong(i));
    } else if (type instanceof IntegerType) {
      return (out, row, i) -> out.writeNumber(row.getInt(i));
    } else if (type instanceof ShortType) {
      return (out, row, i) -> out.writeNumber(row.getShort(i));
    } else if (type instanceof ByteType) {
      return (out, row, i) -> out.writeNumber(row.getByte(i));
    } else if (type instanceof DecimalType decimal) {
      return (out, row, i) ->
          out.writeNumber(
              row.getDecimal(i, decimal.precision(), decimal.scale())
                  .toJavaBigDecimal()
                  .toPlainString());
    } else if (type instanceof BooleanType) {
      return (out, row, i) -> out.writeBoolean(row.getBoolean(i));
    } else if (type instanceof StringType) {
      return (out, row, i) -> out.writeString(row.getUTF8String(i).toString());
    } else if (type instanceof DateType) {
      return (out, row, i) -> out.writeString(LocalDate.ofEpochDay(row.getInt(i)).toString());
    } else if (type instanceof TimestampType) {
      return (out, row, i) -> out.writeString(instant(row.getLong(i)).toString());
    } else if (type instanceof TimestampNTZType) {
      return (out, row, i) ->
          out.writeString(
              DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
                  LocalDateTime.ofInstant(instant(row.getLong(i)), ZoneOffset.UTC)));
    } else if (isVector(type)) {
      return JsonValue::writeVector;
    } else if (type instanceof ArrayType array) {
      JsonValue element = of(array.elementType());
      return (out, row, i) -> write(out, row.getArray(i), element);
    } else if (type instanceof StructType struct) {
      return ofStruct(struct);
    } else if (type instanceof MapType map) {
      JsonValue value = of(map.valueType());
      return (out, row, i) -> write(out, row.getMap(i), value);
    } else if (type instanceof NullType) {
      return (out, row, i) -> out.writeNull();
    }
    throw new IllegalArgumentException(type + " is not written as JSON");
  }

  private static JsonValue ofStruct(StructType struct) {
    StructField[] fields = struct.fields();
    JsonValue[] values = new JsonValue[fields.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = of(fields[i].dataType());
    }
    return (out, row, ordinal) -> {
      InternalRow inner = row.getStruct(ordinal, fields.length);
      out.writeStartObject();
      for (int i = 0; i < values.length; i++) {
        out.writeFieldName(fields[i].name());
        writeNullable(out, inner, i, values[i]);
      }
      out.writeEndObject();
    };
  }

  private static void writeNullable(
      JsonGenerator out, SpecializedGetters row, int ordinal, JsonValue value) throws IOException {
    if (row.isNullAt(ordinal)) {
      out.writeNull();
    } else {
      value.write(out, row, ordinal);
    }
  }

  private static void write(JsonGenerator out, double value) throws IOException {
    if (Double.isFinite(value)) {
      out.writeNumber(value);
    } else {
      out.writeString(Double.toString(value));
    }
  }

  private static void write(JsonGenerator out, float value) throws IOException {
    if (Float.isFinite(value)) {
      out.writeNumber(value);
    } else {
      out.writeString(Float.toString(value));
    }
  }

  private static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
  }

  private static void write(JsonGenerator out, ArrayData elements, JsonValue element)
      throws IOException {
    out.writeStartArray();
    for (int i = 0; i < elements.numElements(); i++) {
      writeNullable(out, elements, i, element);
    }
    out.writeEndArray();
  }

  private static void write(JsonGenerator out, MapData map, JsonValue value) throws IOException {
    out.writeStartObject();
    for (int i = 0; i < map.numElements(); i++) {
      out.writeFieldName(map.keyArray().getUTF8String(i).toString());
      writeNullable(out, map.valueArray(), i, value);
    }
    out.writeEndObject();
  }

  /** Spark stores a vector as a struct of its type (0: sparse), size, indices and values. */
  private static void writeVector(JsonGenerator out, SpecializedGetters row, int ordinal)
      throws IOException {
    InternalRow vector = row.getStruct(ordinal, 4);
    ArrayData values = vector.getArray(3);
    if (vector.getByte(0) != 0) {
      write(out, values, of(DataTypes.DoubleType));
      return;
    }
    ArrayData indices = vector.getArray(2);
    out.writeStartArray();
    int next = 0;
    for (int i = 0; i < vector.getInt(1); i++) {
      boolean stored = next < indices.numElements() && indices.getInt(next) == i;
      write(out, stored ? values.getDouble(next++) : 0);
    }
    out.writeEndArray();
  }

  /** Whether a type is one of Spark's vectors. */
  static boolean isVector(DataType type) {
    return type instanceof org.apache.spark.ml.linalg.VectorUDT
        || type instanceof org.apache.spark.mllib.linalg.VectorUDT;
  }

  /** Throws if a column cannot be written as JSON that reads back equal. */
  static void requireJson(StructType columns) {
    for (StructField column : columns.fields()) {
      if (!fits(column.dataType())) {
        throw new DataException(
            "Column '%s' is %s, which JSON cannot hold; write Parquet, or leave the column out."
                .formatted(column.name(), column.dataType().simpleString()));
      }
    }
  }

  private static boolean fits(DataType type) {
    if (type instanceof ArrayType array) {
      return fits(array.elementType());
    } else if (type instanceof MapType map) {
      return map.keyType() instanceof StringType && fits(map.valueType());
    } else if (type instanceof StructType struct) {
      return Arrays.stream(struct.fields()).allMatch(field -> fits(field.dataType()));
    }
    return isVector(type) || PLAIN.stream().anyMatch(plain -> plain.isInstance(type));
  }
}
