package org.syncbn.spark.text;

import java.io.InputStream;

/** The text of lines with their line breaks. Not thread-safe. */
final class LineStream extends InputStream {

  private final TextLines lines;
  private int at;
  private int to;

  LineStream(TextLines lines) {
    this.lines = lines;
  }

  @Override
  public int read() {
    return more() ? lines.bytes()[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    if (length > 0 && !more()) {
      return -1;
    }
    int n = Math.min(length, to - at);
    System.arraycopy(lines.bytes(), at, into, offset, n);
    at += n;
    return n;
  }

  private boolean more() {
    while (at == to) {
      if (!lines.nextWithBreak()) {
        return false;
      }
      at = lines.from();
      to = lines.to();
    }
    return true;
  }

  @Override
  public void close() {
    lines.close();
  }
}
