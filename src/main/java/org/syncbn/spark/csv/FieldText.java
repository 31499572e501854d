package org.syncbn.spark.csv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the text of a CSV field looks like. */
enum FieldText {
  /** An integer that a long holds, written as a computer does. */
  LONG,
  /** The same written in another way: with a plus in front, or marks of thousands. */
  SIGNED_LONG,
  /** An integer of 19 to 38 digits that no long holds. */
  BIG_INTEGER,
  /** An integer with superfluous zeros in front. */
  PADDED_INTEGER,
  /** Any other finite number, -0 included. */
  FRACTION,
  /** A name of NaN or of an infinity, in any case. */
  NOT_FINITE,
  /** Not a number. */
  OTHER;

  private static final byte[] LARGEST = ascii("9223372036854775807");
  private static final byte[] NAN = ascii("nan");
  private static final byte[] INF = ascii("inf");
  private static final byte[] INFINITY = ascii("infinity");

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Looks at one field. Blanks around a number are allowed; the letters of Java's literals ({@code
   * 1d}, {@code 0x1p3}) make no number.
   */
  static FieldText of(byte[] bytes, int start, int end) {
    int from = afterBlanks(bytes, start, end);
    int to = beforeBlanks(bytes, from, end);
    boolean blanks = to - from < end - start;
    int i = from;
    if (i < to && (bytes[i] == '-' || bytes[i] == '+')) {
      i++;
    }
    int first = i;
    i = afterDigits(bytes, i, to);
    int digits = i - first;
    if (i == to && digits > 0) {
      return blanks ? FRACTION : integer(bytes, from, first, digits);
    }
    if (digits == 0 && !(i < to && bytes[i] == '.')) {
      return isName(bytes, first, to) ? NOT_FINITE : OTHER;
    }
    if (i < to && bytes[i] == '.') {
      int point = i;
      i = afterDigits(bytes, i + 1, to);
      digits += i - point - 1;
    }
    if (digits > 0 && i < to && (bytes[i] == 'e' || bytes[i] == 'E')) {
      i++;
      if (i < to && (bytes[i] == '-' || bytes[i] == '+')) {
        i++;
      }
      int exponent = i;
      i = afterDigits(bytes, i, to);
      if (i == exponent) {
        return OTHER;
      }
    }
    return digits > 0 && i == to ? FRACTION : OTHER;
  }

  /** The place of the first byte that is not a blank; the end if all are. */
  static int afterBlanks(byte[] bytes, int start, int end) {
    int from = start;
    while (from < end && bytes[from] == ' ') {
      from++;
    }
    return from;
  }

  /** The place behind the last byte that is not a blank; the start if all are. */
  static int beforeBlanks(byte[] bytes, int start, int end) {
    int to = end;
    while (start < to && bytes[to - 1] == ' ') {
      to--;
    }
    return to;
  }

  private static int afterDigits(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to && bytes[i] >= '0' && bytes[i] <= '9') {
      i++;
    }
    return i;
  }

  private static FieldText integer(byte[] bytes, int from, int first, int digits) {
    FieldText small = first > from && bytes[from] == '+' ? SIGNED_LONG : LONG;
    if (bytes[first] == '0') {
      boolean negativeZero = digits == 1 && first > from && bytes[from] == '-';
      return digits > 1 ? PADDED_INTEGER : negativeZero ? FRACTION : small;
    } else if (digits < LARGEST.length) {
      return small;
    } else if (digits > LARGEST.length) {
      return digits <= 38 ? BIG_INTEGER : FRACTION;
    }
    // The smallest long is one beyond the negative of the largest; as a decimal it is right too.
    boolean fits = Arrays.compare(bytes, first, first + digits, LARGEST, 0, digits) <= 0;
    return fits ? small : BIG_INTEGER;
  }

  /** Whether the letters are a name of NaN or of infinity. */
  private static boolean isName(byte[] bytes, int from, int to) {
    return equalLetters(bytes, from, to, NAN)
        || equalLetters(bytes, from, to, INF)
        || equalLetters(bytes, from, to, INFINITY);
  }

  private static boolean equalLetters(byte[] bytes, int from, int to, byte[] small) {
    if (to - from != small.length) {
      return false;
    }
    for (int i = 0; i < small.length; i++) {
      if ((bytes[from + i] | 0x20) != small[i]) {
        return false;
      }
    }
    return true;
  }

  static boolean equal(byte[] bytes, int from, int to, byte[] text) {
    return Arrays.equals(bytes, from, to, text, 0, text.length);
  }
}
