package org.syncbn.data;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.syncbn.tensor.Tensor;

/**
 * Rows of features, labels and weights: features as float32, or as unsigned bytes for images, in
 * arrays or where {@link RowMemory} puts them. Immutable by convention: the arrays are not copied
 * and must not be changed.
 *
 * <p>A label is a class index, or one or more targets; a row's weight is 1 unless weights are
 * given.
 */
public final class Block implements Serializable {

  private static final long serialVersionUID = 1;

  /** How many features are turned into floats at once: they stay in the first-level cache. */
  static final int RUN = 2_048;

  /** A buffer for each thread that gathers. */
  private static final ThreadLocal<float[]> RUNS = ThreadLocal.withInitial(() -> new float[RUN]);

  private final int rows;
  private final int labels;
  private final FeatureRows features; // [rows, features]
  private final float[] labelValues; // [rows, labels]
  private final float[] weights; // [rows] or empty: all 1

  private Block(int rows, int labels, FeatureRows features, float[] y, float[] w) {
    checkLength("labels", y.length, (long) rows * labels);
    if (w.length != 0) {
      checkLength("weights", w.length, rows);
    }
    this.rows = rows;
    this.labels = labels;
    this.features = features;
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
    int width = perRow(rows, features.length);
    checkLength("features", features.length, (long) rows * width);
    return new Block(
        rows, perRow(rows, labels.length), FeatureRows.of(rows, width, features), labels, weights);
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
    int width = perRow(rows, features.length);
    checkLength("features", features.length, (long) rows * width);
    return new Block(
        rows, perRow(rows, labels.length), FeatureRows.of(rows, width, features), labels, weights);
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** How many features a row has; 0 in a block without rows. */
  public int features() {
    return features.width();
  }

  /** How many labels a row has; 0 in a block without rows. */
  public int labels() {
    return labels;
  }

  /** Whether features are kept as unsigned bytes. */
  public boolean isBytes() {
    return features.isBytes();
  }

  /** Whether rows have weights of their own. */
  public boolean isWeighted() {
    return weights.length > 0;
  }

  /** One feature of one row. */
  public float feature(int row, int feature) {
    return features.get(row, feature);
  }

  /** Copies some features of one row, as floats: from one on, at most {@link #RUN}. */
  void read(int row, int from, float[] run, int length) {
    features.read(row, from, 1, run, length);
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
    int width = features();
    for (int i = from; i < to; i++) {
      int offset = (i - from) * width;
      for (int done = 0; done < width; done += RUN) {
        int length = Math.min(RUN, width - done);
        features.read(order[i], done, scale, run, length);
        target.write(offset + done, run, 0, length);
      }
    }
  }

  /** A copy of some rows, in the given order. */
  public Block select(int[] rowNumbers) {
    return gather(
        List.of(this),
        Arrays.stream(rowNumbers).mapToLong(row -> place(0, row)).toArray(),
        RowMemory.HEAP);
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
   * @param memory where the copies of the features are kept
   * @throws IllegalArgumentException if rows differ in their number of features or labels
   */
  static Block gather(List<Block> blocks, long[] places, RowMemory memory) {
    List<Block> filled = blocks.stream().filter(block -> block.rows > 0).toList();
    if (filled.isEmpty()) {
      return ofFloats(0, new float[0], new float[0], new float[0]);
    }
    Block first = filled.get(0);
    filled.forEach(first::requireSameForm);
    boolean asBytes = filled.stream().allMatch(Block::isBytes);
    boolean weighted = filled.stream().anyMatch(Block::isWeighted);
    int count = places.length;
    FeatureRows x =
        FeatureRows.gather(
            count,
            first.features(),
            asBytes,
            memory,
            (i, target, at) ->
                target.copy(at, blocks.get(blockOf(places[i])).features, rowOf(places[i])));
    float[] y = new float[Math.multiplyExact(count, first.labels)];
    float[] w = new float[weighted ? count : 0];
    for (int i = 0; i < count; i++) {
      Block block = blocks.get(blockOf(places[i]));
      int row = rowOf(places[i]);
      System.arraycopy(block.labelValues, row * first.labels, y, i * first.labels, first.labels);
      if (weighted) {
        w[i] = block.weight(row);
      }
    }
    return new Block(count, first.labels, x, y, w);
  }

  private void requireSameForm(Block block) {
    if (block.features() != features() || block.labels != labels) {
      throw new IllegalArgumentException(
          "rows of "
              + features()
              + " features and "
              + labels
              + " labels do not mix with rows of "
              + block.features()
              + " and "
              + block.labels);
    }
  }

  /** A copy whose features are where a memory has room for them. */
  Block in(RowMemory memory) {
    return rows == 0
        ? this
        : gather(
            List.of(this),
            IntStream.range(0, rows).mapToLong(row -> place(0, row)).toArray(),
            memory);
  }

  /**
   * All rows of some blocks, one block after the other. Bytes stay bytes only if all blocks hold
   * bytes, weights are given if one block gives them.
   *
   * @throws IllegalArgumentException if rows differ in their number of features or labels
   */
  public static Block concatenate(List<Block> blocks) {
    return gather(
        blocks,
        IntStream.range(0, blocks.size())
            .boxed()
            .flatMapToLong(
                block ->
                    IntStream.range(0, blocks.get(block).rows).mapToLong(row -> place(block, row)))
            .toArray(),
        RowMemory.HEAP);
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
    return "Block[" + rows + " rows, " + features() + " features, " + labels + " labels]";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Block block
        && rows == block.rows
        && features.equals(block.features)
        && Arrays.equals(labelValues, block.labelValues)
        && Arrays.equals(weights, block.weights);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labelValues) + features.hashCode();
  }
}
