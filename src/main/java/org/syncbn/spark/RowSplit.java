package org.syncbn.spark;

import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import org.syncbn.data.RowHash;
import org.syncbn.data.TableEncoding;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.internals.Expressions;
import org.syncbn.sums.TableSums;
import org.syncbn.tensor.CounterRandom;

/**
 * Which rows of a table are held out, for tests and for validation: decided by a seeded hash of the
 * columns that the network reads, so by the content of each row alone. The same rows make the same
 * parts in any order, files, partitions and format, and rows that agree in these columns are in the
 * same part: no test row was trained on.
 *
 * <p>The hash is XXH64 over the numbers as float32, little-endian, with one NaN for what is missing
 * and one zero, and the UTF-8 bytes of texts behind their lengths. Thread-safe.
 */
public final class RowSplit implements Serializable {

  private static final long serialVersionUID = 1L;

  private static final int MISSING = -1; // the length of a text that is not there

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final TableColumns columns;
  private final long seed;
  private final double testFraction;
  private final double validationFraction;
  private transient Assignment opened; // for generated code

  /** Where a row belongs. */
  public enum Part {
    /** To the rows that weights are fitted to. */
    TRAINING,
    /** To those that are evaluated after each epoch. */
    VALIDATION,
    /** To those that are evaluated when training is over. */
    TEST
  }

  /**
   * The split of a data set.
   *
   * @param encoding the columns that the network reads
   * @param testFraction the share of the rows for tests; from 0 to below 1
   * @param validationFraction the share of all other rows for validation; from 0 to below 1
   */
  public RowSplit(
      Dataset<Row> data,
      TableEncoding encoding,
      long seed,
      double testFraction,
      double validationFraction) {
    this(TableColumns.of(data, encoding), seed, testFraction, validationFraction);
  }

  private RowSplit(
      TableColumns columns, long seed, double testFraction, double validationFraction) {
    this.columns = columns;
    this.seed = seed;
    this.testFraction = testFraction;
    this.validationFraction = validationFraction;
  }

  /** All rows are training rows. */
  static RowSplit whole(TableColumns columns) {
    return new RowSplit(columns, 0, 0, 0);
  }

  /**
   * The rows of a part.
   *
   * @param data the one that this was made for
   */
  public Dataset<Row> rows(Dataset<Row> data, Part part) {
    if (isWhole()) {
      return part == Part.TRAINING ? data : data.limit(0);
    }
    return data.where(
        Expressions.call(
                this,
                "part",
                DataTypes.IntegerType,
                false,
                columns.struct(ClassicDataset.columnsOf(data), data.schema().fields()))
            .equalTo(part.ordinal()));
  }

  /**
   * Exact sums of the numbers of the rows of a part, in one pass.
   *
   * @param data the one that this was made for, or some of its rows
   */
  public TableSums sums(Dataset<Row> data, Part part) {
    List<Column> all = ClassicDataset.columnsOf(data);
    List<FeatureColumn> numbers = columns.numbers().columns();
    try {
      return FeatureStatistics.merged(
              RowTile.scan(
                  data,
                  all,
                  columns.in(all, data.schema().fields()),
                  numbers,
                  tiles -> FeatureStatistics.bytes(sums(tiles, part))))
          .orElseGet(() -> new TableSums(columns.numbers().size()));
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private TableSums sums(Iterator<RowTile> tiles, Part part) {
    Assignment assignment = assignment();
    TableSums sums = new TableSums(columns.numbers().size());
    double[] run = new double[0];
    while (tiles.hasNext()) {
      RowTile tile = tiles.next();
      BitSet wanted = new BitSet();
      Part[] parts = assignment.parts(tile);
      for (int row = 0; row < tile.rows(); row++) {
        wanted.set(row, parts[row] == part);
      }
      run = run.length < tile.rows() ? new double[tile.rows()] : run;
      for (int feature = 0; feature < tile.features(); feature++) {
        double[] values = tile.numbers(feature);
        BitSet nulls = tile.nulls(feature);
        int count = 0;
        int missing = 0;
        for (int row = wanted.nextSetBit(0); row >= 0; row = wanted.nextSetBit(row + 1)) {
          if (!nulls.isEmpty() && nulls.get(row)) {
            missing++;
          } else {
            run[count++] = values[row];
          }
        }
        sums.column(feature).add(run, 0, count);
        sums.column(feature).addNulls(missing);
      }
    }
    return sums;
  }

  /**
   * How often the values of each column of categories occur in the rows of a part, in one pass.
   *
   * @param data the one that this was made for, or some of its rows
   */
  ValueCounts[] counts(Dataset<Row> data, Part part) {
    List<Column> all = ClassicDataset.columnsOf(data);
    JavaRDD<byte[]> counts =
        RowTile.scan(
            data,
            all,
            columns.in(all, data.schema().fields()),
            columns.numbers().columns(),
            tiles -> List.of(counts(tiles, part)).iterator());
    try {
      return ValueCounts.fromBytes(
          counts.getNumPartitions() == 0
              ? counts(Collections.emptyIterator(), part)
              : counts.treeReduce(ValueCounts::merged));
    } catch (Exception failure) { // Scala throws checked exceptions undeclared.
      throw DataException.of(failure);
    }
  }

  private byte[] counts(Iterator<RowTile> tiles, Part part) {
    Assignment assignment = assignment();
    ValueCounts[] counts = new ValueCounts[columns.categories().size()];
    Arrays.setAll(counts, column -> new ValueCounts());
    while (tiles.hasNext()) {
      RowTile tile = tiles.next();
      Part[] parts = assignment.parts(tile);
      for (int row = 0; row < tile.rows(); row++) {
        if (parts[row] == part) {
          for (int c = 0; c < counts.length; c++) {
            counts[c].add(columns.value(tile.row(row), c));
          }
        }
      }
    }
    return ValueCounts.toBytes(counts);
  }

  /** Whether all rows are in one part, that of the training rows. */
  public boolean isWhole() {
    return testFraction == 0 && validationFraction == 0;
  }

  /** The ordinal of the part of a row. Called from generated code, by name. */
  public synchronized int part(InternalRow row) {
    if (opened == null) {
      opened = assignment();
    }
    return opened.part(row).ordinal();
  }

  /** Assigns the rows of one thread. */
  Assignment assignment() {
    return new Assignment();
  }

  /** Assigns rows to their parts; not thread-safe. */
  final class Assignment {

    private final CounterRandom test = CounterRandom.of(seed).fork("test");
    private final CounterRandom validation = CounterRandom.of(seed).fork("validation");
    private final int numberBytes = Float.BYTES * columns.numbers().size();
    private final FeatureReader reader =
        FeatureReader.into(
            new FeatureSink() {
              @Override
              public void add(int feature, double value) {
                content.putInt(Float.BYTES * feature, RowHash.canonical((float) value));
              }

              @Override
              public void addNull(int feature) {
                add(feature, Double.NaN);
              }
            },
            columns.numbers().columns());
    private ByteBuffer content = buffer(numberBytes);
    private byte[] numbers = new byte[0]; // of a tile // [rows, numberBytes]
    private Part[] parts = new Part[0]; // of a tile

    private Assignment() {}

    /**
     * The parts of the rows of a tile, whose columns are those that are read.
     *
     * @return at least as many as rows; overwritten by the next call
     */
    Part[] parts(RowTile tile) {
      if (parts.length < tile.rows()) {
        parts = new Part[tile.rows()];
        numbers = new byte[tile.rows() * numberBytes];
      }
      if (isWhole()) {
        Arrays.fill(parts, Part.TRAINING);
        return parts;
      }
      for (int feature = 0; feature < tile.features(); feature++) {
        double[] values = tile.numbers(feature);
        int at = Float.BYTES * feature;
        for (int row = 0; row < tile.rows(); row++, at += numberBytes) {
          INT.set(numbers, at, RowHash.canonical((float) values[row]));
        }
      }
      for (int row = 0; row < tile.rows(); row++) {
        parts[row] =
            columns.categories().isEmpty()
                ? ofHash(RowHash.xxh64(numbers, row * numberBytes, numberBytes, seed))
                : ofNumbersAnd(tile, row);
      }
      return parts;
    }

    private Part ofNumbersAnd(RowTile tile, int row) {
      content.clear().put(numbers, row * numberBytes, numberBytes);
      return ofNumbersAnd(tile.row(row));
    }

    private Part part(InternalRow row) {
      reader.add(row);
      return ofNumbersAnd(row);
    }

    /** The part of a row whose numbers are in place. */
    private Part ofNumbersAnd(InternalRow row) {
      content.limit(content.capacity()).position(numberBytes);
      for (int c = 0; c < columns.categories().size(); c++) {
        if (columns.categories().get(c).areNumbers()) {
          require(Float.BYTES);
          content.putInt(RowHash.canonical((float) columns.number(row, c)));
        } else {
          UTF8String text = columns.text(row, c);
          byte[] bytes = text == null ? new byte[0] : text.getBytes();
          require(Integer.BYTES + bytes.length);
          content.putInt(text == null ? MISSING : bytes.length).put(bytes);
        }
      }
      return ofHash(RowHash.xxh64(content.array(), 0, content.position(), seed));
    }

    private Part ofHash(long hash) {
      if (testFraction > 0 && test.uniform(hash) < testFraction) {
        return Part.TEST;
      }
      return validationFraction > 0 && validation.uniform(hash) < validationFraction
          ? Part.VALIDATION
          : Part.TRAINING;
    }

    private void require(int bytes) {
      if (content.remaining() < bytes) {
        ByteBuffer larger = buffer(2 * (content.capacity() + bytes));
        larger.put(content.flip());
        content = larger;
      }
    }
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
