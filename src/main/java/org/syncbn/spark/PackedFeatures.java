package org.syncbn.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.syncbn.data.Block;
import org.syncbn.spark.internals.Expressions;

/**
 * The features of a row as the bytes of its float32 values, in one column: an expression reads them
 * where Spark has them in its own form, so that functions over rows need not unpack vectors, arrays
 * and numbers.
 *
 * <p>Features must be there and finite; what is not is a {@link
 * org.syncbn.spark.files.DataException} when the row is read. Thread-safe.
 */
public final class PackedFeatures implements Serializable {

  private static final long serialVersionUID = 1L;

  private final ArrayList<FeatureColumn> columns;
  private final int size;
  private transient FeatureReader reader;
  private transient ByteBuffer target; // of the row that is being packed

  /** Packs features of a data set. */
  public PackedFeatures(Features features) {
    columns = new ArrayList<>(features.columns());
    size = features.size();
  }

  /**
   * The bytes of each row.
   *
   * @param all the columns of the data set
   */
  public Column in(List<Column> all) {
    Column[] values = columns.stream().map(column -> column.in(all)).toArray(Column[]::new);
    return Expressions.call(this, "pack", DataTypes.BinaryType, false, functions.struct(values));
  }

  /**
   * The bytes of a row. Called from generated code, by name.
   *
   * @param features the values of the feature columns, in their order
   */
  public synchronized byte[] pack(InternalRow features) {
    if (reader == null) {
      reader = FeatureReader.into(new FiniteFeatures(columns, this::put), columns);
    }
    target = ByteBuffer.allocate(Math.multiplyExact(size, Float.BYTES));
    reader.add(features);
    return target.array();
  }

  private void put(int feature, float value) {
    target.putFloat(feature * Float.BYTES, value);
  }

  /** The features of rows that were packed. */
  public Block unpacked(List<byte[]> rows) {
    float[] values = new float[Math.multiplyExact(rows.size(), size)];
    for (int row = 0; row < rows.size(); row++) {
      ByteBuffer.wrap(rows.get(row)).asFloatBuffer().get(values, row * size, size);
    }
    return Block.ofFloats(rows.size(), values, new float[0], new float[0]);
  }
}
