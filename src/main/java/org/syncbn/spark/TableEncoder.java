package org.syncbn.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.data.MissingRule;
import org.syncbn.data.TableEncoding;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Expressions;

/**
 * Makes the features of a network from the rows of a data set, as a {@link TableEncoding} says: in
 * training, evaluation and prediction. Numbers are computed in double and rounded to float32 last.
 *
 * <p>Immutable; each task opens a {@link Encoder} of its own.
 */
public final class TableEncoder implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TableEncoding encoding;
  private final TableColumns columns;
  private final ArrayList<ValueIndex> categories = new ArrayList<>();
  private final FeatureScaling scaling; // null: numbers stay as they are
  private final int[] indicators; // [numbers], the place of the indicator among the features, or -1
  private final int[] places; // [categories], that of the first feature of each
  private transient Encoder opened; // for generated code

  /**
   * The encoder of a data set.
   *
   * @param encoding what becomes of its columns
   * @param scaling by which the numbers are normalized, if they are
   */
  public TableEncoder(Dataset<Row> data, TableEncoding encoding, Optional<FeatureScaling> scaling) {
    this(TableColumns.of(data, encoding), encoding, scaling);
  }

  private TableEncoder(
      TableColumns columns, TableEncoding encoding, Optional<FeatureScaling> scaling) {
    this.encoding = encoding;
    this.columns = columns;
    this.scaling = scaling.orElse(null);
    encoding.categories().forEach(category -> categories.add(new ValueIndex(category.values())));
    this.indicators = new int[encoding.numbers().size()];
    Arrays.fill(indicators, -1);
    int next = indicators.length;
    for (String name : encoding.indicators()) {
      indicators[encoding.numbers().indexOf(name)] = next++;
    }
    this.places = new int[encoding.categories().size()];
    for (TableEncoding.Category category : encoding.inOrderOfFeatures()) {
      places[encoding.categories().indexOf(category)] = next;
      next += category.width();
    }
  }

  /** An encoder of numbers in columns that may have other names than the encoding was made for. */
  public static TableEncoder ofNumbers(Features features, Optional<FeatureScaling> scaling) {
    return new TableEncoder(
        new TableColumns(features, new ArrayList<>()),
        TableEncoding.ofNumbers(features.names()),
        scaling);
  }

  /** How many features a row has. */
  int size() {
    return encoding.size();
  }

  /** The columns that are read. */
  TableColumns columns() {
    return columns;
  }

  /** What becomes of the columns. */
  TableEncoding encoding() {
    return encoding;
  }

  /** The columns that are read, in one. */
  Column source(Dataset<Row> data) {
    return columns.struct(ClassicDataset.columnsOf(data), data.schema().fields());
  }

  /**
   * The rows that have all values, where the encoding leaves out the others; else all rows.
   *
   * @param data the one that this was made for
   */
  public Dataset<Row> complete(Dataset<Row> data) {
    return encoding.missing() == MissingRule.SKIP
        ? data.where(
            Expressions.call(this, "isComplete", DataTypes.BooleanType, false, source(data)))
        : data;
  }

  /** Whether a row has all values. Called from generated code, by name. */
  public synchronized boolean isComplete(InternalRow row) {
    if (opened == null) {
      opened = open();
    }
    return opened.isComplete(row);
  }

  /** An encoder for one thread. */
  Encoder open() {
    return new Encoder();
  }

  /** Encodes rows; not thread-safe. */
  final class Encoder {

    private final FeatureReader reader;
    private final FeatureReader presence;
    private float[] target;
    private int first;
    private boolean isComplete;

    private Encoder() {
      List<FeatureColumn> numbers = columns.numbers().columns();
      reader =
          FeatureReader.into(
              new FeatureSink() {
                @Override
                public void add(int feature, double value) {
                  put(feature, value);
                }

                @Override
                public void addNull(int feature) {
                  put(feature, Double.NaN);
                }
              },
              numbers);
      presence =
          FeatureReader.into(
              new FeatureSink() {
                @Override
                public void add(int feature, double value) {
                  isComplete &= Double.isFinite(value);
                }

                @Override
                public void addNull(int feature) {
                  isComplete = false;
                }
              },
              numbers);
    }

    /**
     * Writes the features of a row.
     *
     * @param row the columns of {@link #columns()}, and perhaps others behind them
     * @param features receives them from {@code at} on; must be 0 there
     */
    void encode(InternalRow row, float[] features, int at) {
      target = features;
      first = at;
      reader.add(row);
      encodeCategories(row, features, at);
    }

    /**
     * Writes the features of rows of a tile, whose first columns are those of {@link #columns()}.
     *
     * @param rows of the tile
     * @param count how many of {@code rows}
     * @param features receives them from {@code at} on, one row behind the other; must be 0 there
     */
    void encode(RowTile tile, int[] rows, int count, float[] features, int at) {
      int size = size();
      target = features;
      for (int feature = 0; feature < tile.features(); feature++) {
        double[] values = tile.numbers(feature);
        boolean isPlain = scaling != null && scaling.isPlain(feature);
        double center = isPlain ? scaling.center(feature) : 0;
        double divisor = isPlain ? scaling.divisor(feature) : 1;
        boolean isDirect = isPlain || scaling == null;
        for (int i = 0; i < count; i++) {
          double value = values[rows[i]];
          float number = (float) (isPlain ? (value - center) / divisor : value);
          if (isDirect && Float.isFinite(number)) {
            features[at + i * size + feature] = number;
          } else {
            first = at + i * size;
            put(feature, value);
          }
        }
      }
      for (int i = 0; i < count && !categories.isEmpty(); i++) {
        encodeCategories(tile.row(rows[i]), features, at + i * size);
      }
    }

    private void encodeCategories(InternalRow row, float[] features, int at) {
      for (int c = 0; c < categories.size(); c++) {
        TableEncoding.Category category = encoding.categories().get(c);
        int first = at + places[c];
        int place = place(row, c);
        if (category.isEmbedded()) {
          features[first] = place < 0 ? 0 : place + 1;
        } else if (place >= 0) {
          features[first + place] = 1;
        } else if (category.others()) {
          features[first + category.values().size()] = 1;
        }
      }
    }

    private int place(InternalRow row, int c) {
      if (columns.categories().get(c).areNumbers()) {
        double number = columns.number(row, c);
        requirePresent(Double.isNaN(number), c);
        return categories.get(c).of(number);
      }
      UTF8String text = columns.text(row, c);
      requirePresent(text == null, c);
      return text == null ? -1 : categories.get(c).of(text);
    }

    private void requirePresent(boolean missing, int c) {
      if (missing && encoding.missing() == MissingRule.ERROR) {
        throw missing(columns.categories().get(c).name());
      }
    }

    private void put(int feature, double value) {
      double present = value;
      if (!Double.isFinite(value)) {
        if (encoding.replacements().isEmpty()) {
          throw Double.isNaN(value) ? missing(column(feature)) : notFinite(column(feature), value);
        }
        present = encoding.replacements().get(feature);
        if (indicators[feature] >= 0) {
          target[first + indicators[feature]] = 1;
        }
      }
      double number = scaling == null ? present : scaling.apply(feature, present);
      target[first + feature] = (float) number;
      if (!Float.isFinite((float) number)) {
        throw notFinite(column(feature), value);
      }
    }

    private boolean isComplete(InternalRow row) {
      isComplete = true;
      presence.add(row);
      for (int c = 0; c < categories.size() && isComplete; c++) {
        isComplete =
            columns.categories().get(c).areNumbers()
                ? !Double.isNaN(columns.number(row, c))
                : columns.text(row, c) != null;
      }
      return isComplete;
    }
  }

  private String column(int feature) {
    int end = 0;
    for (FeatureColumn column : columns.numbers().columns()) {
      end += column.width();
      if (feature < end) {
        return column.name();
      }
    }
    throw new IllegalArgumentException("no feature " + feature);
  }

  private static DataException missing(String column) {
    return new DataException(
        "Column '%s' has a missing value; a network needs all: leave such rows out, replace them, or set data.missing to mean, indicator or skip."
            .formatted(column));
  }

  private static DataException notFinite(String column, double value) {
    return new DataException(
        "Column '%s' has the value %s; a network needs finite numbers: leave such rows out, replace them, or set data.missing to mean, indicator or skip."
            .formatted(column, value));
  }
}
