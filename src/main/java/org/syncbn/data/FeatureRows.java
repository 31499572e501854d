package org.syncbn.data;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.syncbn.tensor.KernelChoice;
import org.syncbn.tensor.Kernels;

/**
 * The features of some rows, row after row: float32, or unsigned bytes as images have them. In the
 * heap, or in files that are mapped into memory; in pieces of whole rows, because a buffer holds at
 * most 2^31 values.
 */
final class FeatureRows implements Serializable {

  private static final long serialVersionUID = 1;

  private static final Kernels KERNELS = KernelChoice.chosen().kernels();

  /** How many values a piece has at most, unless it was given, or one row has more. */
  private static final int PIECE = 1 << 28;

  /** How many values are written at once. */
  private static final int CHUNK = 1 << 18;

  /** Bytes of a file on their way into the heap; a run has few enough for the first-level cache. */
  private static final ThreadLocal<byte[]> RUNS =
      ThreadLocal.withInitial(() -> new byte[Block.RUN]);

  private final int rows;
  private final int width;
  private final boolean isBytes;
  private final int rowsOfPiece;
  private transient FloatBuffer[] floats; // none if there are bytes
  private transient ByteBuffer[] bytes; // none if there are floats

  private FeatureRows(int rows, int width, boolean isBytes, int rowsOfPiece) {
    this.rows = rows;
    this.width = width;
    this.isBytes = isBytes && rows > 0;
    this.rowsOfPiece = rowsOfPiece;
    makePieces();
  }

  private void makePieces() {
    int pieces = rows == 0 ? 0 : (rows - 1) / rowsOfPiece + 1;
    floats = new FloatBuffer[isBytes ? 0 : pieces];
    bytes = new ByteBuffer[isBytes ? pieces : 0];
  }

  /** Values that are not copied. */
  static FeatureRows of(int rows, int width, float[] values) {
    FeatureRows features = new FeatureRows(rows, width, false, Math.max(1, rows));
    Arrays.fill(features.floats, FloatBuffer.wrap(values));
    return features;
  }

  /** Values that are not copied. */
  static FeatureRows of(int rows, int width, byte[] values) {
    FeatureRows features = new FeatureRows(rows, width, true, Math.max(1, rows));
    Arrays.fill(features.bytes, ByteBuffer.wrap(values));
    return features;
  }

  /** Writes rows in ascending order. */
  @FunctionalInterface
  interface Source {

    /**
     * Writes one row.
     *
     * @param row its number
     * @param target by {@link #copy}
     * @param targetRow its place there
     */
    void copy(int row, FeatureRows target, int targetRow);
  }

  /** Copies of rows. */
  static FeatureRows gather(int rows, int width, boolean isBytes, RowMemory memory, Source source) {
    return gather(rows, width, isBytes, memory, source, PIECE);
  }

  /**
   * Copies of rows in pieces.
   *
   * @param piece the most values of a piece of several rows
   */
  static FeatureRows gather(
      int rows, int width, boolean isBytes, RowMemory memory, Source source, int piece) {
    FeatureRows features =
        new FeatureRows(rows, width, isBytes, Math.max(1, piece / Math.max(1, width)));
    if (memory.reserve(features, features.size())) {
      features.allocate();
      for (int row = 0; row < rows; row++) {
        source.copy(row, features, row);
      }
    } else {
      for (int i = 0; i < features.pieces(); i++) {
        int from = i * features.rowsOfPiece;
        int to = Math.min(rows, from + features.rowsOfPiece);
        ByteBuffer written =
            memory.map(
                (long) features.length(i) * (isBytes ? 1 : Float.BYTES),
                file -> features.write(file, from, to, source));
        if (isBytes) {
          features.bytes[i] = written;
        } else {
          features.floats[i] = written.asFloatBuffer();
        }
      }
    }
    return features;
  }

  private int pieces() {
    return isBytes ? bytes.length : floats.length;
  }

  private void allocate() {
    Arrays.setAll(floats, piece -> FloatBuffer.allocate(length(piece)));
    Arrays.setAll(bytes, piece -> ByteBuffer.allocate(length(piece)));
  }

  private void write(WritableByteChannel file, int from, int to, Source source) throws IOException {
    int most = Math.max(1, CHUNK / Math.max(1, width));
    int valueBytes = isBytes ? 1 : Float.BYTES;
    ByteBuffer out =
        ByteBuffer.allocateDirect(Math.multiplyExact(Math.min(most, to - from) * width, valueBytes))
            .order(ByteOrder.nativeOrder());
    for (int first = from; first < to; first += most) {
      int some = Math.min(most, to - first);
      FeatureRows chunk = new FeatureRows(some, width, isBytes, some);
      out.clear().limit(some * width * valueBytes);
      if (isBytes) {
        chunk.bytes[0] = out.duplicate();
      } else {
        chunk.floats[0] = out.asFloatBuffer();
      }
      for (int row = 0; row < some; row++) {
        source.copy(first + row, chunk, row);
      }
      while (out.hasRemaining()) {
        file.write(out);
      }
    }
  }

  /** How many values a piece has. */
  private int length(int piece) {
    int rowsBefore = piece * rowsOfPiece;
    return Math.multiplyExact(Math.min(rowsOfPiece, rows - rowsBefore), width);
  }

  /** How many bytes they take. */
  long size() {
    return (long) rows * width * (isBytes ? 1 : Float.BYTES);
  }

  int width() {
    return width;
  }

  boolean isBytes() {
    return isBytes;
  }

  private int piece(int row) {
    return row < rowsOfPiece ? 0 : row / rowsOfPiece;
  }

  /** Where a row begins in its piece. */
  private int at(int row) {
    return (row < rowsOfPiece ? row : row % rowsOfPiece) * width;
  }

  float get(int row, int feature) {
    return isBytes
        ? bytes[piece(row)].get(at(row) + feature) & 0xFF
        : floats[piece(row)].get(at(row) + feature);
  }

  /**
   * Reads features of a row as floats times a factor.
   *
   * @param from the first feature
   * @param length how many; at most {@link Block#RUN}
   */
  void read(int row, int from, float scale, float[] run, int length) {
    int at = at(row) + from;
    if (!isBytes) {
      floats[piece(row)].get(at, run, 0, length);
      multiply(run, scale, length);
      return;
    }
    ByteBuffer source = bytes[piece(row)];
    if (source.hasArray()) {
      KERNELS.widen(source.array(), at, scale, run, length);
    } else {
      byte[] narrow = RUNS.get();
      source.get(at, narrow, 0, length);
      KERNELS.widen(narrow, 0, scale, run, length);
    }
  }

  private static void multiply(float[] run, float factor, int length) {
    for (int i = 0; i < length; i++) {
      run[i] *= factor;
    }
  }

  /** Overwrites a row with one of as many features; bytes may become floats. */
  void copy(int row, FeatureRows source, int sourceRow) {
    int at = at(row);
    int from = source.at(sourceRow);
    int sourcePiece = source.piece(sourceRow);
    if (isBytes) {
      bytes[piece(row)].put(at, source.bytes[sourcePiece], from, width);
    } else if (!source.isBytes) {
      floats[piece(row)].put(at, source.floats[sourcePiece], from, width);
    } else {
      for (int i = 0; i < width; i++) {
        floats[piece(row)].put(at + i, source.bytes[sourcePiece].get(from + i) & 0xFF);
      }
    }
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    for (FloatBuffer piece : floats) {
      for (int at = 0; at < piece.capacity(); at += CHUNK) {
        float[] chunk = new float[Math.min(CHUNK, piece.capacity() - at)];
        piece.get(at, chunk);
        out.writeUnshared(chunk);
      }
    }
    for (ByteBuffer piece : bytes) {
      for (int at = 0; at < piece.capacity(); at += CHUNK) {
        byte[] chunk = new byte[Math.min(CHUNK, piece.capacity() - at)];
        piece.get(at, chunk);
        out.write(chunk);
      }
    }
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    makePieces();
    allocate();
    for (int piece = 0; piece < floats.length; piece++) {
      for (int at = 0; at < length(piece); at += CHUNK) {
        floats[piece].put(at, (float[]) in.readUnshared());
      }
    }
    for (int piece = 0; piece < bytes.length; piece++) {
      in.readFully(bytes[piece].array());
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureRows features
        && rows == features.rows
        && width == features.width
        && isBytes == features.isBytes
        && IntStream.range(0, rows)
            .allMatch(row -> Arrays.equals(floatsOf(row), features.floatsOf(row)));
  }

  @Override
  public int hashCode() {
    return IntStream.range(0, rows)
        .map(row -> Arrays.hashCode(floatsOf(row)))
        .reduce(width, (a, b) -> 31 * a + b);
  }

  private float[] floatsOf(int row) {
    float[] values = new float[width];
    for (int i = 0; i < width; i++) {
      values[i] = get(row, i);
    }
    return values;
  }
}
