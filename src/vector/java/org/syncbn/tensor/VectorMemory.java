package org.syncbn.tensor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of floats from and to direct memory. Java calls memory a {@code ByteBuffer} in its 17th
 * version and a {@code MemorySegment} since its 22nd, hence the method handles: being constants,
 * they are inlined like any call.
 */
final class VectorMemory {

  private static final MethodHandle MEMORY; // (ByteBuffer) Object
  private static final MethodHandle LOAD; // (Object, int) FloatVector
  private static final MethodHandle STORE; // (FloatVector, Object, int) void

  static {
    try {
      Class<?> type = memoryType();
      boolean isBuffer = type == ByteBuffer.class;
      Class<?> place = isBuffer ? int.class : long.class;
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MethodHandle memory =
          isBuffer
              ? MethodHandles.identity(ByteBuffer.class)
              : lookup.findStatic(type, "ofBuffer", MethodType.methodType(type, Buffer.class));
      MethodHandle load =
          lookup.findStatic(
              FloatVector.class,
              isBuffer ? "fromByteBuffer" : "fromMemorySegment",
              MethodType.methodType(
                  FloatVector.class, VectorSpecies.class, type, place, ByteOrder.class));
      MethodHandle store =
          lookup.findVirtual(
              FloatVector.class,
              isBuffer ? "intoByteBuffer" : "intoMemorySegment",
              MethodType.methodType(void.class, type, place, ByteOrder.class));
      ByteOrder order = ByteOrder.nativeOrder();
      MEMORY = memory.asType(MethodType.methodType(Object.class, ByteBuffer.class));
      LOAD =
          MethodHandles.insertArguments(
                  MethodHandles.insertArguments(load, 3, order), 0, VectorKernels.FLOATS)
              .asType(MethodType.methodType(FloatVector.class, Object.class, int.class));
      STORE =
          MethodHandles.insertArguments(store, 3, order)
              .asType(
                  MethodType.methodType(void.class, FloatVector.class, Object.class, int.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private VectorMemory() {}

  private static Class<?> memoryType() throws ClassNotFoundException {
    return Runtime.version().feature() < 22
        ? ByteBuffer.class
        : Class.forName("java.lang.foreign.MemorySegment");
  }

  /** The memory of a tensor, as {@link #load} and {@link #store} take it. */
  static Object of(Tensor tensor) {
    try {
      return (Object) MEMORY.invokeExact(tensor.bytes);
    } catch (Throwable e) {
      throw failure(e);
    }
  }

  /** The vector that begins at a byte of the memory. */
  static FloatVector load(Object memory, int at) {
    try {
      return (FloatVector) LOAD.invokeExact(memory, at);
    } catch (Throwable e) {
      throw failure(e);
    }
  }

  /** Writes a vector from a byte of the memory on. */
  static void store(FloatVector vector, Object memory, int at) {
    try {
      STORE.invokeExact(vector, memory, at);
    } catch (Throwable e) {
      throw failure(e);
    }
  }

  /** What these methods throw is unchecked. */
  private static RuntimeException failure(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return (RuntimeException) e;
  }
}
