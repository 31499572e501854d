package org.syncbn.data;

import java.io.Serializable;
import java.nio.charset.Charset;
import java.util.List;

/**
 * How to read CSV, JSON and LibSVM files. All options but the encoding and the base of indices are
 * for CSV.
 *
 * @param encoding name of a charset of Java, for files without a byte order mark
 * @param delimiter between fields; empty if the files tell it, {@code blanks} for runs of blanks
 * @param header whether the first line names the columns
 * @param decimalComma whether {@code 1,5} is a number
 * @param thousands the mark between groups of three digits; empty for none
 * @param comment what lines begin with that are not read; empty for none
 * @param skipLines lines before the header that are not read
 * @param escape the character that makes a quote inside of quotes a character of the text; empty
 *     where only doubling it does
 * @param nulls texts that mean a missing value in columns of numbers; a number means all that equal
 *     it
 * @param zeroBased whether the indices of LibSVM begin with 0
 */
public record TextOptions(
    String encoding,
    String delimiter,
    Header header,
    boolean decimalComma,
    String thousands,
    String comment,
    int skipLines,
    String escape,
    List<String> nulls,
    boolean zeroBased)
    implements Serializable {

  /** Fields with any number of blanks and tabs between them. */
  public static final String BLANKS = "blanks";

  /** Files that tell everything themselves. */
  public static final TextOptions DEFAULTS =
      new TextOptions("UTF-8", "", Header.AUTO, false, "", "", 0, "", List.of(), false);

  /** Whether the first line of a file names its columns. */
  public enum Header {
    /** Unless it looks like a row. */
    AUTO,
    /** Always. */
    TRUE,
    /** Never. */
    FALSE
  }

  /** Checks each option, and copies the list. */
  public TextOptions {
    nulls = List.copyOf(nulls);
    reject(
        !isDelimiter(delimiter),
        "delimiter '%s' is not one character, tab or blanks".formatted(delimiter));
    reject(
        thousands.codePointCount(0, thousands.length()) > 1,
        "thousands '%s' is not one character".formatted(thousands));
    reject(
        thousands.equals(decimalComma ? "," : "."),
        "thousands '%s' is the decimal point already".formatted(thousands));
    reject(
        !isCharset(encoding),
        "encoding '%s' is unknown; name one such as UTF-8, ISO-8859-1 or windows-1252"
            .formatted(encoding));
    reject(
        !escape.isEmpty()
            && (escape.length() != 1 || escape.charAt(0) > '~' || escape.equals(delimiter)),
        "escape '%s' is not one ASCII character apart from the delimiter".formatted(escape));
    reject(skipLines < 0, "skipLines must be at least 0, was " + skipLines);
  }

  /** The same for numbers that are written in another way. */
  public TextOptions withNumbers(boolean newDecimalComma, String newThousands) {
    return new TextOptions(
        encoding,
        delimiter,
        header,
        newDecimalComma,
        newThousands,
        comment,
        skipLines,
        escape,
        nulls,
        zeroBased);
  }

  /** The same with other texts that mean a missing value. */
  public TextOptions withNulls(List<String> newNulls) {
    return new TextOptions(
        encoding,
        delimiter,
        header,
        decimalComma,
        thousands,
        comment,
        skipLines,
        escape,
        newNulls,
        zeroBased);
  }

  private static void reject(boolean wrong, String sentence) {
    if (wrong) {
      throw new IllegalArgumentException(sentence);
    }
  }

  private static boolean isDelimiter(String text) {
    return List.of("", "tab", "\\t", BLANKS).contains(text)
        || text.codePointCount(0, text.length()) == 1 && !List.of("\"", "\n", "\r").contains(text);
  }

  private static boolean isCharset(String name) {
    try {
      return Charset.isSupported(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
