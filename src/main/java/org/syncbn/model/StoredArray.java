package org.syncbn.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.syncbn.tensor.Tensor;

/** A named file's array: numbers of one type with a shape. Immutable. */
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

  private final Type type;
  private final int[] shape;
  private final ByteBuffer bytes; // little-endian, position 0

  private StoredArray(Type type, int[] shape, ByteBuffer bytes) {
    this.type = type;
    this.shape = shape.clone();
    this.bytes = bytes;
    if ((long) size(shape) * type.bytes != bytes.capacity()) {
      throw new IllegalArgumentException(
          bytes.capacity() / type.bytes
              + " values do not fill the shape "
              + Arrays.toString(shape));
    }
  }

  static StoredArray of(Type type, int[] shape, byte[] littleEndian) {
    return new StoredArray(
        type, shape, ByteBuffer.wrap(littleEndian).order(ByteOrder.LITTLE_ENDIAN));
  }

  /** A copy of a tensor, as float32. */
  public static StoredArray of(Tensor tensor) {
    return of(tensor.toArray(), tensor.shape());
  }

  /** A copy of some floats. */
  public static StoredArray of(float[] values, int... shape) {
    ByteBuffer bytes = allocate(values.length, Type.F32);
    bytes.asFloatBuffer().put(values);
    return new StoredArray(Type.F32, shape, bytes);
  }

  /** A copy of some doubles. */
  public static StoredArray of(double[] values, int... shape) {
    ByteBuffer bytes = allocate(values.length, Type.F64);
    bytes.asDoubleBuffer().put(values);
    return new StoredArray(Type.F64, shape, bytes);
  }

  /** One integer, as a scalar. */
  public static StoredArray of(long value) {
    return new StoredArray(Type.I64, new int[0], allocate(1, Type.I64).putLong(0, value));
  }

  /** The type of the numbers. */
  public Type type() {
    return type;
  }

  /** The dimensions, a copy. */
  public int[] shape() {
    return shape.clone();
  }

  /** The numbers as floats, a copy; float64 is rounded. */
  public float[] floats() {
    float[] values = new float[size(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = type == Type.F32 ? bytes.getFloat(4 * i) : (float) value(i);
    }
    return values;
  }

  /** The numbers as doubles, a copy. */
  public double[] doubles() {
    double[] values = new double[size(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(i);
    }
    return values;
  }

  /**
   * The one integer of a scalar.
   *
   * @throws IllegalArgumentException if it is not a scalar, or not an integer
   */
  public long integer() {
    if (type != Type.I64 || size(shape) != 1) {
      throw new IllegalArgumentException(this + " is not one integer");
    }
    return bytes.getLong(0);
  }

  byte[] bytes() {
    return bytes.array();
  }

  private double value(int i) {
    return switch (type) {
      case F32 -> bytes.getFloat(4 * i);
      case F64 -> bytes.getDouble(8 * i);
      case I64 -> bytes.getLong(8 * i);
    };
  }

  private static int size(int[] shape) {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  private static ByteBuffer allocate(int values, Type type) {
    return ByteBuffer.allocate(Math.multiplyExact(values, type.bytes))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Equal if type, shape and every bit are. */
  @Override
  public boolean equals(Object other) {
    return other instanceof StoredArray that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && bytes.equals(that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + bytes.hashCode();
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
