package org.syncbn.spark.columnar;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.DataException;

/** Names of columns and fields that ORC's library reads as it has written them. */
public final class OrcNames {

  private OrcNames() {}

  /**
   * Throws if a name is empty or has backticks, which end a name or the file.
   *
   * @throws DataException with the remedy
   */
  public static void requireWritable(DataType type) {
    if (type instanceof StructType struct) {
      for (StructField field : struct.fields()) {
        if (field.name().isEmpty() || field.name().indexOf('`') >= 0) {
          throw new DataException(
              ("ORC cannot hold the name '%s' of a column or field; rename it, or choose another"
                      + " format, such as --output-format parquet.")
                  .formatted(field.name()));
        }
        requireWritable(field.dataType());
      }
    } else if (type instanceof ArrayType array) {
      requireWritable(array.elementType());
    } else if (type instanceof MapType map) {
      requireWritable(map.keyType());
      requireWritable(map.valueType());
    }
  }
}
