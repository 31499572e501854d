package org.syncbn.sums;

import java.io.ByteArrayOutputStream;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Exact sums of the features of a table: one {@link ColumnSums} for each, merged feature by
 * feature.
 *
 * <p>Java serialization and {@link #toBytes()} carry the same bytes. Not thread-safe.
 */
public final class TableSums implements Serializable {

  @Serial private static final long serialVersionUID = 1L;

  /** Columns that are gathered together from rows: as many as a cache line holds doubles. */
  private static final int TILE_COLUMNS = 8;

  /** Rows that are gathered together: their cache lines of one tile stay in the first level. */
  private static final int TILE_ROWS = 128;

  private final transient ColumnSums[] columns;
  private final transient boolean weighted;

  /**
   * The sums of no rows.
   *
   * @param columns number of features, not negative
   */
  public TableSums(int columns) {
    this(columns, false);
  }

  private TableSums(int columns, boolean weighted) {
    this(
        Stream.generate(weighted ? ColumnSums::weighted : ColumnSums::new)
            .limit(columns)
            .toArray(ColumnSums[]::new),
        weighted);
  }

  private TableSums(ColumnSums[] columns, boolean weighted) {
    this.columns = columns;
    this.weighted = weighted;
  }

  /**
   * The weighted sums of no rows.
   *
   * @param columns number of features, not negative
   */
  public static TableSums weighted(int columns) {
    return new TableSums(columns, true);
  }

  /** The sums of no rows, weighted if these are. */
  public TableSums empty() {
    return new TableSums(columns.length, weighted);
  }

  /** Whether rows have weights. */
  public boolean isWeighted() {
    return weighted;
  }

  /** Number of features. */
  public int columns() {
    return columns.length;
  }

  /**
   * The sums of one feature, to add values to.
   *
   * @param index of the feature, from 0
   */
  public ColumnSums column(int index) {
    return columns[index];
  }

  /**
   * Adds rows that hold every feature; the more rows at once, the faster: from about 1,000 on.
   *
   * @param rowMajor the values, [rows, columns], row after row; may be longer
   * @param rows number of rows
   */
  public void addRows(double[] rowMajor, int rows) {
    int width = columns.length;
    Objects.checkFromIndexSize(0, Math.multiplyExact(rows, width), rowMajor.length);
    double[][] tile = new double[Math.min(width, TILE_COLUMNS)][Math.min(rows, ExponentBins.BLOCK)];
    for (int row = 0; row < rows; row += ExponentBins.BLOCK) {
      int length = Math.min(ExponentBins.BLOCK, rows - row);
      for (int column = 0; column < width; column += TILE_COLUMNS) {
        int tileColumns = Math.min(TILE_COLUMNS, width - column);
        for (int from = 0; from < length; from += TILE_ROWS) {
          int to = Math.min(length, from + TILE_ROWS);
          for (int c = 0; c < tileColumns; c++) {
            gather(rowMajor, (row + from) * width + column + c, width, tile[c], from, to);
          }
        }
        for (int c = 0; c < tileColumns; c++) {
          columns[column + c].add(tile[c], 0, length);
        }
      }
    }
  }

  private static void gather(
      double[] rowMajor, int first, int stride, double[] column, int from, int to) {
    for (int i = from, source = first; i < to; i++, source += stride) {
      column[i] = rowMajor[source];
    }
  }

  /**
   * Counts rows whose whole vector of features is null: a null for every feature.
   *
   * @param rows how many, not negative
   */
  public void addNullRows(long rows) {
    for (ColumnSums column : columns) {
      column.addNulls(rows);
    }
  }

  /**
   * Adds all that {@code other} was given, and leaves {@code other} the same sums.
   *
   * @param other the sums of other rows of the same features
   * @return this
   * @throws IllegalArgumentException when the numbers of features differ, or one is weighted and
   *     the other is not
   */
  public TableSums merge(TableSums other) {
    if (other.columns.length != columns.length) {
      throw new IllegalArgumentException(
          "Sums of %d features cannot be merged with sums of %d."
              .formatted(columns.length, other.columns.length));
    }
    for (int c = 0; c < columns.length; c++) {
      columns[c].merge(other.columns[c]);
    }
    return this;
  }

  /** The moments of each feature, in order. */
  public List<Moments> moments() {
    return Arrays.stream(columns).map(ColumnSums::moments).toList();
  }

  /** The exact sums as bytes: equal for equal contents, however they were reached. */
  public byte[] toBytes() {
    return (weighted ? SumsFormat.WEIGHTED_TABLE : SumsFormat.TABLE).write(this::writeTo);
  }

  /**
   * The sums that {@link #toBytes()} wrote.
   *
   * @param bytes the bytes, whole
   * @throws SumsFormatException when the bytes are damaged or of a newer version
   */
  public static TableSums fromBytes(byte[] bytes) {
    boolean weighted = SumsFormat.WEIGHTED_TABLE.isKindOf(bytes);
    SumsFormat format = weighted ? SumsFormat.WEIGHTED_TABLE : SumsFormat.TABLE;
    return format.read(bytes, in -> readFrom(in, weighted), TableSums::toBytes);
  }

  void writeTo(ByteArrayOutputStream out) {
    SumsFormat.writeCount(out, columns.length);
    for (ColumnSums column : columns) {
      column.writeTo(out);
    }
  }

  static TableSums readFrom(ByteBuffer in, boolean weighted) {
    ColumnSums[] columns = new ColumnSums[SumsFormat.readLength(in)];
    Arrays.setAll(columns, c -> ColumnSums.readFrom(in, weighted));
    return new TableSums(columns, weighted);
  }

  @Serial
  private Object writeReplace() {
    return new Serialized(toBytes());
  }

  @Serial
  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("TableSums travel as their bytes.");
  }

  /** The serialized form: {@link #toBytes()} and nothing else. */
  private static final class Serialized implements Serializable {

    @Serial private static final long serialVersionUID = 1L;

    private final byte[] bytes;

    Serialized(byte[] bytes) {
      this.bytes = bytes;
    }

    @Serial
    private Object readResolve() {
      return fromBytes(bytes);
    }
  }
}
