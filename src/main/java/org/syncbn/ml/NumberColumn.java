package org.syncbn.ml;

import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.inference.OutputColumns;

/**
 * The column of a regression.
 *
 * @param prediction its name; empty for none
 */
record NumberColumn(String prediction) implements OutputColumns {

  @Override
  public StructType columns() {
    return prediction.isEmpty()
        ? new StructType()
        : new StructType().add(prediction, DataTypes.DoubleType, false);
  }

  @Override
  public List<Object> values(float[] outputs) {
    return prediction.isEmpty() ? List.of() : List.of((double) outputs[0]);
  }
}
