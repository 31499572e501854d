package io.syncbn.spark.json;

import java.io.FilterInputStream;
import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;

/** The lines of a file that begin in a part of it, as a stream. */
final class LinesOfPart extends FilterInputStream {

  private final long end;
  private long place;
  private boolean ended;

  /** Seeks the first line that begins at {@code start} or behind it. */
  LinesOfPart(FSDataInputStream file, long start, long end) throws IOException {
    super(file);
    this.end = end;
    place = Math.max(0, start - 1);
    file.seek(place);
    if (start > 0) {
      for (int next = 0; next != '\n' && next >= 0; place++) {
        next = file.read();
      }
    }
    ended = place >= end;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (ended || length == 0) {
      return ended ? -1 : 0;
    }
    long before = end - 1 - place; // bytes that may be any
    int count = super.read(into, offset, before > 0 ? (int) Math.min(length, before) : length);
    if (count < 0) {
      ended = true;
    } else if (before <= 0) {
      for (int i = 0; i < count && !ended; i++) {
        if (into[offset + i] == '\n') {
          count = i + 1;
          ended = true;
        }
      }
    }
    place += Math.max(0, count);
    return count;
  }
}
