package org.syncbn.spark;

import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.syncbn.sums.TableSums;

/**
 * Adds Spark's columnar batches to exact sums, column by column. The columns of a batch are the
 * feature columns, in order.
 *
 * <p>Spark refills a batch as soon as the next one is asked for, so nothing of it is kept. Values
 * at nulls are garbage and never read. Not thread-safe.
 */
final class ColumnarSums {

  /** Number of values of a block column copied at once. */
  private static final int TILE = 1 << 15;

  private final List<FeatureColumn> columns;
  private final TableSums sums;
  private final FeatureBuffer buffer;
  private final FeatureReader blocks; // for blocks that do not lie densely one behind the other
  private final BitSet nulls = new BitSet();
  private double[] scratch = new double[4096];

  private ColumnarSums(List<FeatureColumn> columns) {
    this.columns = columns;
    sums = new TableSums(columns.stream().mapToInt(FeatureColumn::width).sum());
    buffer = new FeatureBuffer(sums);
    blocks = FeatureReader.into(buffer, columns);
  }

  /** The sums of all batches. */
  static TableSums of(Iterator<ColumnarBatch> batches, List<FeatureColumn> columns) {
    ColumnarSums sink = new ColumnarSums(columns);
    while (batches.hasNext()) {
      sink.add(batches.next());
    }
    sink.buffer.flush();
    return sink.sums;
  }

  private void add(ColumnarBatch batch) {
    int rows = batch.numRows();
    if (scratch.length < rows) {
      scratch = new double[rows];
    }
    int first = 0;
    for (int c = 0; c < columns.size(); c++) {
      FeatureColumn column = columns.get(c);
      ColumnVector vector = batch.column(c);
      if (column.isBlock()) {
        addBlocks(vector, rows, c, first);
      } else {
        int values = copy(vector, rows, column);
        sums.column(first).add(scratch, 0, values);
        sums.column(first).addNulls(rows - values);
      }
      first += column.width();
    }
  }

  /** Copies the values that are not null to the start of {@link #scratch}; returns their number. */
  private int copy(ColumnVector vector, int rows, FeatureColumn column) {
    nulls.clear();
    ColumnarNumbers.copy(vector, 0, rows, column, scratch, nulls);
    if (nulls.isEmpty()) {
      return rows;
    }
    int n = 0;
    for (int r = nulls.nextClearBit(0); r < rows; r = nulls.nextClearBit(r + 1)) {
      scratch[n++] = scratch[r];
    }
    return n;
  }

  private void addBlocks(ColumnVector vector, int rows, int c, int first) {
    FeatureColumn column = columns.get(c);
    boolean isVector = column.type() == FeatureType.VECTOR;
    ColumnVector arrays = isVector ? vector.getChild(VectorFields.VALUES) : vector;
    if (arrays instanceof WritableColumnVector writable
        && liesDensely(vector, writable, isVector, rows, column.width())) {
      addTiles(writable, rows, column, first);
      return;
    }
    for (int r = 0; r < rows; r++) {
      if (vector.isNullAt(r)) {
        blocks.addNullBlock(c, first);
      } else if (isVector) {
        blocks.addVector(vector.getStruct(r), c, first);
      } else {
        blocks.addElements(vector.getArray(r), c, first);
      }
    }
  }

  /** Whether all blocks are there, of the right width, without nulls, one behind the other. */
  private static boolean liesDensely(
      ColumnVector vector, WritableColumnVector arrays, boolean isVector, int rows, int width) {
    if (vector.hasNull() || arrays.hasNull() || arrays.arrayData().hasNull()) {
      return false;
    }
    for (int r = 0; r < rows; r++) {
      if (arrays.getArrayLength(r) != width
          || arrays.getArrayOffset(r) != arrays.getArrayOffset(0) + r * width
          || isVector && vector.getChild(VectorFields.TYPE).getByte(r) != VectorFields.DENSE) {
        return false;
      }
    }
    return rows > 0;
  }

  private void addTiles(WritableColumnVector arrays, int rows, FeatureColumn column, int first) {
    WritableColumnVector elements = arrays.arrayData();
    int width = column.width();
    int tileRows = Math.max(1, TILE / width);
    for (int from = 0; from < rows; from += tileRows) {
      int count = Math.min(tileRows, rows - from);
      int offset = arrays.getArrayOffset(from);
      double[] tile =
          column.type() == FeatureType.FLOAT_ARRAY
              ? widened(elements.getFloats(offset, count * width))
              : elements.getDoubles(offset, count * width);
      for (int i = 0; i < width; i++) {
        for (int r = 0; r < count; r++) {
          scratch[r] = tile[r * width + i];
        }
        sums.column(first + i).add(scratch, 0, count);
      }
    }
  }

  private static double[] widened(float[] values) {
    double[] widened = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      widened[i] = values[i];
    }
    return widened;
  }
}
