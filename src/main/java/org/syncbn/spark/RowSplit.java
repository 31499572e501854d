package org.syncbn.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.data.RowHash;
import org.syncbn.data.TableEncoding;
import org.syncbn.spark.files.ClassicDataset;
import org.syncbn.spark.internals.Expressions;
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

  private final TableColumns columns;
  private final long seed;
  private final double testFraction;
  private final double validationFraction;
  private transient FeatureReader reader;
  private transient ByteBuffer content;

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
    this.columns = TableColumns.of(data, encoding);
    this.seed = seed;
    this.testFraction = testFraction;
    this.validationFraction = validationFraction;
  }

  /**
   * The rows of a part.
   *
   * @param data the one that this was made for
   */
  public Dataset<Row> rows(Dataset<Row> data, Part part) {
    if (testFraction == 0 && validationFraction == 0) {
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

  /** The ordinal of the part of a row. Called from generated code, by name. */
  public synchronized int part(InternalRow row) {
    long hash = hash(row);
    CounterRandom random = CounterRandom.of(seed);
    if (random.fork("test").uniform(hash) < testFraction) {
      return Part.TEST.ordinal();
    }
    return random.fork("validation").uniform(hash) < validationFraction
        ? Part.VALIDATION.ordinal()
        : Part.TRAINING.ordinal();
  }

  private long hash(InternalRow row) {
    int numbers = columns.numbers().size();
    if (reader == null) {
      content = buffer(Float.BYTES * numbers);
      reader =
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
    }
    content.clear().position(Float.BYTES * numbers);
    reader.add(row);
    for (int c = 0; c < columns.categories().size(); c++) {
      if (columns.categories().get(c).areNumbers()) {
        require(Float.BYTES);
        content.putInt(RowHash.canonical((float) columns.number(row, c)));
      } else {
        String text = columns.text(row, c);
        byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        require(Integer.BYTES + bytes.length);
        content.putInt(text == null ? MISSING : bytes.length).put(bytes);
      }
    }
    return RowHash.xxh64(content.array(), content.position(), seed);
  }

  private void require(int bytes) {
    if (content.remaining() < bytes) {
      ByteBuffer larger = buffer(2 * (content.capacity() + bytes));
      larger.put(content.flip());
      content = larger;
    }
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
