package org.syncbn.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * An array of unsigned bytes in the IDX format of the MNIST family (LeCun, "The MNIST database"),
 * plain or compressed by gzip. Immutable by convention.
 */
public final class IdxFile {

  private static final int UNSIGNED_BYTE = 0x08;
  private static final int GZIP_MAGIC = 0x1f8b;

  private final int[] shape;
  private final byte[] values;

  private IdxFile(int[] shape, byte[] values) {
    this.shape = shape;
    this.values = values;
  }

  /**
   * Reads a whole file.
   *
   * @throws IOException with a sentence that names the file, if it is missing, damaged, truncated,
   *     too long, or not an IDX file of unsigned bytes
   */
  public static IdxFile read(Path path) throws IOException {
    try (InputStream in = open(path)) {
      byte[] head = in.readNBytes(4);
      if (head.length < 4 || head[0] != 0 || head[1] != 0 || head[3] < 1 || head[3] > 8) {
        throw new IOException(path + " is not an IDX file: its first bytes are not an IDX header");
      }
      if (head[2] != UNSIGNED_BYTE) {
        throw new IOException(
            path
                + " holds IDX type 0x%02x; only unsigned bytes (0x08) are read".formatted(head[2]));
      }
      int[] shape = new int[head[3]];
      long size = 1;
      ByteBuffer dimensions = ByteBuffer.wrap(readExactly(in, 4 * shape.length, path));
      for (int axis = 0; axis < shape.length; axis++) {
        shape[axis] = dimensions.getInt();
        size *= shape[axis];
        if (shape[axis] < 0 || size > Integer.MAX_VALUE - 8) {
          throw new IOException(path + " is damaged: its header has impossible dimensions");
        }
      }
      byte[] values = readExactly(in, (int) size, path);
      if (in.read() >= 0) {
        throw new IOException(
            path
                + " is damaged: it continues after the "
                + size
                + " bytes of its header's dimensions");
      }
      return new IdxFile(shape, values);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + path, e);
    } catch (ZipException | EOFException e) {
      throw new IOException(path + " is damaged: " + e.getMessage(), e);
    }
  }

  /** The dimensions, the number of items first; a copy. */
  public int[] shape() {
    return shape.clone();
  }

  /** How many items there are. */
  public int items() {
    return shape[0];
  }

  /** The values in row-major order, not a copy. */
  public byte[] values() {
    return values;
  }

  private static InputStream open(Path path) throws IOException {
    PushbackInputStream in =
        new PushbackInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 16), 2);
    byte[] start = in.readNBytes(2);
    in.unread(start);
    boolean compressed =
        start.length == 2 && ((start[0] & 0xFF) << 8 | start[1] & 0xFF) == GZIP_MAGIC;
    return compressed ? new GZIPInputStream(in, 1 << 16) : in;
  }

  private static byte[] readExactly(InputStream in, int length, Path path) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException(
          path + " is truncated: " + bytes.length + " of " + length + " bytes are there");
    }
    return bytes;
  }

  @Override
  public String toString() {
    return "IdxFile" + Arrays.toString(shape);
  }
}
