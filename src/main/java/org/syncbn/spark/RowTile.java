package org.syncbn.spark;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * Some rows of a table that fit the caches of a core: their numbers as doubles, feature by feature,
 * and for all that is no number the rows themselves. Columnar batches and rows become the same
 * tiles, without an object for a value.
 *
 * <p>Filled again when the next one is asked for, so nothing of it is kept. Not thread-safe.
 */
final class RowTile {

  private static final int VALUES = 1 << 15; // 256 KiB of doubles
  private static final int MOST_ROWS = 1 << 12;
  private static final int FEWEST_ROWS = 16;

  private final List<FeatureColumn> columns;
  private final double[][] numbers; // [features][rows], NaN at nulls
  private final BitSet[] nulls; // [features]
  private final InternalRow[] copies; // [rows], of rows that are not in a batch
  private final FeatureReader reader;
  private ColumnarBatch batch; // null: rows
  private int from; // the first row in the batch
  private int rows;
  private int filling; // the row that the reader fills

  private RowTile(List<FeatureColumn> columns) {
    int features = columns.stream().mapToInt(FeatureColumn::width).sum();
    int most = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, VALUES / Math.max(1, features)));
    this.columns = columns;
    numbers = new double[features][most];
    nulls = IntStream.range(0, features).mapToObj(f -> new BitSet()).toArray(BitSet[]::new);
    copies = new InternalRow[most];
    reader =
        FeatureReader.intoZeros(
            new FeatureSink() {
              @Override
              public void add(int feature, double value) {
                numbers[feature][filling] = value;
              }

              @Override
              public void addNull(int feature) {
                nulls[feature].set(filling);
                numbers[feature][filling] = Double.NaN;
              }
            },
            columns);
  }

  /**
   * Reads some columns of a data set in one pass, in columnar batches where there are any.
   *
   * @param all the columns of {@code data}
   * @param selected those that are read: first those of {@code numbers}
   * @param numbers the columns of features
   * @param work what becomes of the tiles of a partition
   */
  static <T> JavaRDD<T> scan(
      Dataset<Row> data,
      List<Column> all,
      List<Column> selected,
      List<FeatureColumn> numbers,
      FlatMapFunction<Iterator<RowTile>, T> work) {
    ColumnScan scan = ColumnScan.of(data, all, selected);
    return scan.batches()
        .map(batches -> batches.mapPartitions(part -> work.call(ofBatches(part, numbers))))
        .orElseGet(() -> scan.rows().mapPartitions(part -> work.call(ofRows(part, numbers))));
  }

  static Iterator<RowTile> ofBatches(Iterator<ColumnarBatch> batches, List<FeatureColumn> columns) {
    RowTile tile = new RowTile(columns);
    return new Iterator<>() {
      private int next; // row of the batch

      @Override
      public boolean hasNext() {
        while ((tile.batch == null || next == tile.batch.numRows()) && batches.hasNext()) {
          tile.batch = batches.next();
          next = 0;
        }
        return tile.batch != null && next < tile.batch.numRows();
      }

      @Override
      public RowTile next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        tile.fill(next);
        next += tile.rows;
        return tile;
      }
    };
  }

  static Iterator<RowTile> ofRows(Iterator<InternalRow> rows, List<FeatureColumn> columns) {
    RowTile tile = new RowTile(columns);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public RowTile next() {
        tile.fill(rows);
        return tile;
      }
    };
  }

  private void fill(int first) {
    from = first;
    rows = Math.min(copies.length, batch.numRows() - first);
    int feature = 0;
    for (int c = 0; c < columns.size(); c++) {
      FeatureColumn column = columns.get(c);
      if (column.isBlock()) {
        fillBlocks(batch.column(c), c, feature);
      } else {
        nulls[feature].clear();
        ColumnarNumbers.copy(
            batch.column(c), first, rows, column, numbers[feature], nulls[feature]);
        double[] values = numbers[feature];
        nulls[feature].stream().forEach(row -> values[row] = Double.NaN);
      }
      feature += column.width();
    }
  }

  private void fillBlocks(ColumnVector vector, int c, int feature) {
    for (int i = 0; i < columns.get(c).width(); i++) {
      nulls[feature + i].clear();
      Arrays.fill(numbers[feature + i], 0, rows, 0);
    }
    for (filling = 0; filling < rows; filling++) {
      int row = from + filling;
      if (vector.isNullAt(row)) {
        reader.addNullBlock(c, feature);
      } else if (columns.get(c).type() == FeatureType.VECTOR) {
        reader.addVector(vector.getStruct(row), c, feature);
      } else {
        reader.addElements(vector.getArray(row), c, feature);
      }
    }
  }

  private void fill(Iterator<InternalRow> iterator) {
    for (BitSet of : nulls) {
      of.clear();
    }
    for (double[] of : numbers) {
      Arrays.fill(of, 0);
    }
    for (filling = 0; filling < copies.length && iterator.hasNext(); filling++) {
      copies[filling] = iterator.next().copy();
      reader.add(copies[filling]);
    }
    rows = filling;
  }

  /** How many rows there are. */
  int rows() {
    return rows;
  }

  /** How many features the numbers are. */
  int features() {
    return numbers.length;
  }

  /** The values of a feature // [at least rows], NaN at nulls. */
  double[] numbers(int feature) {
    return numbers[feature];
  }

  /** Which values of a feature are null. */
  BitSet nulls(int feature) {
    return nulls[feature];
  }

  /** All columns of a row; valid until the next one is asked for. */
  InternalRow row(int row) {
    return batch == null ? copies[row] : batch.getRow(from + row);
  }
}
