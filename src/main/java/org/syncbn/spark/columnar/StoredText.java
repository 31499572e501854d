package org.syncbn.spark.columnar;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.spark.sql.api.java.UDF1;

/** The text that says what is stored, exactly; null for null. */
interface StoredText extends UDF1<Object, String> {

  /** The text of the values of a column, if it is a single value that has one. */
  static Optional<StoredText> of(StoredType stored) {
    PrimitiveType type = stored.leaf(0);
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    if (stored.isType(UUIDLogicalTypeAnnotation.class)) {
      return Optional.of(value -> value == null ? null : uuid((byte[]) value));
    } else if (stored.isType(TimestampLogicalTypeAnnotation.class)) {
      boolean isInstant = ((TimestampLogicalTypeAnnotation) annotation).isAdjustedToUTC();
      return Optional.of(value -> value == null ? null : instant((Long) value, isInstant));
    } else if (stored.isType(TimeLogicalTypeAnnotation.class)) {
      long nanos = nanos(((TimeLogicalTypeAnnotation) annotation).getUnit());
      return Optional.of(value -> value == null ? null : time((Number) value, nanos));
    }
    return Optional.empty();
  }

  /** The float that a number of 16 bits is, exactly. */
  record OfFloat16() implements UDF1<byte[], Float> {
    @Override
    public Float call(byte[] bytes) {
      return bytes == null ? null : decoded((bytes[1] & 0xff) << 8 | bytes[0] & 0xff);
    }

    /** Sign, 5 bits of exponent, 10 of fraction (IEEE 754). */
    private static float decoded(int bits) {
      int sign = (bits & 0x8000) << 16;
      int exponent = bits >> 10 & 0x1f;
      int fraction = bits & 0x3ff;
      if (exponent == 0x1f) {
        return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
      }
      float magnitude =
          exponent == 0 ? fraction * 0x1p-24f : Math.scalb(1 + fraction * 0x1p-10f, exponent - 15);
      return sign == 0 ? magnitude : -magnitude;
    }
  }

  private static String uuid(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong()).toString();
  }

  private static String instant(long nanos, boolean isInstant) {
    Instant instant =
        Instant.ofEpochSecond(
            Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
    return isInstant
        ? instant.toString()
        : LocalDateTime.ofInstant(instant, ZoneOffset.UTC).toString();
  }

  private static String time(Number value, long nanos) {
    return LocalTime.ofNanoOfDay(Math.multiplyExact(value.longValue(), nanos)).toString();
  }

  private static long nanos(TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> 1_000_000;
      case MICROS -> 1_000;
      case NANOS -> 1;
    };
  }
}
