package org.syncbn.report;

/** Text in HTML and SVG: the one place where it is escaped. */
final class Html {

  private Html() {}

  /**
   * A text that means itself between tags and in quoted attributes, of HTML and of XML: markup is
   * escaped, and control characters, which XML cannot hold, are shown as U+FFFD.
   */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(character -> escaped.append(escape(character)));
    return escaped.toString();
  }

  private static String escape(int character) {
    return switch (character) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '"' -> "&quot;";
      case '\'' -> "&#39;";
      case '\n', '\t' -> Character.toString(character);
      default -> isUnprintable(character) ? "\uFFFD" : Character.toString(character);
    };
  }

  /** Controls, halves of surrogates, and characters that no text has. */
  private static boolean isUnprintable(int character) {
    int type = Character.getType(character);
    return type == Character.CONTROL
        || type == Character.SURROGATE
        || (character & 0xFFFE) == 0xFFFE;
  }
}
