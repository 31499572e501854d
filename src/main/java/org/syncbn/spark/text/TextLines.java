package org.syncbn.spark.text;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import org.apache.hadoop.fs.Seekable;
import org.syncbn.spark.files.DataException;

/**
 * The lines of a part of a text file, as UTF-8 in a buffer that is used again for the next line.
 *
 * <p>A line belongs to the part in which its first byte lies. Lines end with LF or CR LF; in a file
 * whose first {@value #HEAD} bytes have a CR and no LF, with CR alone. A line break at the end of
 * the file begins no further line.
 *
 * <p>Bytes that are not valid in the file's encoding end in a {@link TextFault}, an unreadable or
 * damaged file in a {@link DataException}. Not thread-safe.
 */
public final class TextLines implements Closeable {

  private static final int HEAD = 1 << 16;
  private static final int LONGEST = Integer.MAX_VALUE - 64;

  private final TextFile file;
  private long end;
  private final boolean checked;
  private InputStream source;
  private TextEncoding encoding;
  private boolean inOrder;
  private boolean validates;
  private byte lineBreak = '\n';

  private byte[] buffer = new byte[HEAD];
  private long base; // position of the buffer's first byte in the file
  private int limit;
  private int line; // the present line as bytes of the file: from here
  private int lineEnd; // to here
  private int next; // behind its break

  private byte[][] table; // of a single-byte encoding
  private byte[] decoded = new byte[0]; // the present line in UTF-8, where there is a table
  private int decodedEnd;

  TextLines(TextFile file, long start, long end, boolean checked) {
    this.file = file;
    this.end = end;
    this.checked = checked;
    try {
      source = file.bytes();
      open(start);
    } catch (IOException e) {
      close();
      throw file.unreadable(e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open(long start) throws IOException {
    while (limit < TextEncoding.HEAD && fill()) {}
    encoding = file.encoding(buffer, limit);
    next = encoding.markLength();
    inOrder = file.isCompressed();
    if (!TextEncoding.hasLinesOfBytes(encoding.charset())) {
      byte[] seen = Arrays.copyOfRange(buffer, next, limit);
      source =
          new TranscodingStream(
              new SequenceInputStream(new ByteArrayInputStream(seen), source), encoding.charset());
      limit = 0;
      next = 0;
      inOrder = true;
    } else {
      validates = checked && encoding.isUtf8();
      table = encoding.isUtf8() ? null : encoding.table();
    }
    findLineBreak();
    end = inOrder ? Long.MAX_VALUE : end; // all lines belong to the first part
    if (start <= next) {
      return;
    } else if (inOrder) {
      limit = next;
      source.close();
      source = InputStream.nullInputStream();
      return;
    }
    ((Seekable) source).seek(start - 1);
    base = start - 1;
    limit = 0;
    next = 0;
    skipLine();
  }

  /** Reads on until the first line break is seen, or the head of the file. */
  private void findLineBreak() throws IOException {
    boolean returns = false;
    int from = next;
    while (true) {
      if (Utf8.indexOf((byte) '\n', buffer, from, limit) >= 0) {
        return;
      }
      returns |= Utf8.indexOf((byte) '\r', buffer, from, limit) >= 0;
      from = limit;
      if (limit >= HEAD || !fill()) {
        lineBreak = (byte) (returns ? '\r' : '\n');
        return;
      }
    }
  }

  private void skipLine() throws IOException {
    int found = -1;
    while (found < 0) {
      found = Utf8.indexOf(lineBreak, buffer, next, limit);
      next = found < 0 ? limit : found + 1;
      line = next;
      if (found < 0 && !fill()) {
        return;
      }
    }
  }

  /** Moves to the next line of the part; false when there is none. */
  public boolean next() {
    return base + next < end && nextBeyond();
  }

  /** Moves to the next line, whichever part it belongs to; false at the end of the file. */
  public boolean nextBeyond() {
    line = next;
    decodedEnd = 0;
    return findEnd();
  }

  /** Moves to the next line, of which its line break is the end. */
  boolean nextWithBreak() {
    if (!next()) {
      return false;
    }
    int text = lineEnd;
    lineEnd = next;
    decode(text);
    return true;
  }

  /**
   * Joins the next line to the present one, with the line break between them; false at the end of
   * the file.
   */
  public boolean extend() {
    int before = lineEnd - line;
    int breakLength = next - lineEnd;
    return findEnd(before, breakLength);
  }

  private boolean findEnd() {
    return findEnd(0, 0);
  }

  /**
   * Finds the end of the line that begins at {@code next}.
   *
   * @param before bytes of the present line that stay
   * @param breakLength of the break behind them
   */
  private boolean findEnd(int before, int breakLength) {
    try {
      int from = next - line; // relative to the line, which moves when the buffer is filled
      int searched = from;
      while (true) {
        int found = Utf8.indexOf(lineBreak, buffer, line + searched, limit);
        if (found >= 0) {
          lineEnd = found;
          next = found + 1;
          break;
        }
        searched = limit - line;
        if (!fill()) {
          if (searched == from) {
            return false;
          }
          lineEnd = limit;
          next = limit;
          break;
        }
      }
      if (lineBreak == '\n' && lineEnd > line + from && buffer[lineEnd - 1] == '\r') {
        lineEnd--;
      }
      decode(line + before);
      return true;
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }

  /** Checks the bytes from a place to the line's end, and turns them into UTF-8. */
  private void decode(int from) {
    if (validates) {
      int invalid = Utf8.firstInvalid(buffer, from, lineEnd);
      if (invalid < lineEnd) {
        throw new TextFault(base + invalid, TextFile.notValid(encoding.charset()));
      }
    }
    if (table != null) {
      for (int i = from; i < lineEnd; i++) {
        byte[] character = table[buffer[i] & 0xFF];
        if (character == null) {
          if (checked) {
            throw new TextFault(base + i, TextFile.notValid(encoding.charset()));
          }
          continue;
        }
        if (decodedEnd + character.length > decoded.length) {
          decoded = Arrays.copyOf(decoded, Math.max(1 << 12, 2 * decoded.length));
        }
        for (byte b : character) {
          decoded[decodedEnd++] = b;
        }
      }
    }
  }

  /** Reads more behind the present line; false at the end of the file. */
  private boolean fill() throws IOException {
    if (limit == buffer.length) {
      if (line > 0) {
        System.arraycopy(buffer, line, buffer, 0, limit - line);
        base += line;
        limit -= line;
        next -= line;
        lineEnd -= line;
        line = 0;
      } else if (limit < LONGEST) {
        buffer = Arrays.copyOf(buffer, (int) Math.min(LONGEST, 2L * limit));
      } else {
        throw new DataException(
            "%s has a line or a record of more than 2 GiB; quotes or line breaks are missing."
                .formatted(file));
      }
    }
    int n = source.read(buffer, limit, buffer.length - limit);
    if (n <= 0) {
      return false;
    }
    limit += n;
    return true;
  }

  /** Whether all lines belong to the first part: the file cannot be read in parts. */
  public boolean areInOrderOnly() {
    return inOrder;
  }

  /** The buffer that holds the present line. */
  public byte[] bytes() {
    return table == null ? buffer : decoded;
  }

  /** The place in {@link #bytes} of the line's first byte. */
  public int from() {
    return table == null ? line : 0;
  }

  /** The place in {@link #bytes} behind the line's last byte, without its break. */
  public int to() {
    return table == null ? lineEnd : decodedEnd;
  }

  /** The position of the line's first byte in the decoded file. */
  public long position() {
    return base + line;
  }

  /** The position of the first byte behind the line and its break. */
  public long following() {
    return base + next;
  }

  @Override
  public void close() {
    try {
      if (source != null) {
        source.close();
      }
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }
}
