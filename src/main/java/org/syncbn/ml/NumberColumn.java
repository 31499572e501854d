package org.syncbn.ml;

import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.inference.OutputColumns;
import org.syncbn.spark.inference.OutputMeaning;

/**
 * The column of a regression.
 *
 * @param meaning of the network's outputs
 * @param prediction its name; empty for none
 */
record NumberColumn(OutputMeaning meaning, String prediction) implements OutputColumns {

  @Override
  public StructType columns() {
    return columns(prediction);
  }

  /** The column, or none. */
  static StructType columns(String prediction) {
    return prediction.isEmpty()
        ? new StructType()
        : new StructType().add(prediction, DataTypes.DoubleType, false);
  }

  @Override
  public List<Object> values(float[] outputs) {
    return prediction.isEmpty() ? List.of() : List.of(meaning.numbers(outputs)[0]);
  }
}
