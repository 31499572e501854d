package org.syncbn.spark.libsvm;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.syncbn.spark.text.TextFault;
import org.syncbn.spark.text.TextLines;

/**
 * Parses the lines of a LibSVM file, {@code label qid:number index:value ... # comment}: blanks and
 * tabs between, indices from 1 (or 0, where that was said) in ascending order. The buffers are used
 * again for the next line.
 *
 * <p>Not thread-safe.
 */
final class LibsvmLine {

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
  private static final int INDEX_DIGITS = 10;
  private static final String QUERY = "qid:";

  private final int limit;
  private final int base; // the first index
  private TextLines lines;
  private double label;
  private Optional<Long> query = Optional.empty();
  private int[] indices = new int[16]; // from 0
  private double[] values = new double[16];
  private int size;

  /**
   * A parser.
   *
   * @param limit the number of features that a line may have
   * @param zeroBased whether the first index is 0
   */
  LibsvmLine(int limit, boolean zeroBased) {
    this.limit = limit;
    base = zeroBased ? 0 : 1;
  }

  /**
   * Parses the present line; false if it has only blanks or a comment.
   *
   * @throws TextFault if it is not a line of LibSVM
   */
  boolean parse(TextLines present) {
    lines = present;
    size = 0;
    int end = lines.from();
    while (end < lines.to() && lines.bytes()[end] != '#') {
      end++;
    }
    int from = skipBlanks(lines.from(), end);
    if (from == end) {
      return false;
    }
    int to = fieldEnd(from, end);
    label = label(text(from, to));
    query = Optional.empty();
    from = skipBlanks(to, end);
    if (from < end && isQuery(from, fieldEnd(from, end))) {
      to = fieldEnd(from, end);
      query = Optional.of(query(text(from, to)));
    }
    for (from = skipBlanks(to, end); from < end; from = skipBlanks(to, end)) {
      to = fieldEnd(from, end);
      add(text(from, to));
    }
    return true;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  private int skipBlanks(int from, int end) {
    int at = from;
    while (at < end && isBlank(lines.bytes()[at])) {
      at++;
    }
    return at;
  }

  private int fieldEnd(int from, int end) {
    int at = from;
    while (at < end && !isBlank(lines.bytes()[at])) {
      at++;
    }
    return at;
  }

  private String text(int from, int to) {
    return new String(lines.bytes(), from, to - from, StandardCharsets.UTF_8);
  }

  private boolean isQuery(int from, int to) {
    return to - from >= QUERY.length() && text(from, from + QUERY.length()).equals(QUERY);
  }

  private long query(String field) {
    try {
      return Long.parseLong(field.substring(QUERY.length()));
    } catch (NumberFormatException e) {
      throw fault("'%s' is not a query's number.".formatted(field));
    }
  }

  private double label(String text) {
    if (text.contains(",")) {
      throw fault("'%s' is more than one label; keep one.".formatted(text));
    } else if (text.contains(":")) {
      throw fault("the label is missing before '%s'.".formatted(text));
    }
    return number(text, "the label");
  }

  private void add(String field) {
    int colon = field.indexOf(':');
    if (field.startsWith(QUERY)) {
      throw fault("'%s' must follow the label.".formatted(field));
    } else if (colon < 0) {
      throw fault("'%s' is not index:value.".formatted(field));
    }
    int index = index(field.substring(0, colon), field);
    double value = number(field.substring(colon + 1), "the value of index " + index);
    if (size == indices.length) {
      indices = Arrays.copyOf(indices, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    indices[size] = index - base;
    values[size++] = value;
  }

  private int index(String text, String field) {
    boolean isNumber = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber) {
      throw fault("'%s' is not index:value.".formatted(field));
    }
    long index = text.length() > INDEX_DIGITS ? Long.MAX_VALUE : Long.parseLong(text);
    if (index < base) {
      throw fault(
          "index 0 is not one of LibSVM, whose indices begin with 1; use --zero-based if they begin"
              + " with 0 in all files.");
    } else if (index - base >= limit) {
      throw fault(
          limit == Integer.MAX_VALUE
              ? "index %s is beyond %d.".formatted(text, limit)
              : "index %s is beyond the %d features that the statistics or the model have."
                  .formatted(text, limit));
    } else if (size > 0 && index - base <= indices[size - 1]) {
      throw fault(
          "index %d follows %d, but indices ascend.".formatted(index, indices[size - 1] + base));
    }
    return (int) index;
  }

  private double number(String text, String what) {
    if (NUMBER.matcher(text).matches()) {
      double value = Double.parseDouble(text);
      if (Double.isInfinite(value)) {
        throw fault("%s, %s, is beyond the range of doubles.".formatted(what, text));
      }
      return value;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "nan", "+nan", "-nan" -> Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> throw fault("%s, '%s', is not a number.".formatted(what, text));
    };
  }

  private TextFault fault(String sentence) {
    return new TextFault(lines.position(), sentence);
  }

  double label() {
    return label;
  }

  /** The number of the query that the line is an answer to, as rankings have it. */
  Optional<Long> query() {
    return query;
  }

  /** The places of the values, from 0. */
  int[] indices() {
    return Arrays.copyOf(indices, size);
  }

  double[] values() {
    return Arrays.copyOf(values, size);
  }

  /** The number of features up to the last that the line has; 0 if it has none. */
  int width() {
    return size == 0 ? 0 : indices[size - 1] + 1;
  }
}
