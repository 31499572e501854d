package io.syncbn.spark.libsvm;

import io.syncbn.spark.text.TextFault;
import io.syncbn.spark.text.TextLines;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Parses the lines of a LibSVM file, {@code label index:value index:value ... # comment}: blanks
 * and tabs between, indices from 1 in ascending order. The buffers are used again for the next
 * line.
 *
 * <p>Not thread-safe.
 */
final class LibsvmLine {

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
  private static final int INDEX_DIGITS = 10;

  private final int limit;
  private TextLines lines;
  private double label;
  private int[] indices = new int[16]; // from 0
  private double[] values = new double[16];
  private int size;

  /**
   * A parser.
   *
   * @param limit the greatest index that a line may have
   */
  LibsvmLine(int limit) {
    this.limit = limit;
  }

  /**
   * Parses the present line; false if it has only blanks or a comment.
   *
   * @throws TextFault if it is no line of LibSVM
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
    if (field.startsWith("qid:")) {
      throw fault("'%s' is a query, which is not read; remove it from all lines.".formatted(field));
    } else if (colon < 0) {
      throw fault("'%s' is not index:value.".formatted(field));
    }
    int index = index(field.substring(0, colon), field);
    double value = number(field.substring(colon + 1), "the value of index " + index);
    if (size == indices.length) {
      indices = Arrays.copyOf(indices, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    indices[size] = index - 1;
    values[size++] = value;
  }

  private int index(String text, String field) {
    boolean isNumber = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber) {
      throw fault("'%s' is not index:value.".formatted(field));
    }
    long index = text.length() > INDEX_DIGITS ? Long.MAX_VALUE : Long.parseLong(text);
    if (index == 0) {
      throw fault(
          "index 0 is not one of LibSVM, whose indices begin with 1; write the file so (in"
              + " scikit-learn: zero_based=False).");
    } else if (index > limit) {
      throw fault(
          limit == Integer.MAX_VALUE
              ? "index %s is beyond %d.".formatted(text, limit)
              : "index %s is beyond the %d features that the statistics or the model have."
                  .formatted(text, limit));
    } else if (size > 0 && index - 1 <= indices[size - 1]) {
      throw fault(
          "index %d follows %d, but indices ascend.".formatted(index, indices[size - 1] + 1));
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

  /** The places of the values, from 0. */
  int[] indices() {
    return Arrays.copyOf(indices, size);
  }

  double[] values() {
    return Arrays.copyOf(values, size);
  }

  /** The greatest index of the line, from 1; 0 if it has none. */
  int width() {
    return size == 0 ? 0 : indices[size - 1] + 1;
  }
}
