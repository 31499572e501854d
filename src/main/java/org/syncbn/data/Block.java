package org.syncbn.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.tensor.KernelChoice;
import org.syncbn.tensor.Kernels;
import org.syncbn.tensor.Tensor;

/**
 * Rows of features, labels and weights in primitive arrays: features as float32, or as unsigned
 * bytes for images. Immutable by convention: the arrays are not copied and must not be changed.
 *
 * <p>A label is a class index, or one or more targets; a row's weight is 1 unless weights are
 * given.
 */
public final class Block implements Serializable {

  private static final long serialVersionUID = 1;

  private static final Kernels KERNELS = KernelChoice.chosen().kernels();

  /** How many bytes are turned into floats at once: a run that stays in the first-level cache. */
  private static final int RUN = 2_048;

  /** A buffer for each thread that gathers. */
  private static final ThreadLocal<float[]> RUNS = ThreadLocal.withInitial(() -> new float[RUN]);

  private final int rows;
  private final int features;
  private final int labels;
  private final byte[] bytes; // [rows, features] or empty
  private final float[] floats; // [rows, features] or empty
  private final float[] labelValues; // [rows, labels]
  private final float[] weights; // [rows] or empty: all 1

  private Block(
      int rows, int features, int labels, byte[] bytes, float[] floats, float[] y, float[] w) {
    checkLength("features", bytes.length + floats.length, (long) rows * features);
    checkLength("labels", y.length, (long) rows * labels);
    if (w.length != 0) {
      checkLength("weights", w.length, rows);
    }
    this.rows = rows;
    this.features = features;
    this.labels = labels;
    this.bytes = bytes;
    this.floats = floats;
    this.labelValues = y;
    this.weights = w;
  }

  /**
   * Rows of float32 features.
   *
   * @param rows how many rows
   * @param features // [rows, features]
   * @param labels // [rows, labels]
   * @param weights // [rows], or empty when every row counts 1
   */
  public static Block ofFloats(int rows, float[] features, float[] labels, float[] weights) {
    return new Block(
        rows,
        perRow(rows, features.length),
        perRow(rows, labels.length),
        new byte[0],
        features,
        labels,
        weights);
  }

  /**
   * Rows of features from 0 to 255, such as grey values.
   *
   * @param rows how many rows
   * @param features as unsigned bytes // [rows, features]
   * @param labels // [rows, labels]
   * @param weights // [rows], or empty when every row counts 1
   */
  public static Block ofBytes(int rows, byte[] features, float[] labels, float[] weights) {
    return new Block(
        rows,
        perRow(rows, features.length),
        perRow(rows, labels.length),
        features,
        new float[0],
        labels,
        weights);
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** How many features a row has; 0 in a block without rows. */
  public int features() {
    return features;
  }

  /** How many labels a row has; 0 in a block without rows. */
  public int labels() {
    return labels;
  }

  /** Whether features are kept as unsigned bytes. */
  public boolean isBytes() {
    return bytes.length > 0;
  }

  /** Whether rows have weights of their own. */
  public boolean isWeighted() {
    return weights.length > 0;
  }

  /** One feature of one row. */
  public float feature(int row, int feature) {
    int at = row * features + feature;
    return isBytes() ? bytes[at] & 0xFF : floats[at];
  }

  /** One label of one row. */
  public float label(int row, int label) {
    return labelValues[row * labels + label];
  }

  /** The weight of one row. */
  public float weight(int row) {
    return weights.length == 0 ? 1 : weights[row];
  }

  /**
   * Copies the features of some rows, as floats times a factor.
   *
   * @param order row numbers
   * @param from the first place of {@code order} to take
   * @param to one past the last
   * @param scale the factor
   * @param target its first {@code (to - from) * features()} numbers are written
   */
  public void gatherFeatures(int[] order, int from, int to, float scale, Tensor target) {
    float[] run = RUNS.get();
    for (int i = from; i < to; i++) {
      int source = order[i] * features;
      int offset = (i - from) * features;
      for (int done = 0; done < features; done += RUN) {
        int length = Math.min(RUN, features - done);
        if (isBytes()) {
          KERNELS.widen(bytes, source + done, scale, run, length);
        } else {
          System.arraycopy(floats, source + done, run, 0, length);
          multiply(run, scale, length);
        }
        target.write(offset + done, run, 0, length);
      }
    }
  }

  private static void multiply(float[] run, float factor, int length) {
    for (int i = 0; i < length; i++) {
      run[i] *= factor;
    }
  }

  /** A copy of some rows, in the given order. */
  public Block select(int[] rowNumbers) {
    int count = rowNumbers.length;
    byte[] b = new byte[isBytes() ? size(count, features) : 0];
    float[] f = new float[isBytes() ? 0 : size(count, features)];
    float[] y = new float[size(count, labels)];
    float[] w = new float[weights.length == 0 ? 0 : count];
    for (int i = 0; i < count; i++) {
      int row = rowNumbers[i];
      if (isBytes()) {
        System.arraycopy(bytes, row * features, b, i * features, features);
      } else {
        System.arraycopy(floats, row * features, f, i * features, features);
      }
      System.arraycopy(labelValues, row * labels, y, i * labels, labels);
      if (w.length > 0) {
        w[i] = weights[row];
      }
    }
    return new Block(count, features, labels, b, f, y, w);
  }

  /** A row of one of several blocks, as {@link #gather} takes it. */
  static long place(int block, int row) {
    return (long) block << Integer.SIZE | row;
  }

  /** The number of the block of a {@link #place}. */
  static int blockOf(long place) {
    return (int) (place >>> Integer.SIZE);
  }

  /** The number of the row of a {@link #place}. */
  static int rowOf(long place) {
    return (int) place;
  }

  /**
   * A copy of rows of several blocks, in the given order. Bytes stay bytes only if all blocks hold
   * bytes, weights are given if one block gives them.
   *
   * @param places as {@link #place} makes them
   * @throws IllegalArgumentException if rows differ in their number of features or labels, or all
   *     together exceed what one array holds
   */
  static Block gather(List<Block> blocks, long[] places) {
    List<Block> filled = blocks.stream().filter(block -> block.rows > 0).toList();
    if (filled.isEmpty()) {
      return ofFloats(0, new float[0], new float[0], new float[0]);
    }
    Block first = filled.get(0);
    filled.forEach(first::requireSameForm);
    boolean asBytes = filled.stream().allMatch(Block::isBytes);
    boolean weighted = filled.stream().anyMatch(Block::isWeighted);
    byte[] b = new byte[asBytes ? size(places.length, first.features) : 0];
    float[] f = new float[asBytes ? 0 : size(places.length, first.features)];
    float[] y = new float[size(places.length, first.labels)];
    float[] w = new float[weighted ? places.length : 0];
    for (int i = 0; i < places.length; i++) {
      Block block = blocks.get(blockOf(places[i]));
      int row = rowOf(places[i]);
      block.copyFeatures(row, asBytes ? b : f, i);
      System.arraycopy(block.labelValues, row * first.labels, y, i * first.labels, first.labels);
      if (weighted) {
        w[i] = block.weight(row);
      }
    }
    return new Block(places.length, first.features, first.labels, b, f, y, w);
  }

  /** Copies the features of a row to the place of another row, bytes perhaps as floats. */
  private void copyFeatures(int row, Object target, int targetRow) {
    int from = row * features;
    int to = targetRow * features;
    if (isBytes() && target instanceof float[] wide) {
      for (int i = 0; i < features; i++) {
        wide[to + i] = bytes[from + i] & 0xFF;
      }
    } else {
      System.arraycopy(isBytes() ? bytes : floats, from, target, to, features);
    }
  }

  private void requireSameForm(Block block) {
    if (block.features != features || block.labels != labels) {
      throw new IllegalArgumentException(
          "rows of "
              + features
              + " features and "
              + labels
              + " labels do not mix with rows of "
              + block.features
              + " and "
              + block.labels);
    }
  }

  /**
   * All rows of some blocks, one block after the other. Bytes stay bytes only if all blocks hold
   * bytes, weights are given if one block gives them.
   *
   * @throws IllegalArgumentException if rows differ in their number of features or labels, or all
   *     together exceed what one array holds
   */
  public static Block concatenate(List<Block> blocks) {
    return gather(
        blocks,
        IntStream.range(0, blocks.size())
            .boxed()
            .flatMapToLong(
                block ->
                    IntStream.range(0, blocks.get(block).rows).mapToLong(row -> place(block, row)))
            .toArray());
  }

  private static int size(int rows, int perRow) {
    long size = (long) rows * perRow;
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          rows + " rows of " + perRow + " values exceed one array; use more shards");
    }
    return (int) size;
  }

  private static int perRow(int rows, int length) {
    return rows == 0 ? 0 : length / rows;
  }

  private static void checkLength(String what, int length, long expected) {
    if (length != expected) {
      throw new IllegalArgumentException(
          length + " values are not the " + what + " of whole rows (" + expected + " expected)");
    }
  }

  @Override
  public String toString() {
    return "Block[" + rows + " rows, " + features + " features, " + labels + " labels]";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Block block
        && rows == block.rows
        && Arrays.equals(bytes, block.bytes)
        && Arrays.equals(floats, block.floats)
        && Arrays.equals(labelValues, block.labelValues)
        && Arrays.equals(weights, block.weights);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labelValues) + Arrays.hashCode(bytes) + Arrays.hashCode(floats);
  }
}
