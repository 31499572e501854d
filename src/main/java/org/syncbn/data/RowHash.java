package org.syncbn.data;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A seeded 64-bit hash of a row's content: XXH64 (Collet 2012) over its features, labels and weight
 * as little-endian float32.
 *
 * <p>Every NaN counts as one value, and -0 as 0, so the hash does not depend on the file format, on
 * the order of rows or on how a file was split. Holds a scratch array: not thread-safe.
 */
public final class RowHash {

  /** Stored in models: another form of the hash assigns rows to other shards. */
  public static final int VERSION = 1;

  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long seed;
  private final float[] run = new float[Block.RUN];
  private byte[] scratch = new byte[0];

  /**
   * A hash function.
   *
   * @param seed chooses one of 2^64 functions
   */
  public RowHash(long seed) {
    this.seed = seed;
  }

  /** The hash of one row. */
  public long of(Block block, int row) {
    int length = Float.BYTES * (block.features() + block.labels() + 1);
    if (scratch.length != length) {
      scratch = new byte[length];
    }
    write(block, row);
    return xxh64(scratch, 0, length, seed);
  }

  private void write(Block block, int row) {
    int at = 0;
    for (int from = 0; from < block.features(); from += run.length) {
      int length = Math.min(run.length, block.features() - from);
      block.read(row, from, run, length);
      for (int i = 0; i < length; i++, at += Float.BYTES) {
        INT.set(scratch, at, canonical(run[i]));
      }
    }
    for (int i = 0; i < block.labels(); i++, at += Float.BYTES) {
      INT.set(scratch, at, canonical(block.label(row, i)));
    }
    INT.set(scratch, at, canonical(block.weight(row)));
  }

  /** The bits of a value: one NaN, one zero (-0 + 0 is +0), and every other value its own. */
  public static int canonical(float value) {
    return Float.floatToIntBits(value + 0.0f);
  }

  /** XXH64 of some bytes of an array. */
  public static long xxh64(byte[] bytes, int from, int length, long seed) {
    int at = from;
    int end = from + length;
    long hash;
    if (length >= 32) {
      long a = seed + PRIME_1 + PRIME_2;
      long b = seed + PRIME_2;
      long c = seed;
      long d = seed - PRIME_1;
      for (; at <= end - 32; at += 32) {
        a = round(a, (long) LONG.get(bytes, at));
        b = round(b, (long) LONG.get(bytes, at + 8));
        c = round(c, (long) LONG.get(bytes, at + 16));
        d = round(d, (long) LONG.get(bytes, at + 24));
      }
      hash =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      hash = mergeRound(mergeRound(mergeRound(mergeRound(hash, a), b), c), d);
    } else {
      hash = seed + PRIME_5;
    }
    hash += length;
    for (; at <= end - 8; at += 8) {
      hash ^= round(0, (long) LONG.get(bytes, at));
      hash = Long.rotateLeft(hash, 27) * PRIME_1 + PRIME_4;
    }
    for (; at <= end - 4; at += 4) {
      hash ^= Integer.toUnsignedLong((int) INT.get(bytes, at)) * PRIME_1;
      hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
    }
    for (; at < end; at++) {
      hash ^= (bytes[at] & 0xFF) * PRIME_5;
      hash = Long.rotateLeft(hash, 11) * PRIME_1;
    }
    hash = (hash ^ hash >>> 33) * PRIME_2;
    hash = (hash ^ hash >>> 29) * PRIME_3;
    return hash ^ hash >>> 32;
  }

  private static long round(long lane, long input) {
    return Long.rotateLeft(lane + input * PRIME_2, 31) * PRIME_1;
  }

  private static long mergeRound(long hash, long lane) {
    return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
  }

  /** The order of rows of equal hash: that of their canonical bytes, as unsigned numbers. */
  static int compareContent(Block block, int row, Block other, int otherRow) {
    for (int i = 0; i < block.features(); i++) {
      int byFeature = compare(block.feature(row, i), other.feature(otherRow, i));
      if (byFeature != 0) {
        return byFeature;
      }
    }
    for (int i = 0; i < block.labels(); i++) {
      int byLabel = compare(block.label(row, i), other.label(otherRow, i));
      if (byLabel != 0) {
        return byLabel;
      }
    }
    return compare(block.weight(row), other.weight(otherRow));
  }

  private static int compare(float value, float other) {
    return Integer.compareUnsigned(
        Integer.reverseBytes(canonical(value)), Integer.reverseBytes(canonical(other)));
  }
}
