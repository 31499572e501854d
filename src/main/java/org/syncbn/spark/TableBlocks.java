package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.data.TargetScale;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.sums.Moments;
import org.syncbn.sums.TableSums;

/**
 * Rows of a table as blocks of float32 features, labels and weights.
 *
 * <p>A label is a number, or one of the values that are the classes. Neither features nor labels
 * may be missing or not finite. Immutable; throws {@link DataException} where the data does not
 * fit.
 */
public final class TableBlocks implements Serializable {

  private static final long serialVersionUID = 1;

  private static final int ROWS_PER_BLOCK = 1 << 14;

  private final TableEncoder encoder;
  private final TargetScale target; // null: labels are taken as they are
  private final TargetColumn label;
  private final ArrayList<String> classes;
  private final TargetColumn weight;

  /**
   * Which columns mean what.
   *
   * @param data with these columns
   * @param encoder of the features
   * @param label the column to predict
   * @param classes names of the classes in the order of their indices, as {@link LabelValues} finds
   *     them; empty if labels are numbers
   * @param target how labels that are numbers are standardized, if they are
   * @param weight the column of row weights, if there is one
   */
  public TableBlocks(
      Dataset<Row> data,
      TableEncoder encoder,
      String label,
      List<String> classes,
      Optional<TargetScale> target,
      Optional<String> weight) {
    this.encoder = encoder;
    this.target = target.orElse(null);
    this.label = TargetColumn.label(data, label, classes);
    this.classes = new ArrayList<>(classes);
    this.weight =
        weight.map(name -> TargetColumn.weight(data, name)).orElse(new TargetColumn.Absent());
  }

  /**
   * How numbers to predict are standardized: by their exact mean and deviation; empty if there is
   * no deviation.
   *
   * @param label the column to predict
   */
  public static Optional<TargetScale> target(Dataset<Row> data, String label) {
    TargetColumn column = TargetColumn.label(data, label, List.of());
    Column values = column.select(ClassicDataset.columnsOf(data)).orElseThrow();
    JavaRDD<byte[]> parts =
        Sessions.rows(ClassicDataset.of(data.select(values)))
            .mapPartitions(rows -> sums(rows, column));
    TableSums sums =
        parts.getNumPartitions() == 0
            ? new TableSums(1)
            : TableSums.fromBytes(
                parts.treeReduce(
                    (a, b) -> TableSums.fromBytes(a).merge(TableSums.fromBytes(b)).toBytes()));
    Moments moments = sums.moments().get(0);
    double deviation = moments.count() == 0 ? 0 : moments.populationStandardDeviation();
    return deviation > 0 && Double.isFinite(deviation)
        ? Optional.of(new TargetScale(moments.mean(), deviation))
        : Optional.empty();
  }

  private static Iterator<byte[]> sums(Iterator<InternalRow> rows, TargetColumn column) {
    TableSums sums = new TableSums(1);
    rows.forEachRemaining(row -> sums.column(0).add(column.read(row, 0)));
    return List.of(sums.toBytes()).iterator();
  }

  /** What the columns of the blocks mean. */
  public Schema schema() {
    return new Schema(List.of(encoder.size()), encoder.encoding().features(), classes);
  }

  /**
   * The rows, a block for some thousands of them.
   *
   * @param data the one that this was made for
   */
  public JavaRDD<Block> blocks(Dataset<Row> data) {
    List<Column> all = ClassicDataset.columnsOf(data);
    List<Column> selected = encoder.columns().in(all, data.schema().fields());
    label.select(all).ifPresent(selected::add);
    weight.select(all).ifPresent(selected::add);
    return Sessions.rows(ClassicDataset.of(data.select(selected.toArray(Column[]::new))))
        .mapPartitions(this::blocks);
  }

  private Iterator<Block> blocks(Iterator<InternalRow> rows) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Block next() {
        return block(rows);
      }
    };
  }

  private Block block(Iterator<InternalRow> rows) {
    boolean isWeighted = !(weight instanceof TargetColumn.Absent);
    int labelPlace = encoder.columns().count();
    int weightPlace = labelPlace + 1;
    TableEncoder.Encoder encoding = encoder.open();
    int features = encoder.size();
    float[] x = new float[0];
    float[] y = new float[ROWS_PER_BLOCK];
    float[] w = new float[isWeighted ? ROWS_PER_BLOCK : 0];
    int count = 0;
    for (; count < ROWS_PER_BLOCK && rows.hasNext(); count++) {
      InternalRow row = rows.next();
      x = withRoom(x, count, features);
      encoding.encode(row, x, count * features);
      double value = label.read(row, labelPlace);
      y[count] = (float) (target == null ? value : target.standardized(value));
      if (isWeighted) {
        w[count] = (float) weight.read(row, weightPlace);
      }
    }
    return Block.ofFloats(
        count,
        Arrays.copyOf(x, count * features),
        Arrays.copyOf(y, count),
        Arrays.copyOf(w, Math.min(w.length, count)));
  }

  /** The features of the rows of a block, with room for one more. */
  private static float[] withRoom(float[] x, int row, int features) {
    int needed = Math.multiplyExact(row + 1, features);
    if (needed <= x.length) {
      return x;
    }
    int most = Math.multiplyExact(ROWS_PER_BLOCK, features);
    return Arrays.copyOf(x, Math.max(needed, Math.min(2 * x.length, most)));
  }
}
