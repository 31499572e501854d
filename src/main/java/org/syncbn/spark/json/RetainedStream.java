package org.syncbn.spark.json;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Keeps the text that was read since a place, so that a value can be had as it is written. */
final class RetainedStream extends FilterInputStream {

  private byte[] kept = new byte[1 << 14];
  private long first; // the place of kept[0] in the stream
  private int size;

  RetainedStream(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int count = super.read(into, offset, length);
    if (count > 0) {
      if (size > kept.length - count) {
        kept = Arrays.copyOf(kept, Math.max(Math.multiplyExact(2, kept.length), size + count));
      }
      System.arraycopy(into, offset, kept, size, count);
      size += count;
    }
    return count;
  }

  /** The bytes between two places. */
  byte[] between(long from, long to) {
    return Arrays.copyOfRange(kept, (int) (from - first), (int) (to - first));
  }

  /** Lets the bytes before a place go. */
  void forgetBefore(long place) {
    int gone = (int) (place - first);
    System.arraycopy(kept, gone, kept, 0, size - gone);
    size -= gone;
    first = place;
  }
}
