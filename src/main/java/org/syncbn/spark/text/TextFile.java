package org.syncbn.spark.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.syncbn.data.TextOptions;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.files.Location;

/**
 * A text file: decompressed by its name, in the encoding that its byte order mark tells, or else
 * the options. Bytes that are not valid in the encoding are rejected, never replaced.
 *
 * <p>Immutable.
 */
public final class TextFile {

  private final Configuration configuration;
  private final Path path;
  private final Charset wanted;

  /**
   * Names a file; nothing is opened yet.
   *
   * @throws DataException if there is no such encoding
   */
  public TextFile(Configuration configuration, Path path, TextOptions options) {
    this.configuration = configuration;
    this.path = path;
    wanted = TextEncoding.charset(options.encoding());
  }

  /** The file as people write it: local files without their scheme. */
  public String name() {
    return name(path);
  }

  /** A file as people write it: local ones without their scheme. */
  public static String name(Path path) {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file") ? path.toUri().getPath() : path.toString();
  }

  /**
   * Whether parts of the file can be read by themselves: it is not compressed, and a line break is
   * one byte in its encoding. A byte order mark may still say otherwise; {@link TextLines} then
   * leaves all lines to the first part.
   */
  public boolean isSplittable() {
    return !isCompressed() && TextEncoding.hasLinesOfBytes(wanted);
  }

  boolean isCompressed() {
    return Compression.isCompressed(configuration, path);
  }

  /** The whole text as UTF-8, without a byte order mark; a {@link TextFault} if it is invalid. */
  public InputStream open() {
    return open(0, Long.MAX_VALUE);
  }

  /** The lines of a part as {@link #lines(long, long) lines} cuts them, with their line breaks. */
  public InputStream open(long start, long end) {
    return new LineStream(lines(start, end));
  }

  /** All lines. */
  public TextLines lines() {
    return lines(0, Long.MAX_VALUE);
  }

  /**
   * The lines whose first bytes lie in a part of the file.
   *
   * @param start first byte of the part
   * @param end the byte behind it; beyond the file's end for all that follows
   */
  public TextLines lines(long start, long end) {
    return new TextLines(this, start, end, true);
  }

  /** A fault in the file as a sentence that names file and line. */
  public DataException sentence(TextFault fault) {
    long line = 0;
    try (TextLines lines = new TextLines(this, 0, Long.MAX_VALUE, false)) {
      do {
        line++;
      } while (lines.next() && lines.following() <= fault.position());
    } catch (TextFault end) {
      // The fault itself was reached while its line was looked for.
    }
    return new DataException("%s, line %d: %s".formatted(name(), line, fault.getMessage()));
  }

  static String notValid(Charset charset) {
    return "the bytes here are not valid %s; name the file's encoding, as in --encoding ISO-8859-1, or repair it."
        .formatted(charset);
  }

  /** The bytes of the file, decompressed. */
  InputStream bytes() throws IOException {
    FSDataInputStream raw = Location.opener(path, configuration).open(path);
    return isCompressed() ? Compression.open(configuration, path, raw, name()) : raw;
  }

  TextEncoding encoding(byte[] head, int length) {
    TextEncoding encoding = TextEncoding.of(head, length, wanted);
    boolean unmarked = length >= 4 && encoding.isUtf8() && encoding.markLength() == 0;
    if (unmarked && hasZeros(head, 1) && breaksHaveZeros(head, length, 1)) {
      throw looksLike("UTF-16LE");
    } else if (unmarked && hasZeros(head, 0) && breaksHaveZeros(head, length, -1)) {
      throw looksLike("UTF-16BE");
    }
    return encoding;
  }

  /** Whether of the first four bytes two are zero, from a place on, and the others are not. */
  private static boolean hasZeros(byte[] head, int first) {
    return head[first] == 0 && head[first + 2] == 0 && head[1 - first] != 0 && head[3 - first] != 0;
  }

  /** Whether each line break has a zero beside it. */
  private static boolean breaksHaveZeros(byte[] head, int length, int side) {
    for (int i = 1; i < length - 1; i++) {
      if (head[i] == '\n' && head[i + side] != 0) {
        return false;
      }
    }
    return true;
  }

  private DataException looksLike(String charset) {
    return new DataException(
        "%s looks like %s without a byte order mark; use --encoding %s."
            .formatted(name(), charset, charset));
  }

  DataException unreadable(IOException failure) {
    return new DataException("Cannot read %s: %s.".formatted(name(), failure.getMessage()));
  }

  @Override
  public String toString() {
    return name();
  }
}
