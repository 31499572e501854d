package io.syncbn.spark.csv;

import org.apache.spark.unsafe.types.UTF8String;

/** What the text of a CSV field looks like. */
enum FieldText {
  /** An integer that a long holds. */
  LONG,
  /** An integer of 19 to 38 digits that no long holds. */
  BIG_INTEGER,
  /** An integer with superfluous zeros in front. */
  PADDED_INTEGER,
  /** Any other number: NaN, infinities and -0 included. */
  FRACTION,
  /** No number. */
  OTHER;

  private static final UTF8String LARGEST = UTF8String.fromString("9223372036854775807");
  private static final UTF8String NAN = UTF8String.fromString("NaN");
  private static final UTF8String INF = UTF8String.fromString("Inf");
  private static final UTF8String INFINITY = UTF8String.fromString("Infinity");

  /**
   * Looks at one field. Whatever is called a number here, Spark's CSV reader reads as that number;
   * the letters of Java's literals ({@code 1d}, {@code 0x1p3}) make no number.
   */
  static FieldText of(UTF8String field) {
    int from = 0;
    int to = field.numBytes();
    while (from < to && field.getByte(from) == ' ') {
      from++;
    }
    while (from < to && field.getByte(to - 1) == ' ') {
      to--;
    }
    boolean blanks = to - from < field.numBytes();
    int i = from;
    if (i < to && (field.getByte(i) == '-' || field.getByte(i) == '+')) {
      i++;
    }
    int start = i;
    i = afterDigits(field, i, to);
    int digits = i - start;
    if (i == to && digits > 0) {
      return blanks ? FRACTION : integer(field, start, digits);
    }
    if (digits == 0 && !(i < to && field.getByte(i) == '.')) {
      return !blanks && isName(field, start) ? FRACTION : OTHER;
    }
    if (i < to && field.getByte(i) == '.') {
      int point = i;
      i = afterDigits(field, i + 1, to);
      digits += i - point - 1;
    }
    if (digits > 0 && i < to && (field.getByte(i) == 'e' || field.getByte(i) == 'E')) {
      i++;
      if (i < to && (field.getByte(i) == '-' || field.getByte(i) == '+')) {
        i++;
      }
      int exponent = i;
      i = afterDigits(field, i, to);
      if (i == exponent) {
        return OTHER;
      }
    }
    return digits > 0 && i == to ? FRACTION : OTHER;
  }

  private static int afterDigits(UTF8String field, int from, int to) {
    int i = from;
    while (i < to && field.getByte(i) >= '0' && field.getByte(i) <= '9') {
      i++;
    }
    return i;
  }

  private static FieldText integer(UTF8String field, int start, int digits) {
    if (field.getByte(start) == '0') {
      boolean negativeZero = digits == 1 && start > 0 && field.getByte(start - 1) == '-';
      return digits > 1 ? PADDED_INTEGER : negativeZero ? FRACTION : LONG;
    } else if (digits < LARGEST.numBytes()) {
      return LONG;
    } else if (digits > LARGEST.numBytes()) {
      return digits <= 38 ? BIG_INTEGER : FRACTION;
    }
    // The smallest long is one beyond the negative of the largest; as a decimal it is right too.
    boolean fits = field.substring(start, start + digits).compareTo(LARGEST) <= 0;
    return fits ? LONG : BIG_INTEGER;
  }

  /** Whether the field is a name of NaN (unsigned) or of an infinity that Spark knows. */
  private static boolean isName(UTF8String field, int start) {
    UTF8String name = start == 0 ? field : field.substring(start, field.numBytes());
    return start == 0 && name.equals(NAN)
        || name.equals(INFINITY)
        || name.equals(INF) && (start == 0 || field.getByte(0) == '-');
  }
}
