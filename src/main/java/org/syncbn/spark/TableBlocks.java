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
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Sessions;

/**
 * Rows of a table as blocks of float32 features, labels and weights; or of features alone, where
 * nobody looks at labels.
 *
 * <p>A label is a number, or a text that is one of some classes. Neither features nor labels may be
 * missing or not finite. Immutable; throws {@link DataException} where the data does not fit.
 */
public final class TableBlocks implements Serializable {

  private static final long serialVersionUID = 1;

  private static final int ROWS_PER_BLOCK = 1 << 14;

  /** More texts than this are names of things, not of classes, and would flood the driver. */
  private static final int MOST_CLASSES = 10_000;

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
   * @param classes the texts that labels are, in the order of their indices; empty if labels are
   *     numbers
   * @param weight the column of row weights, if there is one
   */
  public TableBlocks(
      Dataset<Row> data,
      List<String> featureNames,
      String label,
      List<String> classes,
      Optional<String> weight) {
    this(
        Features.ofFeatures(data, featureNames),
        TargetColumn.label(data, label, classes),
        classes,
        weight.map(name -> TargetColumn.weight(data, name)).orElse(new TargetColumn.Absent()));
  }

  private TableBlocks(
      Features features, TargetColumn label, List<String> classes, TargetColumn weight) {
    this.columns = new ArrayList<>(features.columns());
    this.features = features.size();
    this.label = label;
    this.classes = new ArrayList<>(classes);
    this.weight = weight;
  }

  /** Blocks of features alone. */
  public static TableBlocks withoutLabels(Features features) {
    return new TableBlocks(
        features, new TargetColumn.Absent(), List.of(), new TargetColumn.Absent());
  }

  /** The texts of a label column in ascending order; empty if its labels are numbers. */
  public static List<String> classes(Dataset<Row> data, String label) {
    int column = Features.ordinal(data.schema().fields(), label);
    if (!data.schema().fields()[column].dataType().equals(DataTypes.StringType)) {
      return List.of();
    }
    List<String> found =
        data.toJavaRDD().map(row -> row.getString(column)).distinct().take(MOST_CLASSES + 1);
    if (found.size() > MOST_CLASSES) {
      throw new DataException(
          "Column '%s' has more than %d different texts: these are no classes. Name another column to predict, or the classes."
              .formatted(label, MOST_CLASSES));
    }
    if (found.contains(null)) {
      throw TargetColumn.unlabelled(label);
    }
    return found.stream().sorted().toList();
  }

  /** Whether every text of a label column is a number, missing ones left out. */
  public static boolean areNumbers(Dataset<Row> data, String label) {
    int column = Features.ordinal(data.schema().fields(), label);
    return data.schema().fields()[column].dataType().equals(DataTypes.StringType)
        && data.toJavaRDD()
            .map(row -> row.getString(column))
            .filter(text -> text != null && DecimalText.number(text).isEmpty())
            .isEmpty();
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
    return read(data, List.of()).mapPartitions(this::blocks);
  }

  /**
   * The rows as {@link #block} takes them.
   *
   * @param data the one that this was made for
   * @param kept columns to stand behind those that this reads
   */
  public JavaRDD<InternalRow> read(Dataset<Row> data, List<Column> kept) {
    List<Column> all = ClassicDataset.columnsOf(data);
    List<Column> selected = new ArrayList<>();
    columns.forEach(column -> selected.add(column.in(all)));
    label.select(all).ifPresent(selected::add);
    weight.select(all).ifPresent(selected::add);
    selected.addAll(kept);
    return Sessions.rows(ClassicDataset.of(data.select(selected.toArray(Column[]::new))));
  }

  private Iterator<Block> blocks(Iterator<InternalRow> rows) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Block next() {
        return block(rows, ROWS_PER_BLOCK);
      }
    };
  }

  /**
   * The next rows as one block.
   *
   * @param rows as {@link #read} gives them
   * @param capacity the most rows that are taken
   */
  public Block block(Iterator<InternalRow> rows, int capacity) {
    boolean isLabelled = !(label instanceof TargetColumn.Absent);
    boolean isWeighted = !(weight instanceof TargetColumn.Absent);
    int labelPlace = columns.size();
    int weightPlace = labelPlace + (isLabelled ? 1 : 0);
    Values values = new Values(capacity);
    FeatureReader reader = FeatureReader.into(values, columns);
    float[] y = new float[isLabelled ? capacity : 0];
    float[] w = new float[isWeighted ? capacity : 0];
    int count = 0;
    for (; count < capacity && rows.hasNext(); count++) {
      InternalRow row = rows.next();
      values.makeRoom(count);
      reader.add(row);
      if (isLabelled) {
        y[count] = label.read(row, labelPlace);
      }
      if (isWeighted) {
        w[count] = weight.read(row, weightPlace);
      }
    }
    return Block.ofFloats(
        count,
        Arrays.copyOf(values.x, count * features),
        Arrays.copyOf(y, Math.min(y.length, count)),
        Arrays.copyOf(w, Math.min(w.length, count)));
  }

  /** The features of the rows of a block, [rows, features]. */
  private final class Values implements FeatureSink {

    private final int capacity;
    private float[] x = new float[0];
    private int first; // of the row at hand

    Values(int capacity) {
      this.capacity = capacity;
    }

    void makeRoom(int row) {
      first = row * features;
      int needed = Math.multiplyExact(row + 1, features);
      if (needed > x.length) {
        x = Arrays.copyOf(x, Math.max(needed, Math.min(2 * x.length, capacity * features)));
      }
    }

    @Override
    public void add(int feature, double value) {
      float number = (float) value;
      x[first + feature] =
          Float.isFinite(number) ? number : TargetColumn.finite(value, column(feature));
    }

    @Override
    public void addNull(int feature) {
      throw TargetColumn.missing(column(feature));
    }

    private String column(int feature) {
      int end = 0;
      for (FeatureColumn column : columns) {
        end += column.width();
        if (feature < end) {
          return column.name();
        }
      }
      throw new IllegalArgumentException("no feature " + feature);
    }
  }
}
