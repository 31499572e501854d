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
import org.syncbn.data.ShardData;
import org.syncbn.data.TableEncoding;
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

  private static final int VALUES_PER_BLOCK = 1 << 20; // 4 MiB of features

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
    TableEncoding encoding = encoder.encoding();
    return new Schema(List.of(encoder.size()), encoding.features(), classes, encoding.embedded());
  }

  /**
   * The rows, in blocks of some megabytes.
   *
   * @param data the one that this was made for, or some of its rows
   */
  public JavaRDD<Block> blocks(Dataset<Row> data) {
    RowSplit whole = RowSplit.whole(encoder.columns());
    return pieces(data, whole, RowSplit.Part.TRAINING, Optional.empty()).map(ShardData::training);
  }

  /**
   * The rows of one part or of two, in pieces of some megabytes, read in one pass.
   *
   * @param data the one that this was made for, or some of its rows
   * @param split which rows are in which part
   * @param training the part whose rows weights are fitted to
   * @param validation the part whose rows are held out, if they are wanted
   */
  public JavaRDD<ShardData> pieces(
      Dataset<Row> data,
      RowSplit split,
      RowSplit.Part training,
      Optional<RowSplit.Part> validation) {
    List<Column> all = ClassicDataset.columnsOf(data);
    List<Column> selected = encoder.columns().in(all, data.schema().fields());
    labels.forEach(label -> label.select(all).ifPresent(selected::add));
    weight.select(all).ifPresent(selected::add);
    RowSplit.Part held = validation.orElse(training);
    return RowTile.scan(
        data,
        all,
        selected,
        encoder.columns().numbers().columns(),
        tiles -> new Pieces(tiles, split.assignment(), training, held));
  }

  /** Cuts the rows of a partition into pieces. */
  private final class Pieces implements Iterator<ShardData> {

    private final Iterator<RowTile> tiles;
    private final RowSplit.Assignment assignment;
    private final RowSplit.Part training;
    private final RowSplit.Part held;
    private final TableEncoder.Encoder encoding = encoder.open();

    Pieces(
        Iterator<RowTile> tiles,
        RowSplit.Assignment assignment,
        RowSplit.Part training,
        RowSplit.Part held) {
      this.tiles = tiles;
      this.assignment = assignment;
      this.training = training;
      this.held = held;
    }

    @Override
    public boolean hasNext() {
      return tiles.hasNext();
    }

    @Override
    public ShardData next() {
      int enough = Math.max(1, VALUES_PER_BLOCK / encoder.size());
      Rows fitted = new Rows();
      Rows heldOut = new Rows();
      do {
        RowTile tile = tiles.next();
        int[] wanted = new int[tile.rows()];
        int[] others = new int[tile.rows()];
        int count = 0;
        int otherCount = 0;
        RowSplit.Part[] parts = assignment.parts(tile);
        for (int row = 0; row < tile.rows(); row++) {
          if (parts[row] == training) {
            wanted[count++] = row;
          } else if (parts[row] == held) {
            others[otherCount++] = row;
          }
        }
        fitted.add(tile, wanted, count);
        heldOut.add(tile, others, otherCount);
      } while (tiles.hasNext() && fitted.count + heldOut.count < enough);
      return new ShardData(fitted.block(), heldOut.block());
    }

    /** A block that grows. */
    private final class Rows {

      private final boolean isWeighted = !(weight instanceof TargetColumn.Absent);
      private float[] x = new float[0];
      private float[] y = new float[0];
      private float[] w = new float[0];
      private int count;

      void add(RowTile tile, int[] rows, int added) {
        int features = encoder.size();
        x = withRoom(x, Math.multiplyExact(count + added, features));
        int each = labels.size();
        y = withRoom(y, Math.multiplyExact(count + added, each));
        w = isWeighted ? withRoom(w, count + added) : w;
        encoding.encode(tile, rows, added, x, count * features);
        int labelPlace = encoder.columns().count();
        for (int i = 0; i < added; i++) {
          InternalRow row = tile.row(rows[i]);
          for (int l = 0; l < each; l++) {
            double value = labels.get(l).read(row, labelPlace + l);
            y[(count + i) * each + l] =
                (float) (targets.isEmpty() ? value : targets.get(l).standardized(value));
          }
          if (isWeighted) {
            w[count + i] = (float) weight.read(row, labelPlace + each);
          }
        }
        count += added;
      }

      Block block() {
        return Block.ofFloats(
            count,
            Arrays.copyOf(x, count * encoder.size()),
            Arrays.copyOf(y, count * labels.size()),
            Arrays.copyOf(w, isWeighted ? count : 0));
      }

      private static float[] withRoom(float[] values, int needed) {
        return needed <= values.length
            ? values
            : Arrays.copyOf(
                values, Math.max(needed, Math.min(2 * values.length, VALUES_PER_BLOCK)));
      }
    }
  }
}
