package org.syncbn.sums;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * How sums become bytes: {@code [kind, version, content ..., CRC-32C of all before]}.
 *
 * <p>Kind, version and checksum keep these places in every later version, so that old releases can
 * tell newer bytes from damaged ones. Numbers are big-endian; whole numbers that are mostly small
 * take seven bits a byte, the lowest first (LEB128). Each content has one form only, so equal sums
 * are equal bytes.
 */
enum SumsFormat {
  /** One feature. */
  COLUMN('c', "the sums of a column"),
  /** One feature, of which each value has a weight. */
  WEIGHTED_COLUMN('w', "the sums of a column"),
  /** Several features. */
  TABLE('t', "the sums of a table"),
  /** Several features, of which each row has a weight. */
  WEIGHTED_TABLE('v', "the sums of a table"),
  /** Several features for each group of rows. */
  GROUPS('g', "the sums of groups");

  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 2;
  private static final int CHECKSUM_BYTES = Integer.BYTES;

  /** The cube of the largest double is below 2^(8 * 787) times that of the smallest. */
  private static final int MOST_ZERO_BYTES = 787;

  private final byte kind;
  private final String what;

  SumsFormat(char kind, String what) {
    this.kind = (byte) kind;
    this.what = what;
  }

  /** Whether bytes claim to be of this kind. */
  boolean isKindOf(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == kind;
  }

  /** The whole of the bytes around what {@code content} writes. */
  byte[] write(Consumer<ByteArrayOutputStream> content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(kind);
    out.write(VERSION);
    content.accept(out);
    byte[] bytes = Arrays.copyOf(out.toByteArray(), out.size() + CHECKSUM_BYTES);
    int end = out.size();
    ByteBuffer.wrap(bytes).putInt(end, checksum(bytes, end));
    return bytes;
  }

  /**
   * What {@code content} reads between the header and the checksum.
   *
   * @param again writes what was read; bytes that it would not write are rejected
   * @throws SumsFormatException when the bytes are damaged, of something else, or of a newer
   *     version
   */
  <T> T read(byte[] bytes, Function<ByteBuffer, T> content, Function<T, byte[]> again) {
    int end = bytes.length - CHECKSUM_BYTES;
    if (end < HEADER_BYTES
        || bytes[0] != kind
        || ByteBuffer.wrap(bytes).getInt(end) != checksum(bytes, end)) {
      throw damaged();
    }
    int version = Byte.toUnsignedInt(bytes[1]);
    if (version > VERSION) {
      throw new SumsFormatException(
          "These bytes hold %s in format version %d, but this release reads up to version %d: use a newer release."
              .formatted(what, version, VERSION));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, HEADER_BYTES, end - HEADER_BYTES).slice();
    try {
      T value = content.apply(in);
      require(Arrays.equals(again.apply(value), bytes));
      return value;
    } catch (BufferUnderflowException | ArithmeticException e) {
      throw damaged();
    }
  }

  private SumsFormatException damaged() {
    return new SumsFormatException(
        "These bytes are not %s, or they are damaged: restore them or compute the sums again."
            .formatted(what));
  }

  static void require(boolean plausible) {
    if (!plausible) {
      throw new ArithmeticException("contents that no sums have");
    }
  }

  /** A number that is not negative. */
  static void writeCount(ByteArrayOutputStream out, long count) {
    long rest = count;
    while (rest > 0x7F) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  static long readCount(ByteBuffer in) {
    long count = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.get();
      count |= (next & 0x7FL) << shift;
      if (next >= 0) {
        require(count >= 0);
        return count;
      }
    }
    throw new ArithmeticException("a count of more than 64 bits");
  }

  /** A number of things that take a byte each at least, rejected before they are allocated. */
  static int readLength(ByteBuffer in) {
    long length = readCount(in);
    require(length <= in.remaining());
    return (int) length;
  }

  static void writeDouble(ByteArrayOutputStream out, double value) {
    out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
  }

  /** Two's complement, without the bytes at the low end that are zero; those are counted. */
  static void writeInteger(ByteArrayOutputStream out, BigInteger value) {
    int zeroBytes = value.signum() == 0 ? 0 : value.getLowestSetBit() / Byte.SIZE;
    byte[] bytes = value.shiftRight(Byte.SIZE * zeroBytes).toByteArray();
    writeCount(out, zeroBytes);
    writeCount(out, bytes.length);
    out.writeBytes(bytes);
  }

  static BigInteger readInteger(ByteBuffer in) {
    long zeroBytes = readCount(in);
    require(zeroBytes <= MOST_ZERO_BYTES);
    byte[] bytes = new byte[readLength(in)];
    require(bytes.length > 0);
    in.get(bytes);
    return new BigInteger(bytes).shiftLeft(Byte.SIZE * (int) zeroBytes);
  }

  private static int checksum(byte[] bytes, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, end);
    return (int) crc.getValue();
  }
}
