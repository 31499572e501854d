package org.syncbn.spark.inference;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.StructType;

/** Which columns a network's outputs become. Travels to where rows are. */
public interface OutputColumns extends Serializable {

  /** The columns that are appended. */
  StructType columns();

  /**
   * The values of {@link #columns} for a row.
   *
   * @param outputs of the network for the row, as its loss takes them // [outputs]
   */
  List<Object> values(float[] outputs);
}
