package org.syncbn.spark.csv;

import ch.randelshofer.fastdoubleparser.JavaDoubleParser;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.syncbn.data.TextOptions;

/**
 * Numbers as the options say they are written: finds out what a field is, and parses it to the
 * nearest double. Not thread-safe.
 */
final class CsvNumber {

  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private static final long EXACT = 1L << 53;

  private final boolean plain;
  private final boolean decimalComma;
  private final byte[] thousands;
  private byte[] bytes;
  private int from;
  private int to;
  private byte[] scratch = new byte[64];

  CsvNumber(TextOptions options) {
    decimalComma = options.decimalComma();
    thousands = options.thousands().getBytes(StandardCharsets.UTF_8);
    plain = !decimalComma && thousands.length == 0;
  }

  /** Takes a field as it stands in the file, and says what it is. */
  FieldText look(byte[] in, int start, int end) {
    take(in, start, end);
    FieldText look = FieldText.of(bytes, from, to);
    boolean hasMarks = to - from < end - start;
    return look == FieldText.LONG && hasMarks ? FieldText.SIGNED_LONG : look;
  }

  private void take(byte[] in, int start, int end) {
    bytes = in;
    from = start;
    to = end;
    if (!plain) {
      rewrite();
    }
  }

  /** Writes the number as programs do: without marks of thousands, with a decimal point. */
  private void rewrite() {
    if (scratch.length < to - from) {
      scratch = new byte[2 * (to - from)];
    }
    int n = 0;
    boolean integerPart = true;
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (integerPart && isMark(i)) {
        if (isGrouped(i)) {
          i += thousands.length - 1;
          continue;
        } else if (b != '.') {
          return; // as it stands it is not a number, or one with blanks around it
        }
        b = '?';
      } else if (decimalComma && b == '.') {
        b = '?';
      } else if (decimalComma && b == ',') {
        b = '.';
      }
      integerPart &= b != '.' && b != 'e' && b != 'E';
      scratch[n++] = b;
    }
    bytes = scratch;
    from = 0;
    to = n;
  }

  private boolean isMark(int i) {
    if (thousands.length == 0 || i + thousands.length > to) {
      return false;
    }
    return FieldText.equal(bytes, i, i + thousands.length, thousands);
  }

  /** Whether the mark at a place stands behind a digit and before just three. */
  private boolean isGrouped(int i) {
    int group = i + thousands.length;
    return i > from
        && isDigit(i - 1)
        && isDigit(group)
        && isDigit(group + 1)
        && isDigit(group + 2)
        && !isDigit(group + 3)
        && (firstMark(i) ? digitsBefore(i) <= 3 : true);
  }

  private boolean firstMark(int i) {
    int j = i - digitsBefore(i) - thousands.length;
    return j < from || !isMark(j);
  }

  private int digitsBefore(int i) {
    int n = 0;
    while (isDigit(i - n - 1)) {
      n++;
    }
    return n;
  }

  private boolean isDigit(int i) {
    return i >= from && i < to && bytes[i] >= '0' && bytes[i] <= '9';
  }

  /**
   * The nearest double.
   *
   * @throws NumberFormatException if the field is not a number
   */
  double parseDouble(byte[] in, int start, int end) {
    take(in, start, end);
    trim();
    int i = from;
    boolean negative = i < to && bytes[i] == '-';
    if (negative || i < to && bytes[i] == '+') {
      i++;
    }
    long digits = 0;
    int count = 0;
    int fraction = 0;
    boolean point = false;
    for (; i < to; i++) {
      byte b = bytes[i];
      if (b >= '0' && b <= '9' && count < 18) {
        digits = 10 * digits + b - '0';
        count += digits == 0 ? 0 : 1;
        fraction += point ? 1 : 0;
      } else if (b == '.' && !point) {
        point = true;
      } else {
        return parseSlowly();
      }
    }
    // Both operands are exact, so that the division rounds once (Clinger 1990).
    if (digits <= EXACT && fraction < POWERS.length && to > from && count + fraction > 0) {
      double value = fraction == 0 ? digits : digits / POWERS[fraction];
      return negative ? -value : value;
    }
    return parseSlowly();
  }

  private double parseSlowly() {
    if (isName()) {
      return nameValue();
    }
    return JavaDoubleParser.parseDouble(bytes, from, to - from);
  }

  private boolean isName() {
    return to > from
        && bytes[to - 1] > '9'
        && FieldText.of(bytes, from, to) == FieldText.NOT_FINITE;
  }

  private double nameValue() {
    if ((bytes[to - 1] | 0x20) == 'n') {
      return Double.NaN;
    }
    return bytes[from] == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  long parseLong(byte[] in, int start, int end) {
    take(in, start, end);
    trim();
    boolean negative = from < to && bytes[from] == '-';
    int first = negative ? from + 1 : from;
    if (first == to || to - first > 18) {
      return Long.parseLong(text());
    }
    long value = 0;
    for (int i = first; i < to; i++) {
      if (!isDigit(i)) {
        return Long.parseLong(text()); // a plus, or an error
      }
      value = 10 * value + bytes[i] - '0';
    }
    return negative ? -value : value;
  }

  BigDecimal parseDecimal(byte[] in, int start, int end) {
    take(in, start, end);
    trim();
    return new BigDecimal(text());
  }

  float parseFloat(byte[] in, int start, int end) {
    take(in, start, end);
    trim();
    return isName() ? (float) nameValue() : Float.parseFloat(text());
  }

  private String text() {
    return new String(bytes, from, to - from, StandardCharsets.US_ASCII);
  }

  private void trim() {
    from = FieldText.afterBlanks(bytes, from, to);
    to = FieldText.beforeBlanks(bytes, from, to);
  }
}
