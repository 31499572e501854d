package org.syncbn.spark.csv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.lang3.StringUtils;

/**
 * Cuts a record into fields (RFC 4180): a field that begins with a quote ends with the next quote
 * that is not doubled, and may hold delimiters and line breaks; quotes elsewhere are text. Where
 * there is an escape, a quote or an escape behind it is a character of the text too.
 *
 * <p>A record whose last quote is open is cut on with {@link #resume} when more of it is there. Not
 * thread-safe.
 */
final class CsvFields {

  private static final byte PLAIN = 0;
  private static final byte QUOTED = 1;
  private static final byte DOUBLED = 2; // quoted, with doubled or escaped quotes inside

  private static final int NO_ESCAPE = -1;

  private final byte[] delimiter; // empty for runs of blanks
  private final int escape;
  private byte[] bytes = new byte[0];
  private int base; // the record's first byte; places are relative to it
  private int[] starts = new int[64];
  private int[] ends = new int[64];
  private byte[] kinds = new byte[64];
  private int count;
  private int scanned; // where the search of an open field goes on
  private int afterQuote; // the field whose closing quote is followed by text, or -1
  private byte[] scratch = new byte[64]; // the text of a field with doubled quotes
  private int scratchEnd;

  /**
   * A cutter of records.
   *
   * @param delimiter between fields; empty for runs of blanks
   * @param escape an ASCII character, or empty
   */
  CsvFields(String delimiter, String escape) {
    this.delimiter = delimiter.getBytes(StandardCharsets.UTF_8);
    this.escape = escape.isEmpty() ? NO_ESCAPE : escape.charAt(0);
  }

  /** Cuts a record; false if a quote is still open at its end. */
  boolean cut(byte[] in, int from, int to) {
    bytes = in;
    base = from;
    count = 0;
    afterQuote = -1;
    int i = delimiter.length == 0 ? afterBlanks(from, to) : from;
    return i == to && delimiter.length == 0 || cutFrom(i, to, false);
  }

  /** Goes on with a record that was open and is longer now. */
  boolean resume(byte[] in, int from, int to) {
    bytes = in;
    base = from;
    return cutFrom(base + scanned, to, true);
  }

  /** Makes the record one empty field. */
  void clear() {
    count = 1;
    base = 0;
    starts[0] = 0;
    ends[0] = 0;
    kinds[0] = PLAIN;
    afterQuote = -1;
  }

  private boolean cutFrom(int from, int to, boolean open) {
    int i = from;
    boolean inQuotes = open;
    while (true) {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
        ends = Arrays.copyOf(ends, 2 * count);
        kinds = Arrays.copyOf(kinds, 2 * count);
      }
      if (!inQuotes) {
        inQuotes = i < to && bytes[i] == '"';
        i = inQuotes ? i + 1 : i;
        starts[count] = i - base;
        kinds[count] = inQuotes ? QUOTED : PLAIN;
      }
      if (inQuotes) {
        int quote = closingQuote(i, to);
        if (quote < 0) {
          scanned = to - base;
          return false;
        }
        ends[count] = quote - base;
        i = fieldEnd(quote + 1, to);
        if (i > quote + 1 && afterQuote < 0) {
          afterQuote = count;
        }
        inQuotes = false;
      } else {
        i = fieldEnd(i, to);
        ends[count] = i - base;
      }
      count++;
      i = nextField(i, to);
      if (i < 0) {
        return true;
      }
    }
  }

  /** The next quote that is not doubled, or -1. */
  private int closingQuote(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == escape && isEscaped(i + 1, to)) {
        kinds[count] = DOUBLED;
        i++;
      } else if (bytes[i] == '"') {
        if (i + 1 == to || bytes[i + 1] != '"') {
          return i;
        }
        kinds[count] = DOUBLED;
        i++;
      }
    }
    return -1;
  }

  /** Whether an escape makes the byte at a place one of the text. */
  private boolean isEscaped(int i, int to) {
    return i < to && (bytes[i] == '"' || bytes[i] == escape);
  }

  private int fieldEnd(int from, int to) {
    int i = from;
    if (delimiter.length == 0) {
      while (i < to && !isBlank(bytes[i])) {
        i++;
      }
      return i;
    }
    byte first = delimiter[0];
    while (i < to && !(bytes[i] == first && (delimiter.length == 1 || isDelimiter(i, to)))) {
      i++;
    }
    return i;
  }

  private boolean isDelimiter(int i, int to) {
    return i + delimiter.length <= to
        && Arrays.equals(bytes, i, i + delimiter.length, delimiter, 0, delimiter.length);
  }

  /** The start of the field behind the one that ends at {@code end}, or -1 if that was the last. */
  private int nextField(int end, int to) {
    if (delimiter.length > 0) {
      return end == to ? -1 : end + delimiter.length;
    }
    int i = afterBlanks(end, to);
    return i == to ? -1 : i;
  }

  private int afterBlanks(int from, int to) {
    int i = from;
    while (i < to && isBlank(bytes[i])) {
      i++;
    }
    return i;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** How many fields there are. */
  int count() {
    return count;
  }

  /** The field behind whose closing quote there is text, or -1. */
  int afterQuote() {
    return afterQuote;
  }

  /** Whether a field has nothing, not even quotes. */
  boolean isEmpty(int field) {
    return starts[field] == ends[field] && kinds[field] == PLAIN;
  }

  /** Whether a field is in quotes. */
  boolean isQuoted(int field) {
    return kinds[field] != PLAIN;
  }

  /** The bytes that hold a field's text; valid with its places until the next is asked for. */
  byte[] bytes(int field) {
    if (kinds[field] != DOUBLED) {
      return bytes;
    }
    int length = ends[field] - starts[field];
    if (scratch.length < length) {
      scratch = new byte[2 * length];
    }
    int n = 0;
    int to = base + ends[field];
    for (int i = base + starts[field]; i < to; i++) {
      if (bytes[i] == '"' || bytes[i] == escape && isEscaped(i + 1, to)) {
        i++; // the second of the two
      }
      scratch[n++] = bytes[i];
    }
    scratchEnd = n;
    return scratch;
  }

  /** Where a field's text begins in {@link #bytes(int)}. */
  int from(int field) {
    return kinds[field] == DOUBLED ? 0 : base + starts[field];
  }

  /** Where a field's text ends in {@link #bytes(int)}, which must have been asked for before. */
  int to(int field) {
    return kinds[field] == DOUBLED ? scratchEnd : base + ends[field];
  }

  /** A field's text. */
  String text(int field) {
    byte[] in = bytes(field);
    return new String(in, from(field), to(field) - from(field), StandardCharsets.UTF_8);
  }

  /** The texts of all fields. */
  List<String> texts() {
    return IntStream.range(0, count).mapToObj(this::text).toList();
  }

  /**
   * The fields as names of columns: without the blanks around those that are not in quotes, unless
   * only these tell one from another.
   */
  List<String> names() {
    List<String> stripped =
        IntStream.range(0, count)
            .mapToObj(
                i -> isQuoted(i) || text(i).isBlank() ? text(i) : StringUtils.strip(text(i), " \t"))
            .toList();
    return IntStream.range(0, count)
        .mapToObj(
            i -> Collections.frequency(stripped, stripped.get(i)) > 1 ? text(i) : stripped.get(i))
        .toList();
  }
}
