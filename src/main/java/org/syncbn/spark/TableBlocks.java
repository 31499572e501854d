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
  private final ArrayList<TargetScale> targets; // none: labels are taken as they are
  private final ArrayList<TargetColumn> labels = new ArrayList<>();
  private final ArrayList<String> classes;
  private final TargetColumn weight;

  /**
   * Which columns mean what.
   *
   * @param data with these columns
   * @param encoder of the features
   * @param labels the columns to predict
   * @param classes names of the classes in the order of their indices, as {@link LabelValues} finds
   *     them; empty if labels are numbers
   * @param targets how labels that are numbers are standardized, one for each; none if they are not
   * @param weight the column of row weights, if there is one
   */
  public TableBlocks(
      Dataset<Row> data,
      TableEncoder encoder,
      List<String> labels,
      List<String> classes,
      List<TargetScale> targets,
      Optional<String> weight) {
    this.encoder = encoder;
    this.targets = new ArrayList<>(targets);
    labels.forEach(name -> this.labels.add(TargetColumn.label(data, name, classes)));
    this.classes = new ArrayList<>(classes);
    this.weight =
        weight.map(name -> TargetColumn.weight(data, name)).orElse(new TargetColumn.Absent());
  }

  /**
   * How numbers to predict are standardized: by their exact means and deviations. A column without
   * a deviation is only centered.
   *
   * @param labels the columns to predict
   */
  public static List<TargetScale> targets(Dataset<Row> data, List<String> labels) {
    ArrayList<TargetColumn> columns = new ArrayList<>();
    labels.forEach(label -> columns.add(TargetColumn.label(data, label, List.of())));
    List<Column> all = ClassicDataset.columnsOf(data);
    Column[] values =
        columns.stream().map(column -> column.select(all).orElseThrow()).toArray(Column[]::new);
    JavaRDD<byte[]> parts =
        Sessions.rows(ClassicDataset.of(data.select(values)))
            .mapPartitions(rows -> sums(rows, columns));
    TableSums sums =
        parts.getNumPartitions() == 0
            ? new TableSums(labels.size())
            : TableSums.fromBytes(
                parts.treeReduce(
                    (a, b) -> TableSums.fromBytes(a).merge(TableSums.fromBytes(b)).toBytes()));
    return sums.moments().stream().map(TableBlocks::target).toList();
  }

  private static TargetScale target(Moments moments) {
    if (moments.count() == 0) {
      return new TargetScale(0, 1);
    }
    double deviation = moments.populationStandardDeviation();
    boolean spreads = deviation > 0 && Double.isFinite(deviation);
    return new TargetScale(moments.mean(), spreads ? deviation : 1);
  }

  private static Iterator<byte[]> sums(Iterator<InternalRow> rows, List<TargetColumn> columns) {
    TableSums sums = new TableSums(columns.size());
    rows.forEachRemaining(
        row -> {
          for (int i = 0; i < columns.size(); i++) {
            sums.column(i).add(columns.get(i).read(row, i));
          }
        });
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
    labels.forEach(label -> label.select(all).ifPresent(selected::add));
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
    int each = labels.size();
    int weightPlace = labelPlace + each;
    TableEncoder.Encoder encoding = encoder.open();
    int features = encoder.size();
    float[] x = new float[0];
    float[] y = new float[Math.multiplyExact(ROWS_PER_BLOCK, each)];
    float[] w = new float[isWeighted ? ROWS_PER_BLOCK : 0];
    int count = 0;
    for (; count < ROWS_PER_BLOCK && rows.hasNext(); count++) {
      InternalRow row = rows.next();
      x = withRoom(x, count, features);
      encoding.encode(row, x, count * features);
      for (int i = 0; i < each; i++) {
        double value = labels.get(i).read(row, labelPlace + i);
        y[count * each + i] =
            (float) (targets.isEmpty() ? value : targets.get(i).standardized(value));
      }
      if (isWeighted) {
        w[count] = (float) weight.read(row, weightPlace);
      }
    }
    return Block.ofFloats(
        count,
        Arrays.copyOf(x, count * features),
        Arrays.copyOf(y, count * each),
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
