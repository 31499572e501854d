package org.syncbn.spark.columnar;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/**
 * Writes Spark's rows to Parquet, with the stored types of the columns that have some in the
 * footer. Made by Parquet, by its name.
 *
 * <p>Not thread-safe.
 */
public final class StoredTypesWriter extends ParquetWriteSupport {

  @Override
  public WriteContext init(Configuration configuration) {
    WriteContext spark = super.init(configuration);
    StructType columns =
        (StructType) DataType.fromJson(configuration.get(ParquetWriteSupport.SPARK_ROW_SCHEMA()));
    List<Type> types = new ArrayList<>();
    for (Type type : spark.getSchema().getFields()) {
      Optional<StoredType> stored = StoredType.of(columns.apply(types.size()));
      types.add(stored.map(kept -> restored(kept, type)).orElse(type));
    }
    return new WriteContext(
        new MessageType(spark.getSchema().getName(), types), spark.getExtraMetaData());
  }

  private static Type restored(StoredType stored, Type type) {
    int[] next = {0};
    return restored(stored, type, next);
  }

  private static Type restored(StoredType stored, Type type, int[] next) {
    if (type.isPrimitive()) {
      PrimitiveType written = type.asPrimitiveType();
      return stored.restored(next[0]++, written);
    }
    GroupType group = type.asGroupType();
    return group.withNewFields(
        group.getFields().stream().map(field -> restored(stored, field, next)).toList());
  }
}
