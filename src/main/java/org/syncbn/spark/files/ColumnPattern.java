package org.syncbn.spark.files;

import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Several columns in one word: names with {@code *} for any characters and {@code ?} for any one,
 * or {@code type:} and a type.
 *
 * @param text as it was written
 */
public record ColumnPattern(String text) {

  private static final String TYPE = "type:";

  /** Whether a word is a pattern, rather than the name of one column. */
  public static boolean isPattern(String word) {
    return word.startsWith(TYPE) || word.contains("*") || word.contains("?");
  }

  /** Whether this is a type. */
  public boolean isType() {
    return text.startsWith(TYPE);
  }

  /** The type without {@code type:}. */
  public String type() {
    return text.substring(TYPE.length());
  }

  /** Whether a column's name has this form; never for a type. */
  public boolean matches(String column) {
    String expression =
        text.chars()
            .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
            .collect(Collectors.joining());
    return !isType() && Pattern.compile(expression, Pattern.DOTALL).matcher(column).matches();
  }
}
