package org.syncbn.spark.json;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which numbers hold the value that a text says. */
enum JsonNumber {
  /** A {@code long}. */
  LONG,
  /** An integer of at most 38 digits, which a decimal holds. */
  DECIMAL,
  /** An integer of more digits; the nearest double counts. */
  LONG_INTEGER,
  /**
   * A number with a point or an exponent, {@code -0}, NaN or an infinity; the nearest double
   * counts.
   */
  DOUBLE,
  /** A number that no double is near to, such as {@code 1e999}. */
  TOO_GREAT;

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
  private static final int DECIMAL_DIGITS = 38;
  private static final int LONG_DIGITS = 18; // that any long of so many digits has

  /** The kind of a number as JSON or Python writes it. */
  static JsonNumber of(String text) {
    if (isNonFinite(text)) {
      return DOUBLE;
    }
    boolean signed = text.charAt(0) == '-' || text.charAt(0) == '+';
    int digits = text.length() - (signed ? 1 : 0);
    if (text.equals("-0") || !isInteger(text)) {
      return isTooGreat(text) ? TOO_GREAT : DOUBLE;
    }
    return digits <= LONG_DIGITS ? LONG : ofLong(text);
  }

  private static boolean isInteger(String text) {
    for (int i = 1; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') { // a point or an exponent
        return false;
      }
    }
    return text.charAt(0) != '.';
  }

  private static boolean isTooGreat(String text) {
    boolean mayBe = text.length() > 300 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0;
    return mayBe && Double.isInfinite(Double.parseDouble(text));
  }

  private static JsonNumber ofLong(String text) {
    try {
      Long.parseLong(text);
      return LONG;
    } catch (NumberFormatException longer) {
      String significant = text.replaceFirst("^[+-]?0*", "");
      if (significant.length() <= DECIMAL_DIGITS) {
        return DECIMAL;
      }
      return isTooGreat(text) ? TOO_GREAT : LONG_INTEGER;
    }
  }

  /** The kind of a number in quotes, if the text is one. */
  static Optional<JsonNumber> ofQuoted(String text) {
    return isNonFinite(text) || begins(text) && NUMBER.matcher(text).matches()
        ? Optional.of(of(text))
        : Optional.empty();
  }

  /** The double that a number of any kind says. */
  static double parse(String text) {
    return isNonFinite(text) ? nonFinite(text) : Double.parseDouble(text);
  }

  /** The float nearest to a number of any kind. */
  static float parseFloat(String text) {
    return isNonFinite(text) ? (float) nonFinite(text) : Float.parseFloat(text);
  }

  private static boolean begins(String text) {
    return !text.isEmpty() && text.charAt(0) <= '9';
  }

  private static boolean isNonFinite(String text) {
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    int letters = text.length() - sign;
    return (letters == 3 || letters == 8)
        && List.of("nan", "inf", "infinity")
            .contains(text.substring(sign).toLowerCase(Locale.ROOT));
  }

  private static double nonFinite(String text) {
    if (text.endsWith("n") || text.endsWith("N")) {
      return Double.NaN;
    }
    return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }
}
