package org.syncbn.data;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
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

  /** Zeros, to be written by {@link #copy}. */
  static FeatureRows zeros(int rows, int width, boolean isBytes, RowMemory memory) {
    FeatureRows features =
        new FeatureRows(rows, width, isBytes, Math.max(1, PIECE / Math.max(1, width)));
    boolean inHeap = memory.reserve(features, features.size());
    for (int piece = 0; piece < features.floats.length; piece++) {
      int length = features.length(piece);
      features.floats[piece] =
          inHeap
              ? FloatBuffer.allocate(length)
              : memory.map((long) length * Float.BYTES).asFloatBuffer();
    }
    for (int piece = 0; piece < features.bytes.length; piece++) {
      int length = features.length(piece);
      features.bytes[piece] = inHeap ? ByteBuffer.allocate(length) : memory.map(length);
    }
    return features;
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
    int pieces = rows == 0 ? 0 : (rows - 1) / rowsOfPiece + 1;
    floats = new FloatBuffer[isBytes ? 0 : pieces];
    bytes = new ByteBuffer[isBytes ? pieces : 0];
    for (int piece = 0; piece < floats.length; piece++) {
      floats[piece] = FloatBuffer.allocate(length(piece));
      for (int at = 0; at < length(piece); at += CHUNK) {
        floats[piece].put(at, (float[]) in.readUnshared());
      }
    }
    for (int piece = 0; piece < bytes.length; piece++) {
      bytes[piece] = ByteBuffer.allocate(length(piece));
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
