package org.syncbn.sql;

import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.SumsFormatException;

/**
 * What one function has seen of one group: exact sums, and the last values before they are added.
 *
 * <p>Values are added to the sums in blocks, which is several times as fast as one by one. A group
 * of few values never has sums until its result is asked for, so it takes few bytes in memory and
 * in a shuffle.
 *
 * <p>Serialized, a state is an array of bytes and stays one when it is read, for Spark reads states
 * with the class loader of its own classes, which does not see those of {@code --jars}. The bytes
 * are those of {@link ColumnSums#toBytes()}, or of at most {@value #FEW} values
 *
 * <pre>
 *   0    1    2         10       18
 *   +----+----+---------+--------+--------+--
 *   | 'f'| 1  | nulls   | value  | value  | ...     big-endian
 *   +----+----+---------+--------+--------+--
 * </pre>
 *
 * <p>where 1 is the version. They outlive a release in the checkpoints of streaming queries.
 *
 * <p>Not thread-safe.
 */
final class ExactState implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Most values that are serialized as they are. */
  static final int FEW = 16;

  /** Most values that wait for their block: 4 KiB. */
  private static final int BLOCK = 512;

  private static final int FIRST = 4;
  private static final byte KIND = 'f';
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 2 + Long.BYTES;

  private transient double[] values = new double[FIRST];
  private transient int filled;
  private transient long nulls;
  private transient Optional<ColumnSums> sums = Optional.empty(); // of all but values and nulls

  /** The buffer itself, or what it became by serialization. */
  static ExactState of(Serializable buffer) {
    return buffer instanceof ExactState state ? state : fromBytes((byte[]) buffer);
  }

  void add(double value) {
    if (filled == values.length) {
      if (filled < BLOCK) {
        values = Arrays.copyOf(values, 2 * filled);
      } else {
        flush();
      }
    }
    values[filled++] = value;
  }

  void addNull() {
    nulls++;
  }

  /**
   * Adds the sums that a user stored.
   *
   * @param function who asks, for the message
   * @throws IllegalArgumentException if the bytes are not such sums, or one has weights and the
   *     other has not
   */
  void merge(String function, byte[] stored) {
    try {
      merge(ColumnSums.fromBytes(stored));
    } catch (SumsFormatException e) {
      throw new IllegalArgumentException(
          "%s was given a binary that is not a state. %s".formatted(function, e.getMessage()), e);
    }
  }

  /** Adds all that {@code other} was given, and leaves it the same. */
  void merge(ExactState other) {
    other.sums.ifPresent(this::merge);
    for (int i = 0; i < other.filled; i++) {
      add(other.values[i]);
    }
    nulls += other.nulls;
  }

  private void merge(ColumnSums other) {
    if (sums.isEmpty()) {
      sums = Optional.of(other.isWeighted() ? ColumnSums.weighted() : new ColumnSums());
    }
    sums.get().merge(other);
  }

  /** The sums of all that was given so far; more may follow. */
  ColumnSums sums() {
    flush();
    return sums.get();
  }

  private void flush() {
    if (sums.isEmpty()) {
      sums = Optional.of(new ColumnSums());
    }
    sums.get().add(values, 0, filled);
    sums.get().addNulls(nulls);
    filled = 0;
    nulls = 0;
  }

  byte[] toBytes() {
    if (sums.isPresent() || filled > FEW) {
      return sums().toBytes();
    }
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + filled * Double.BYTES);
    bytes.put(KIND).put(VERSION).putLong(nulls);
    for (int i = 0; i < filled; i++) {
      bytes.putDouble(values[i]);
    }
    return bytes.array();
  }

  static ExactState fromBytes(byte[] bytes) {
    ExactState state = new ExactState();
    if (bytes[0] != KIND) {
      state.sums = Optional.of(ColumnSums.fromBytes(bytes));
      return state;
    }
    if (bytes[1] > VERSION) {
      throw new IllegalArgumentException(
          ("A state of a streaming query was written by a newer release than this one, which reads"
                  + " up to version %d: use that release.")
              .formatted(VERSION));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 2, bytes.length - 2);
    state.nulls = in.getLong();
    while (in.hasRemaining()) {
      state.add(in.getDouble());
    }
    return state;
  }

  private Object writeReplace() {
    return toBytes();
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("A state is written as its bytes.");
  }
}
