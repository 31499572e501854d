package io.syncbn.spark;

import io.syncbn.data.Block;
import io.syncbn.data.Schema;
import io.syncbn.spark.files.DataException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

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
  private final ArrayList<String> featureNames;
  private final int features;
  private final int labelColumn; // or -1
  private final String label;
  private final ArrayList<String> classes;
  private final int weightColumn; // or -1
  private final String weight;

  /**
   * Which columns mean what.
   *
   * @param features the columns to predict from
   * @param data with these columns
   * @param label the column to predict
   * @param classes the texts that labels are, in the order of their indices; empty if labels are
   *     numbers
   * @param weight the column of row weights, if there is one
   */
  public TableBlocks(
      Features features,
      Dataset<Row> data,
      String label,
      List<String> classes,
      Optional<String> weight) {
    this(
        features,
        label,
        ordinal(data, label),
        classes,
        weight.map(name -> ordinal(data, name)).orElse(-1),
        weight.orElse(""));
  }

  private TableBlocks(
      Features features,
      String label,
      int labelColumn,
      List<String> classes,
      int weightColumn,
      String weight) {
    this.columns = new ArrayList<>(features.columns());
    this.featureNames = new ArrayList<>(features.names());
    this.features = features.size();
    this.label = label;
    this.labelColumn = labelColumn;
    this.classes = new ArrayList<>(classes);
    this.weightColumn = weightColumn;
    this.weight = weight;
  }

  /** Blocks of features alone. */
  public static TableBlocks withoutLabels(Features features) {
    return new TableBlocks(features, "", -1, List.of(), -1, "");
  }

  /** The texts of a label column in ascending order; empty if its labels are numbers. */
  public static List<String> classes(Dataset<Row> data, String label) {
    int column = ordinal(data, label);
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
      throw unlabelled(label);
    }
    return found.stream().sorted().toList();
  }

  /** What the columns of the blocks mean. */
  public Schema schema() {
    return new Schema(List.of(features), featureNames, classes);
  }

  /** The rows, a block for some thousands of them. */
  public JavaRDD<Block> blocks(Dataset<Row> data) {
    return data.toJavaRDD().mapPartitions(this::blocks);
  }

  private Iterator<Block> blocks(Iterator<Row> rows) {
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
   * @param rows of the data whose columns this was made for
   * @param capacity the most rows that are taken
   */
  public Block block(Iterator<Row> rows, int capacity) {
    float[] x = new float[0];
    float[] y = new float[labelColumn < 0 ? 0 : capacity];
    float[] w = new float[weightColumn < 0 ? 0 : capacity];
    int count = 0;
    for (; count < capacity && rows.hasNext(); count++) {
      Row row = rows.next();
      int needed = Math.multiplyExact(count + 1, features);
      if (needed > x.length) {
        x = Arrays.copyOf(x, Math.max(needed, Math.min(2 * x.length, capacity * features)));
      }
      int at = count * features;
      for (FeatureColumn column : columns) {
        at = read(value(row, column), column, x, at);
      }
      if (labelColumn >= 0) {
        y[count] = label(row.get(labelColumn));
      }
      if (weightColumn >= 0) {
        w[count] = weight(row.get(weightColumn));
      }
    }
    return Block.ofFloats(
        count,
        Arrays.copyOf(x, count * features),
        Arrays.copyOf(y, Math.min(y.length, count)),
        Arrays.copyOf(w, Math.min(w.length, count)));
  }

  private static Object value(Row row, FeatureColumn column) {
    Object value = row.get(column.ordinal());
    for (String field : column.fields()) {
      value = value == null ? null : ((Row) value).getAs(field);
    }
    return value;
  }

  private static int read(Object value, FeatureColumn column, float[] target, int at) {
    if (!column.isBlock()) {
      target[at] = number(value, column.name());
      return at + 1;
    }
    List<?> elements = elements(value, column.name());
    column.requireWidth(elements.size());
    for (Object element : elements) {
      target[at++] = number(element, column.name());
    }
    return at;
  }

  private static List<?> elements(Object block, String column) {
    if (block instanceof Vector vector) {
      return Arrays.stream(vector.toArray()).boxed().toList();
    }
    if (block instanceof org.apache.spark.mllib.linalg.Vector vector) {
      return Arrays.stream(vector.toArray()).boxed().toList();
    }
    if (block instanceof scala.collection.Seq<?> array) {
      return scala.jdk.javaapi.CollectionConverters.asJava(array);
    }
    throw missing(column);
  }

  private float label(Object value) {
    if (classes.isEmpty()) {
      return number(value, label);
    }
    if (value == null) {
      throw unlabelled(label);
    }
    int index = classes.indexOf(String.valueOf(value));
    if (index < 0) {
      throw new DataException(
          "Column '%s' has the label '%s', which is none of %s.".formatted(label, value, classes));
    }
    return index;
  }

  private float weight(Object value) {
    float number = number(value, weight);
    if (number < 0) {
      throw new DataException(
          "Column '%s' has the value %s; the weight of a row is not negative."
              .formatted(weight, value));
    }
    return number;
  }

  private static float number(Object value, String column) {
    if (value == null) {
      throw missing(column);
    }
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    if (!(value instanceof Number number)) {
      throw new DataException(
          "Column '%s' has the value '%s', which is no number.".formatted(column, value));
    }
    float result = number.floatValue();
    if (!Float.isFinite(result)) {
      throw new DataException(
          "Column '%s' has the value %s; a network needs finite numbers: leave such rows out or replace them."
              .formatted(column, value));
    }
    return result;
  }

  private static DataException unlabelled(String column) {
    return new DataException("Column '%s' has a row without a label.".formatted(column));
  }

  private static DataException missing(String column) {
    return new DataException(
        "Column '%s' has a missing value; a network needs all: leave such rows out or replace them."
            .formatted(column));
  }

  private static int ordinal(Dataset<Row> data, String name) {
    return Features.ordinal(data.schema().fields(), name);
  }
}
