package org.syncbn.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.syncbn.nn.Tally;
import org.syncbn.tensor.Tensor;

/** Reads what a {@link WireWriter} wrote. All methods reject bytes that are cut off or damaged. */
final class WireReader {

  private final ByteBuffer in;
  private final Iterator<Tensor> aside;
  private final IntFunction<Tensor> memory;

  /**
   * A reader at the beginning.
   *
   * @param parcel position and limit of its bytes stay as they are
   * @param memory where tensors go that are in the bytes: from a size to a tensor of that size
   */
  WireReader(WireFormat.Parcel parcel, IntFunction<Tensor> memory) {
    this.in = parcel.bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    this.aside = parcel.tensors().iterator();
    this.memory = memory;
  }

  byte getByte() {
    check(in.remaining() >= Byte.BYTES);
    return in.get();
  }

  int getInt() {
    check(in.remaining() >= Integer.BYTES);
    return in.getInt();
  }

  long getLong() {
    check(in.remaining() >= Long.BYTES);
    return in.getLong();
  }

  double getDouble() {
    check(in.remaining() >= Double.BYTES);
    return in.getDouble();
  }

  /** The constant of an enum at the place that comes next. */
  <E> E getOneOf(E[] constants) {
    int place = getByte();
    check(place >= 0 && place < constants.length);
    return constants[place];
  }

  double[] getDoubles() {
    double[] values = new double[getCount(Double.BYTES)];
    in.asDoubleBuffer().get(values);
    in.position(in.position() + values.length * Double.BYTES);
    return values;
  }

  long[] getLongs() {
    long[] values = new long[getCount(Long.BYTES)];
    in.asLongBuffer().get(values);
    in.position(in.position() + values.length * Long.BYTES);
    return values;
  }

  float[] getFloats() {
    float[] values = new float[getCount(Float.BYTES)];
    in.asFloatBuffer().get(values);
    in.position(in.position() + values.length * Float.BYTES);
    return values;
  }

  Tensor getTensor() {
    int head = getInt();
    if (head < 0) {
      check(aside.hasNext());
      Tensor values = aside.next();
      check(values.size() == ~head);
      return values;
    }
    int size = checkCount(head, Float.BYTES);
    Tensor values = memory.apply(size);
    values.write(0, in.asFloatBuffer().limit(size));
    in.position(in.position() + size * Float.BYTES);
    return values;
  }

  Tally getTally() {
    return Tally.read(in);
  }

  /** As many elements as the number says that comes next. */
  <T> List<T> getList(int leastBytesEach, Supplier<T> element) {
    int count = getCount(leastBytesEach);
    List<T> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(element.get());
    }
    return list;
  }

  /** Checks that nothing is left. */
  void end() {
    check(!in.hasRemaining() && !aside.hasNext());
  }

  private int getCount(int bytesEach) {
    return checkCount(getInt(), bytesEach);
  }

  private int checkCount(int count, int bytesEach) {
    check(count >= 0 && (long) count * bytesEach <= in.remaining());
    return count;
  }

  static void check(boolean fits) {
    if (!fits) {
      throw foreign("truncated or damaged");
    }
  }

  static IllegalArgumentException foreign(String what) {
    return new IllegalArgumentException("not a message of this program's exchanges: " + what);
  }
}
