package org.syncbn.spark;

import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Numbers in the texts of labels and weights. */
final class DecimalText {

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  /** Zeros in front make identifiers. */
  private static final Pattern PLAIN = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?");

  private DecimalText() {}

  /** The number that a text is, blanks around it left out. */
  static OptionalDouble number(String text) {
    String bare = text.strip();
    return NUMBER.matcher(bare).matches()
        ? OptionalDouble.of(Double.parseDouble(bare))
        : OptionalDouble.empty();
  }

  /** The number that a text is, if nobody would take it for an identifier. */
  static OptionalDouble plain(String text) {
    return PLAIN.matcher(text).matches()
        ? OptionalDouble.of(Double.parseDouble(text) + 0.0) // of both zeros one
        : OptionalDouble.empty();
  }

  /** As a person writes it: whole numbers without a fraction. */
  static String of(float number) {
    return number == Math.rint(number) ? Long.toString((long) number) : Float.toString(number);
  }
}
