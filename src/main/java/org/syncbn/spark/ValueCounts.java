package org.syncbn.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * How often each value of a column occurs, as long as there are at most {@value #MOST} different
 * ones; of more it is only known that there are many. Merging is associative and commutative, but
 * for {@link #hasRepetition}. Not thread-safe.
 */
final class ValueCounts {

  /** The most values that are counted. */
  static final int MOST = 1_000;

  private final Map<String, Long> counts = new HashMap<>();
  private boolean many; // and then counts has some of the values, for hasRepetition
  private boolean repetition;
  private long missing;
  private long rows;

  /** Counts the value of a row, which is null if it is missing. */
  void add(String value) {
    rows++;
    if (value == null) {
      missing++;
    } else if (!many) {
      repetition |= counts.merge(value, 1L, Long::sum) > 1;
      many = counts.size() > MOST;
    } else if (!repetition) {
      repetition = counts.containsKey(value);
    }
  }

  /** Adds the counts of other rows. */
  ValueCounts merge(ValueCounts other) {
    rows += other.rows;
    missing += other.missing;
    repetition |= other.repetition;
    many |= other.many;
    if (many) {
      counts.clear();
    } else {
      other.counts.forEach((value, count) -> counts.merge(value, count, Long::sum));
      repetition |= counts.size() < rows - missing;
      many = counts.size() > MOST;
    }
    return this;
  }

  /** Whether there are more values than are counted. */
  boolean areMany() {
    return many;
  }

  /** Whether a value is known to occur twice. If not it may all the same, where there are many. */
  boolean hasRepetition() {
    return repetition;
  }

  /** How often each value occurs, unless there are many. */
  Map<String, Long> counts() {
    return Map.copyOf(counts);
  }

  /** How many rows have no value. */
  long missing() {
    return missing;
  }

  /** How many rows were counted. */
  long rows() {
    return rows;
  }

  private void write(DataOutputStream out) throws IOException {
    out.writeLong(rows);
    out.writeLong(missing);
    out.writeBoolean(many);
    out.writeBoolean(repetition);
    out.writeInt(many ? 0 : counts.size());
    if (!many) {
      for (Map.Entry<String, Long> entry : counts.entrySet()) {
        byte[] text = entry.getKey().getBytes(StandardCharsets.UTF_8);
        out.writeInt(text.length);
        out.write(text);
        out.writeLong(entry.getValue());
      }
    }
  }

  private static ValueCounts read(DataInputStream in) throws IOException {
    ValueCounts read = new ValueCounts();
    read.rows = in.readLong();
    read.missing = in.readLong();
    read.many = in.readBoolean();
    read.repetition = in.readBoolean();
    int size = in.readInt();
    for (int i = 0; i < size; i++) {
      String value = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
      read.counts.put(value, in.readLong());
    }
    return read;
  }

  /** The counts of several columns as bytes. */
  static byte[] toBytes(ValueCounts[] columns) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(columns.length);
      for (ValueCounts column : columns) {
        column.write(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The counts that {@link #toBytes} wrote. */
  static ValueCounts[] fromBytes(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      ValueCounts[] columns = new ValueCounts[in.readInt()];
      for (int i = 0; i < columns.length; i++) {
        columns[i] = read(in);
      }
      return columns;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The counts of the rows of both, column by column. */
  static byte[] merged(byte[] some, byte[] others) {
    ValueCounts[] all = fromBytes(some);
    ValueCounts[] more = fromBytes(others);
    for (int i = 0; i < all.length; i++) {
      all[i].merge(more[i]);
    }
    return toBytes(all);
  }
}
