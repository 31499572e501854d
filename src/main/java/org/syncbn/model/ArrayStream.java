package org.syncbn.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/** The numbers of one array of a file that is being read, each once and in order. */
final class ArrayStream {

  private final InputStream in;
  private final Supplier<FileFormatException> truncated;
  private final ByteBuffer bytes;
  private final long size; // in bytes
  private long done;

  /**
   * An array that begins where the file has been read to.
   *
   * @param size of the array in bytes
   * @param truncated what is wrong with a file that ends inside the array
   */
  ArrayStream(InputStream in, long size, Supplier<FileFormatException> truncated) {
    this.in = in;
    this.truncated = truncated;
    this.size = size;
    this.bytes =
        ByteBuffer.allocate((int) Math.min(size, StoredArray.RUN * Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The array, whose numbers are read here. */
  StoredArray array(StoredArray.Type type, int[] shape) {
    return switch (type) {
      case F32 ->
          StoredArray.ofFloats(
              (from, run, length) ->
                  read(from, length, 4, (at, part) -> bytes.asFloatBuffer().get(run, at, part)),
              shape);
      case F64 ->
          StoredArray.ofDoubles(
              (from, run, length) ->
                  read(from, length, 8, (at, part) -> bytes.asDoubleBuffer().get(run, at, part)),
              shape);
      case I64 ->
          StoredArray.ofLongs(
              (from, run, length) ->
                  read(from, length, 8, (at, part) -> bytes.asLongBuffer().get(run, at, part)),
              shape);
    };
  }

  /** Takes numbers out of the bytes. */
  @FunctionalInterface
  private interface Decoder {
    void get(int at, int length);
  }

  private void read(int from, int length, int each, Decoder decoder) {
    if (from != done / each || length > (size - done) / each) {
      throw new IllegalStateException("an array of a file is read once, from first to last");
    }
    int most = bytes.capacity() / each;
    int part;
    for (int at = 0; at < length; at += part) {
      part = Math.min(most, length - at);
      fill(part * each);
      decoder.get(at, part);
    }
  }

  private void fill(int length) {
    try {
      if (in.readNBytes(bytes.array(), 0, length) < length) {
        throw truncated.get();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    done += length;
  }

  /** Goes on behind the array. */
  void skipRest() {
    while (done < size) {
      fill((int) Math.min(bytes.capacity(), size - done));
    }
  }
}
