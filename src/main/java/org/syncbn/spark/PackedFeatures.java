package org.syncbn.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.data.Block;
import org.syncbn.spark.internals.Expressions;

/**
 * The features of a row as the bytes of its float32 values, in one column: an expression reads them
 * where Spark has them in its own form, so that functions over rows need not unpack vectors, arrays
 * and numbers.
 *
 * <p>What the encoding rejects is a {@link org.syncbn.spark.files.DataException} when the row is
 * read. Thread-safe.
 */
public final class PackedFeatures implements Serializable {

  private static final long serialVersionUID = 1L;

  private final TableEncoder encoder;
  private transient TableEncoder.Encoder encoding;

  /** Packs features of a data set. */
  public PackedFeatures(TableEncoder encoder) {
    this.encoder = encoder;
  }

  /** The bytes of each row. */
  public Column in(Dataset<Row> data) {
    return Expressions.call(this, "pack", DataTypes.BinaryType, false, encoder.source(data));
  }

  /**
   * The bytes of a row. Called from generated code, by name.
   *
   * @param source the values of the columns that the encoder reads
   */
  public synchronized byte[] pack(InternalRow source) {
    if (encoding == null) {
      encoding = encoder.open();
    }
    float[] features = new float[encoder.size()];
    encoding.encode(source, features, 0);
    ByteBuffer target = ByteBuffer.allocate(Math.multiplyExact(features.length, Float.BYTES));
    target.asFloatBuffer().put(features);
    return target.array();
  }

  /** The features of rows that were packed. */
  public Block unpacked(List<byte[]> rows) {
    float[] values = new float[Math.multiplyExact(rows.size(), encoder.size())];
    for (int row = 0; row < rows.size(); row++) {
      ByteBuffer.wrap(rows.get(row))
          .asFloatBuffer()
          .get(values, row * encoder.size(), encoder.size());
    }
    return Block.ofFloats(rows.size(), values, new float[0], new float[0]);
  }
}
