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
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sessions;

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

  private final ArrayList<FeatureColumn> columns;
  private final int features;
  private final TargetColumn label;
  private final ArrayList<String> classes;
  private final TargetColumn weight;

  /**
   * Which columns mean what.
   *
   * @param data with these columns
   * @param featureNames the features to predict from
   * @param label the column to predict
   * @param classes names of the classes in the order of their indices, as {@link LabelValues} finds
   *     them; empty if labels are numbers
   * @param weight the column of row weights, if there is one
   */
  public TableBlocks(
      Dataset<Row> data,
      List<String> featureNames,
      String label,
      List<String> classes,
      Optional<String> weight) {
    Features found = Features.ofFeatures(data, featureNames);
    this.columns = new ArrayList<>(found.columns());
    this.features = found.size();
    this.label = TargetColumn.label(data, label, classes);
    this.classes = new ArrayList<>(classes);
    this.weight =
        weight.map(name -> TargetColumn.weight(data, name)).orElse(new TargetColumn.Absent());
  }

  /** What the columns of the blocks mean. */
  public Schema schema() {
    List<String> names =
        columns.stream().flatMap(column -> column.featureNames().stream()).toList();
    return new Schema(List.of(features), names, classes);
  }

  /**
   * The rows, a block for some thousands of them.
   *
   * @param data the one that this was made for
   */
  public JavaRDD<Block> blocks(Dataset<Row> data) {
    List<Column> all = ClassicDataset.columnsOf(data);
    List<Column> selected = new ArrayList<>();
    columns.forEach(column -> selected.add(column.in(all)));
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
    int labelPlace = columns.size();
    int weightPlace = labelPlace + 1;
    Values values = new Values();
    FeatureReader reader = FeatureReader.into(new FiniteFeatures(columns, values::put), columns);
    float[] y = new float[ROWS_PER_BLOCK];
    float[] w = new float[isWeighted ? ROWS_PER_BLOCK : 0];
    int count = 0;
    for (; count < ROWS_PER_BLOCK && rows.hasNext(); count++) {
      InternalRow row = rows.next();
      values.makeRoom(count);
      reader.add(row);
      y[count] = (float) label.read(row, labelPlace);
      if (isWeighted) {
        w[count] = (float) weight.read(row, weightPlace);
      }
    }
    return Block.ofFloats(
        count,
        Arrays.copyOf(values.x, count * features),
        Arrays.copyOf(y, count),
        Arrays.copyOf(w, Math.min(w.length, count)));
  }

  /** The features of the rows of a block, [rows, features]. */
  private final class Values {

    private float[] x = new float[0];
    private int first; // of the row at hand

    void makeRoom(int row) {
      first = row * features;
      int needed = Math.multiplyExact(row + 1, features);
      if (needed > x.length) {
        int most = Math.multiplyExact(ROWS_PER_BLOCK, features);
        x = Arrays.copyOf(x, Math.max(needed, Math.min(2 * x.length, most)));
      }
    }

    void put(int feature, float value) {
      x[first + feature] = value;
    }
  }
}
