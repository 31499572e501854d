package org.syncbn.spark.csv;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.data.TextOptions;

/**
 * Which fields of a column of numbers mean a missing value: blanks around a text do not matter, and
 * a number stands for all that equal it, however they are written.
 *
 * <p>Not thread-safe.
 */
final class CsvNulls {

  private final List<byte[]> texts = new ArrayList<>();
  private final List<Double> values = new ArrayList<>();
  private final CsvNumber number;

  CsvNulls(TextOptions options) {
    number = new CsvNumber(options);
    for (String text : options.nulls()) {
      byte[] bytes = text.strip().getBytes(StandardCharsets.UTF_8);
      texts.add(bytes);
      FieldText look = number.look(bytes, 0, bytes.length);
      if (look != FieldText.OTHER && look != FieldText.NOT_FINITE) {
        values.add(number.parseDouble(bytes, 0, bytes.length));
      }
    }
  }

  /** Whether a field means a missing value, as it stands or by its value. */
  boolean contain(byte[] bytes, int from, int to, FieldText look) {
    return isText(bytes, from, to)
        || !values.isEmpty()
            && look != FieldText.OTHER
            && values.contains(number.parseDouble(bytes, from, to));
  }

  /** Whether there are none. */
  boolean isEmpty() {
    return texts.isEmpty();
  }

  private boolean isText(byte[] bytes, int start, int end) {
    int from = FieldText.afterBlanks(bytes, start, end);
    int to = FieldText.beforeBlanks(bytes, from, end);
    for (byte[] text : texts) {
      if (FieldText.equal(bytes, from, to, text)) {
        return true;
      }
    }
    return false;
  }
}
