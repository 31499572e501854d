package org.syncbn.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * A block of float32 numbers in row-major order with a shape.
 *
 * <p>The numbers live in direct memory, where native matrix products read them without a copy.
 * Element-wise code copies runs of one or two thousand numbers to a heap array ({@link #read}),
 * works there and copies back ({@link #write}): the JVM vectorizes loops over heap arrays only.
 * {@link #reshape} and {@link #rows} are views of the same memory. At most about 2^29 numbers.
 *
 * <p>Not synchronized; different threads may write disjoint ranges at the same time.
 */
public final class Tensor {

  /** Loops over heap arrays in the first-level cache are vectorized. */
  private static final ThreadLocal<float[][]> RUNS =
      ThreadLocal.withInitial(() -> new float[2][2048]);

  final ByteBuffer bytes; // of the tensor that this one is a view of, or its own
  private final IntBuffer bits; // all the bytes
  private final FloatBuffer memory; // position 0, limit = capacity = size; never moved
  private final int offset; // of the memory in the bytes, in numbers
  private final int[] shape;
  long address; // of the first number; 0 until native code asked for it

  private Tensor(ByteBuffer bytes, IntBuffer bits, int offset, FloatBuffer memory, int[] shape) {
    this.bytes = bytes;
    this.bits = bits;
    this.offset = offset;
    this.memory = memory;
    this.shape = shape;
  }

  /**
   * A tensor of zeros in fresh memory.
   *
   * @throws IllegalArgumentException if a dimension is negative or the size exceeds about 2^29
   */
  public static Tensor zeros(int... shape) {
    int size = sizeOf(shape);
    // A cache line, and a register of AVX-512; alignedSlice cuts at both ends.
    int alignment = 64;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(size * Float.BYTES + 2 * alignment)
            .alignedSlice(alignment)
            .order(ByteOrder.nativeOrder());
    FloatBuffer memory = bytes.asFloatBuffer().slice(0, size);
    return new Tensor(bytes, bytes.asIntBuffer(), 0, memory, shape.clone());
  }

  /** A tensor that holds a copy of the values, in row-major order. */
  public static Tensor of(float[] values, int... shape) {
    if (sizeOf(shape) != values.length) {
      throw new IllegalArgumentException(
          values.length + " values do not fill the shape " + Arrays.toString(shape));
    }
    Tensor tensor = zeros(shape);
    tensor.write(0, values, 0, values.length);
    return tensor;
  }

  /** The dimensions, a copy. */
  public int[] shape() {
    return shape.clone();
  }

  /** How many dimensions there are. */
  public int rank() {
    return shape.length;
  }

  /** One dimension; the first is 0. */
  public int dimension(int axis) {
    return shape[axis];
  }

  /** How many numbers there are. */
  public int size() {
    return memory.capacity();
  }

  /** How many numbers one index of the first dimension covers; 1 for a scalar. */
  public int rowSize() {
    int size = 1;
    for (int axis = 1; axis < shape.length; axis++) {
      size *= shape[axis];
    }
    return size;
  }

  /** The same memory under another shape of the same size. */
  public Tensor reshape(int... newShape) {
    if (sizeOf(newShape) != size()) {
      throw new IllegalArgumentException(
          "cannot view " + Arrays.toString(shape) + " as " + Arrays.toString(newShape));
    }
    return new Tensor(bytes, bits, offset, memory, newShape.clone());
  }

  /** The same memory, rows [from, to) of the first dimension. */
  public Tensor rows(int from, int to) {
    int[] rowsShape = shape.clone();
    rowsShape[0] = to - from;
    int rowSize = rowSize();
    FloatBuffer part = memory.slice(from * rowSize, (to - from) * rowSize);
    return new Tensor(bytes, bits, offset + from * rowSize, part, rowsShape);
  }

  /** One number by its row-major offset. */
  public float get(int offset) {
    return memory.get(offset);
  }

  /** Sets one number by its row-major offset. */
  public void set(int offset, float value) {
    memory.put(offset, value);
  }

  /** Copies numbers [offset, offset + length) into a heap array. */
  public void read(int offset, float[] target, int targetOffset, int length) {
    memory.get(offset, target, targetOffset, length);
  }

  /** Copies a run of a heap array to [offset, offset + length). */
  public void write(int offset, float[] source, int sourceOffset, int length) {
    memory.put(offset, source, sourceOffset, length);
  }

  /** Copies the bits of numbers [offset, offset + length) to the start of a heap array. */
  public void readBits(int offset, int[] target, int length) {
    bits.get(this.offset + offset, target, 0, length);
  }

  /** Sets numbers [offset, offset + length) by their bits, which start a heap array. */
  public void writeBits(int offset, int[] source, int length) {
    bits.put(this.offset + offset, source, 0, length);
  }

  /** Copies as many numbers as the target has room for, from the offset on. */
  public void read(int offset, FloatBuffer target) {
    target.put(memory.slice(offset, target.remaining()));
  }

  /** Copies all numbers that remain in the source to the offset. */
  public void write(int offset, FloatBuffer source) {
    memory.slice(offset, source.remaining()).put(source);
  }

  /** Copies all numbers of a tensor of the same size. */
  public void copyFrom(Tensor source) {
    if (source.size() != size()) {
      throw new IllegalArgumentException(
          "cannot copy "
              + Arrays.toString(source.shape)
              + " over "
              + Arrays.toString(shape)
              + ": sizes differ");
    }
    memory.put(0, source.memory, 0, size());
  }

  /** Adds the numbers [offset, offset + length) of a tensor to those of this one. */
  public void add(Tensor other, int offset, int length) {
    float[] mine = RUNS.get()[0];
    float[] others = RUNS.get()[1];
    int end = offset + length;
    for (int at = offset; at < end; at += mine.length) {
      int run = Math.min(mine.length, end - at);
      read(at, mine, 0, run);
      other.read(at, others, 0, run);
      for (int i = 0; i < run; i++) {
        mine[i] += others[i];
      }
      write(at, mine, 0, run);
    }
  }

  /** Sets every number. */
  public void fill(float value) {
    float[] run = new float[Math.min(size(), 1024)];
    Arrays.fill(run, value);
    for (int offset = 0; offset < size(); offset += run.length) {
      write(offset, run, 0, Math.min(run.length, size() - offset));
    }
  }

  /** A heap copy of all numbers. */
  public float[] toArray() {
    float[] values = new float[size()];
    read(0, values, 0, values.length);
    return values;
  }

  /** The memory itself, from position 0 to the limit, in the order of this machine's bytes. */
  public ByteBuffer bytes() {
    return bytes.slice(offset * Float.BYTES, size() * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  /** Where a number begins in {@code bytes}. */
  int byteOf(int offset) {
    return (this.offset + offset) * Float.BYTES;
  }

  /** The memory itself, for native code: its position is 0 and must not be moved. */
  FloatBuffer memory() {
    return memory;
  }

  @Override
  public String toString() {
    return "Tensor" + Arrays.toString(shape);
  }

  private static int sizeOf(int[] shape) {
    long size = 1;
    for (int dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(shape));
      }
      size = Math.multiplyExact(size, dimension);
    }
    if (size > Integer.MAX_VALUE / Float.BYTES - 128) {
      throw new IllegalArgumentException("too large for one tensor: " + Arrays.toString(shape));
    }
    return (int) size;
  }
}
