package org.syncbn.spark.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks at bytes, eight at a time where it can. */
final class Utf8 {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8() {}

  /** The first place of a byte at or after {@code from}, or -1. */
  static int indexOf(byte wanted, byte[] bytes, int from, int to) {
    long pattern = ONES * (wanted & 0xFF);
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long difference = (long) LONGS.get(bytes, i) ^ pattern;
      long zeros = (difference - ONES) & ~difference & HIGH_BITS;
      if (zeros != 0) {
        return i + (Long.numberOfTrailingZeros(zeros) >> 3);
      }
    }
    for (; i < to; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /**
   * The first place where the bytes are not UTF-8 (Unicode standard, table 3-7), or {@code to}. A
   * character that is cut off at the end is not valid.
   */
  static int firstInvalid(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (i <= to - Long.BYTES && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
        i += Long.BYTES;
      } else if (bytes[i] >= 0) {
        i++;
      } else {
        int length = characterLength(bytes, i, to);
        if (length == 0) {
          return i;
        }
        i += length;
      }
    }
    return to;
  }

  /** The number of bytes of the character that begins at {@code i} beyond ASCII; 0 if invalid. */
  private static int characterLength(byte[] bytes, int i, int to) {
    int first = bytes[i] & 0xFF;
    int length = first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length == 0 || i + length > to) {
      return 0;
    }
    int second = bytes[i + 1] & 0xFF;
    int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int greatest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (second < least || second > greatest) {
      return 0;
    }
    for (int j = 2; j < length; j++) {
      if ((bytes[i + j] & 0xC0) != 0x80) {
        return 0;
      }
    }
    return length;
  }
}
