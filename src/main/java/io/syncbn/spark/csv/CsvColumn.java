package io.syncbn.spark.csv;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * What the fields of one CSV column look like: how many of each kind, and the first that is no
 * number. Merging is associative and commutative.
 *
 * <p>Not thread-safe.
 */
public final class CsvColumn implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final int DECIMAL_DIGITS = 38;

  /** Integers of so many characters fit a long, if the first is a zero. */
  private static final int LONG_DIGITS = 19;

  /** A field of a file. Not a record: Kryo cannot fill those in. */
  public static final class Field implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final Comparator<Field> ORDER =
        Comparator.comparing((Field field) -> field.file)
            .thenComparingLong(field -> field.split)
            .thenComparingLong(field -> field.row);

    /** URI of the file. */
    public final String file;

    private final long split; // first byte of the part of the file that was read by itself
    private final long row; // number in that part

    /** The field as it stands. */
    public final String text;

    Field(String file, long split, long row, String text) {
      this.file = file;
      this.split = split;
      this.row = row;
      this.text = text;
    }

    private static Field first(Field a, Field b) {
      return a == null || b != null && ORDER.compare(b, a) < 0 ? b : a;
    }
  }

  /** Says where the row is that is just being read. */
  interface Place {
    Field of(String text);
  }

  private final long[] counts = new long[FieldText.values().length];
  private Field firstOther;
  private int shortestInteger = Integer.MAX_VALUE; // bytes
  private int longestInteger;

  /** Adds the next field of a part of a file. */
  void add(UTF8String field, FieldText text, Place place) {
    counts[text.ordinal()]++;
    if (text == FieldText.LONG || text == FieldText.PADDED_INTEGER) {
      shortestInteger = Math.min(shortestInteger, field.numBytes());
      longestInteger = Math.max(longestInteger, field.numBytes());
    }
    if (text == FieldText.OTHER && firstOther == null) {
      firstOther = place.of(field.toString());
    }
  }

  void merge(CsvColumn other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    firstOther = Field.first(firstOther, other.firstOther);
    shortestInteger = Math.min(shortestInteger, other.shortestInteger);
    longestInteger = Math.max(longestInteger, other.longestInteger);
  }

  private long count(FieldText text) {
    return counts[text.ordinal()];
  }

  /** The first field that is no number. */
  public Optional<Field> firstOther() {
    return Optional.ofNullable(firstOther);
  }

  /** Whether there are more numbers than other fields. */
  public boolean isMostlyNumeric() {
    return count(FieldText.LONG) + count(FieldText.BIG_INTEGER) + count(FieldText.FRACTION)
        > count(FieldText.PADDED_INTEGER) + count(FieldText.OTHER);
  }

  /** The narrowest type for all fields, if they are numbers and no identifiers. */
  DataType type() {
    long padded = count(FieldText.PADDED_INTEGER);
    long integers = padded + count(FieldText.LONG) + count(FieldText.BIG_INTEGER);
    if (count(FieldText.OTHER) > 0) {
      return DataTypes.StringType;
    } else if (count(FieldText.FRACTION) > 0) {
      return DataTypes.DoubleType;
    } else if (integers == 0 || areIdentifiers(padded, integers)) {
      return DataTypes.StringType;
    } else if (padded > 0 && longestInteger > DECIMAL_DIGITS) {
      return DataTypes.DoubleType;
    }
    return count(FieldText.BIG_INTEGER) > 0 || padded > 0 && longestInteger > LONG_DIGITS
        ? DataTypes.createDecimalType(DECIMAL_DIGITS, 0)
        : DataTypes.LongType;
  }

  private boolean areIdentifiers(long padded, long integers) {
    boolean sameLength = count(FieldText.BIG_INTEGER) == 0 && shortestInteger == longestInteger;
    return padded > 0 && (padded > integers - padded || sameLength);
  }
}
