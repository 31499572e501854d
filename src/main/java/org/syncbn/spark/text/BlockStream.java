package org.syncbn.spark.text;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads the form in which Hadoop's codecs write lz4 and snappy. Hadoop's own reader takes a file
 * that is cut off for one that ends.
 *
 * <pre>
 * | length of the text | length | compressed bytes | length | compressed bytes | ...
 * |     4 bytes        |   4    |                  |   4    |                  | until all text is there
 * </pre>
 *
 * <p>Not thread-safe.
 */
final class BlockStream extends InputStream {

  private static final int LONGEST = 1 << 28;

  /** Decompresses one piece. */
  interface Piece {

    /** Writes the text of a piece to {@code to}, from {@code offset} on; returns its length. */
    int decompress(byte[] compressed, int length, byte[] to, int offset) throws IOException;
  }

  private final DataInputStream source;
  private final Piece piece;
  private byte[] compressed = new byte[0];
  private byte[] text = new byte[0];
  private int at;
  private int limit;

  BlockStream(InputStream source, Piece piece) {
    this.source = new DataInputStream(source);
    this.piece = piece;
  }

  @Override
  public int read() throws IOException {
    return more() ? text[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (!more()) {
      return -1;
    }
    int n = Math.min(length, limit - at);
    System.arraycopy(text, at, to, offset, n);
    at += n;
    return n;
  }

  private boolean more() throws IOException {
    while (at == limit) {
      int first = source.read();
      if (first < 0) {
        return false;
      }
      int size = length(first);
      if (text.length < size) {
        text = new byte[size];
      }
      at = 0;
      limit = 0;
      while (limit < size) {
        int packed = length(source.read());
        if (compressed.length < packed) {
          compressed = new byte[packed];
        }
        source.readFully(compressed, 0, packed);
        limit += piece.decompress(compressed, packed, text, limit);
      }
    }
    return true;
  }

  private int length(int first) throws IOException {
    if (first < 0) {
      throw new EOFException("it ends within a block");
    }
    int length =
        first << 24
            | source.readUnsignedByte() << 16
            | source.readUnsignedByte() << 8
            | source.readUnsignedByte();
    if (length < 0 || length > LONGEST) {
      throw new IOException("a block of " + Integer.toUnsignedString(length) + " bytes");
    }
    return length;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
