package org.syncbn.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.syncbn.nn.Tally;
import org.syncbn.tensor.Tensor;

/** Writes numbers and arrays, little-endian, with the length before each array. Grows. */
final class WireWriter {

  private final int leastAside;
  private final List<Tensor> aside = new ArrayList<>();
  private ByteBuffer out = allocate(1 << 10);

  /**
   * A writer of nothing yet.
   *
   * @param leastAside tensors of at least this many numbers are left out
   */
  WireWriter(int leastAside) {
    this.leastAside = leastAside;
  }

  private static ByteBuffer allocate(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer room(int bytes) {
    if (out.remaining() < bytes) {
      int needed = Math.addExact(out.position(), bytes);
      long size = Math.max(needed, Math.min(2L * out.capacity(), Integer.MAX_VALUE - 8));
      out = allocate((int) size).put(out.flip());
    }
    return out;
  }

  WireWriter putByte(int value) {
    room(Byte.BYTES).put((byte) value);
    return this;
  }

  WireWriter putInt(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  WireWriter putLong(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  WireWriter putDouble(double value) {
    room(Double.BYTES).putDouble(value);
    return this;
  }

  WireWriter putDoubles(double[] values) {
    putInt(values.length);
    int bytes = Math.multiplyExact(values.length, Double.BYTES);
    room(bytes).asDoubleBuffer().put(values);
    out.position(out.position() + bytes);
    return this;
  }

  WireWriter putFloats(float[] values) {
    putInt(values.length);
    int bytes = Math.multiplyExact(values.length, Float.BYTES);
    room(bytes).asFloatBuffer().put(values);
    out.position(out.position() + bytes);
    return this;
  }

  /** The size, then the numbers; the complement of the size if they are left out. */
  WireWriter putTensor(Tensor values) {
    if (values.size() >= leastAside) {
      aside.add(values);
      return putInt(~values.size());
    }
    putInt(values.size());
    int bytes = Math.multiplyExact(values.size(), Float.BYTES);
    values.read(0, room(bytes).asFloatBuffer().limit(values.size()));
    out.position(out.position() + bytes);
    return this;
  }

  WireWriter putTally(Tally tally) {
    tally.write(room(tally.bytes()));
    return this;
  }

  /** What was written, in a heap buffer without room to spare, and what was left out. */
  WireFormat.Parcel parcel() {
    ByteBuffer exact = out.hasRemaining() ? allocate(out.position()).put(out.flip()) : out;
    return new WireFormat.Parcel(exact.flip(), List.copyOf(aside));
  }
}
