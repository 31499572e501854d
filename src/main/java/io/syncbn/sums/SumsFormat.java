package io.syncbn.sums;

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
  /** Several features. */
  TABLE('t', "the sums of a table");

  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 2;
  private static final int CHECKSUM_BYTES = Integer.BYTES;

  private final byte kind;
  private final String what;

  SumsFormat(char kind, String what) {
    this.kind = (byte) kind;
    this.what = what;
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
   * @throws SumsFormatException when the bytes are damaged, of something else, or of a newer
   *     version
   */
  <T> T read(byte[] bytes, Function<ByteBuffer, T> content) {
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
      if (version == VERSION && !in.hasRemaining()) {
        return value;
      }
    } catch (BufferUnderflowException | ArithmeticException e) {
      // Falls through to the one sentence.
    }
    throw damaged();
  }

  private SumsFormatException damaged() {
    return new SumsFormatException(
        "These bytes are not %s, or they are damaged: restore them or compute the sums again."
            .formatted(what));
  }

  static void writeWhole(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest >>> 7 != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  static long readWhole(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new ArithmeticException("a whole number of more than 64 bits");
  }

  static void writeDouble(ByteArrayOutputStream out, double value) {
    out.writeBytes(ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
  }

  /** Two's complement, without the bytes at the low end that are zero; those are counted. */
  static void writeInteger(ByteArrayOutputStream out, BigInteger value) {
    int zeroBytes = value.signum() == 0 ? 0 : value.getLowestSetBit() / Byte.SIZE;
    byte[] bytes = value.shiftRight(Byte.SIZE * zeroBytes).toByteArray();
    writeWhole(out, zeroBytes);
    writeWhole(out, bytes.length);
    out.writeBytes(bytes);
  }

  static BigInteger readInteger(ByteBuffer in) {
    int zeroBytes = Math.toIntExact(readWhole(in));
    byte[] bytes = new byte[lengthWithin(in, readWhole(in))];
    in.get(bytes);
    return new BigInteger(bytes).shiftLeft(Math.multiplyExact(Byte.SIZE, zeroBytes));
  }

  /** A length, refused before anything is allocated when there are not as many bytes left. */
  static int lengthWithin(ByteBuffer in, long length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    return (int) length;
  }

  private static int checksum(byte[] bytes, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, end);
    return (int) crc.getValue();
  }
}
