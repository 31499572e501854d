package org.syncbn.spark.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import org.syncbn.spark.files.DataException;

/**
 * The encoding of a text file: what its byte order mark says, or else what was asked for.
 *
 * @param charset of the text
 * @param markLength bytes of the byte order mark, which does not belong to the text
 */
record TextEncoding(Charset charset, int markLength) {

  /** Bytes that may have to be seen before the encoding is known. */
  static final int HEAD = 4;

  private static final int[][] MARKS = {
    {0xEF, 0xBB, 0xBF}, {0xFF, 0xFE, 0, 0}, {0, 0, 0xFE, 0xFF}, {0xFF, 0xFE}, {0xFE, 0xFF}
  };

  private static final String[] MARKED = {"UTF-8", "UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE"};

  /**
   * The charset with this name.
   *
   * @throws DataException if there is none
   */
  static Charset charset(String name) {
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      throw new DataException(
          "There is no encoding '%s'; examples are UTF-8, ISO-8859-1, windows-1252, UTF-16 and GB18030."
              .formatted(name));
    }
  }

  /** The encoding of a file that begins with {@code head}, of which {@code length} bytes count. */
  static TextEncoding of(byte[] head, int length, Charset wanted) {
    for (int i = 0; i < MARKS.length; i++) {
      if (startsWith(head, length, MARKS[i])) {
        return new TextEncoding(Charset.forName(MARKED[i]), MARKS[i].length);
      }
    }
    return new TextEncoding(wanted, 0);
  }

  private static boolean startsWith(byte[] head, int length, int[] mark) {
    if (length < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if ((head[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  boolean isUtf8() {
    return charset.equals(StandardCharsets.UTF_8);
  }

  /** Whether every byte below 128 is the character of ASCII, so that lines can be told by bytes. */
  static boolean hasLinesOfBytes(Charset charset) {
    if (charset.equals(StandardCharsets.UTF_8)) {
      return true;
    }
    if (!charset.canEncode() || charset.newEncoder().maxBytesPerChar() > 1) {
      return false;
    }
    for (int b = 0; b < 128; b++) {
      byte[] character = character(charset, (byte) b);
      if (character == null || character.length != 1 || character[0] != b) {
        return false;
      }
    }
    return true;
  }

  /** UTF-8 of each byte of a single-byte encoding; null where a byte means nothing. */
  byte[][] table() {
    byte[][] table = new byte[256][];
    for (int b = 0; b < table.length; b++) {
      table[b] = character(charset, (byte) b);
    }
    return table;
  }

  private static byte[] character(Charset charset, byte b) {
    try {
      CharBuffer text = charset.newDecoder().decode(ByteBuffer.wrap(new byte[] {b}));
      return text.toString().getBytes(StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
