package org.syncbn.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/**
 * A named file's array: numbers of one type with a shape.
 *
 * <p>A view: numbers are read in runs from where they are kept, and must not change as long as the
 * array is used. An array that comes from a file ({@link Safetensors.Receiver}) can be read once,
 * from its first number to its last.
 */
public final class StoredArray {

  /** The types of numbers that are stored. */
  public enum Type {
    /** float32. */
    F32(4),
    /** float64. */
    F64(8),
    /** Signed integers of 64 bits. */
    I64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }
  }

  /** How many numbers are copied at once. */
  static final int RUN = 8192;

  private sealed interface Numbers {}

  /** Where float32 numbers are kept. */
  @FunctionalInterface
  public non-sealed interface Floats extends Numbers {
    /** Copies numbers [from, from + length) to the start of a run. */
    void read(int from, float[] run, int length);
  }

  /** Where float64 numbers are kept. */
  @FunctionalInterface
  public non-sealed interface Doubles extends Numbers {
    /** Copies numbers [from, from + length) to the start of a run. */
    void read(int from, double[] run, int length);
  }

  /** Where integers are kept. */
  @FunctionalInterface
  non-sealed interface Longs extends Numbers {
    /** Copies numbers [from, from + length) to the start of a run. */
    void read(int from, long[] run, int length);
  }

  private final Type type;
  private final int[] shape;
  private final int size;
  private final Numbers numbers;

  private StoredArray(Type type, int[] shape, Numbers numbers) {
    this.type = type;
    this.shape = shape.clone();
    this.size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    this.numbers = numbers;
  }

  /** Floats, from where they are kept. */
  public static StoredArray ofFloats(Floats numbers, int... shape) {
    return new StoredArray(Type.F32, shape, numbers);
  }

  /** Doubles, from where they are kept. */
  public static StoredArray ofDoubles(Doubles numbers, int... shape) {
    return new StoredArray(Type.F64, shape, numbers);
  }

  static StoredArray ofLongs(Longs numbers, int... shape) {
    return new StoredArray(Type.I64, shape, numbers);
  }

  /** The numbers of a tensor. */
  public static StoredArray of(Tensor tensor) {
    return ofFloats((from, run, length) -> tensor.read(from, run, 0, length), tensor.shape());
  }

  /** Some floats. */
  public static StoredArray of(float[] values, int... shape) {
    return ofFloats((from, run, length) -> System.arraycopy(values, from, run, 0, length), shape)
        .requireSize(values.length);
  }

  /** Some doubles. */
  public static StoredArray of(double[] values, int... shape) {
    return ofDoubles((from, run, length) -> System.arraycopy(values, from, run, 0, length), shape)
        .requireSize(values.length);
  }

  /** One integer, as a scalar. */
  public static StoredArray of(long value) {
    return ofLongs((from, run, length) -> Arrays.fill(run, 0, length, value));
  }

  private StoredArray requireSize(int values) {
    if (size != values) {
      throw new IllegalArgumentException(
          values + " values do not fill the shape " + Arrays.toString(shape));
    }
    return this;
  }

  /** The type of the numbers. */
  public Type type() {
    return type;
  }

  /** The dimensions, a copy. */
  public int[] shape() {
    return shape.clone();
  }

  /** How many numbers there are. */
  public int size() {
    return size;
  }

  /** How many bytes the numbers take in a file. */
  long bytes() {
    return (long) size * type.bytes;
  }

  /** Copies numbers [from, from + length) to the start of a run; float64 is rounded. */
  public void read(int from, float[] run, int length) {
    if (numbers instanceof Floats floats) {
      floats.read(from, run, length);
    } else {
      double[] wide = new double[length];
      read(from, wide, length);
      for (int i = 0; i < length; i++) {
        run[i] = (float) wide[i];
      }
    }
  }

  /** Copies numbers [from, from + length) to the start of a run. */
  public void read(int from, double[] run, int length) {
    if (numbers instanceof Doubles doubles) {
      doubles.read(from, run, length);
    } else if (numbers instanceof Floats floats) {
      float[] narrow = new float[length];
      floats.read(from, narrow, length);
      for (int i = 0; i < length; i++) {
        run[i] = narrow[i];
      }
    } else {
      long[] integers = new long[length];
      ((Longs) numbers).read(from, integers, length);
      for (int i = 0; i < length; i++) {
        run[i] = integers[i];
      }
    }
  }

  /** Takes floats. */
  @FunctionalInterface
  public interface FloatTarget {
    /** Takes numbers [from, from + length) from the start of a run. */
    void write(int from, float[] run, int length);
  }

  /** Takes doubles. */
  @FunctionalInterface
  public interface DoubleTarget {
    /** Takes numbers [from, from + length) from the start of a run. */
    void write(int from, double[] run, int length);
  }

  /** Copies all numbers, some at a time. */
  public void floatsTo(FloatTarget target) {
    float[] run = new float[Math.min(size, RUN)];
    int length;
    for (int from = 0; from < size; from += length) {
      length = Math.min(run.length, size - from);
      read(from, run, length);
      target.write(from, run, length);
    }
  }

  /** Copies all numbers, some at a time. */
  public void doublesTo(DoubleTarget target) {
    double[] run = new double[Math.min(size, RUN)];
    int length;
    for (int from = 0; from < size; from += length) {
      length = Math.min(run.length, size - from);
      read(from, run, length);
      target.write(from, run, length);
    }
  }

  /** The numbers as floats, a copy; float64 is rounded. */
  public float[] floats() {
    float[] values = new float[size];
    read(0, values, size);
    return values;
  }

  /** The numbers as doubles, a copy. */
  public double[] doubles() {
    double[] values = new double[size];
    read(0, values, size);
    return values;
  }

  /**
   * The one integer of a scalar.
   *
   * @throws IllegalArgumentException if it is not a scalar, or not an integer
   */
  public long integer() {
    if (!(numbers instanceof Longs longs) || size != 1) {
      throw new IllegalArgumentException(this + " is not one integer");
    }
    long[] value = new long[1];
    longs.read(0, value, 1);
    return value[0];
  }

  /** The same numbers in arrays of their own. */
  StoredArray copy() {
    return switch (type) {
      case F32 -> of(floats(), shape);
      case F64 -> of(doubles(), shape);
      case I64 -> {
        long[] values = new long[size];
        ((Longs) numbers).read(0, values, size);
        yield ofLongs((from, run, length) -> System.arraycopy(values, from, run, 0, length), shape);
      }
    };
  }

  /** Puts numbers into a buffer. */
  @FunctionalInterface
  private interface Encoder {
    void put(int from, int length);
  }

  /** Writes the numbers, little-endian. */
  void writeTo(OutputStream out) throws IOException {
    int most = Math.min(size, RUN);
    ByteBuffer bytes = ByteBuffer.allocate(most * type.bytes).order(ByteOrder.LITTLE_ENDIAN);
    Encoder encoder = encoder(bytes, most);
    int length;
    for (int from = 0; from < size; from += length) {
      length = Math.min(most, size - from);
      encoder.put(from, length);
      out.write(bytes.array(), 0, length * type.bytes);
    }
  }

  private Encoder encoder(ByteBuffer bytes, int most) {
    return switch (type) {
      case F32 -> {
        float[] run = new float[most];
        yield (from, length) -> {
          ((Floats) numbers).read(from, run, length);
          bytes.asFloatBuffer().put(run, 0, length);
        };
      }
      case F64 -> {
        double[] run = new double[most];
        yield (from, length) -> {
          ((Doubles) numbers).read(from, run, length);
          bytes.asDoubleBuffer().put(run, 0, length);
        };
      }
      case I64 -> {
        long[] run = new long[most];
        yield (from, length) -> {
          ((Longs) numbers).read(from, run, length);
          bytes.asLongBuffer().put(run, 0, length);
        };
      }
    };
  }

  /** Equal if type, shape and every bit are; compares copies. */
  @Override
  public boolean equals(Object other) {
    return other instanceof StoredArray that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(encoded(), that.encoded());
  }

  private byte[] encoded() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + type.hashCode();
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
