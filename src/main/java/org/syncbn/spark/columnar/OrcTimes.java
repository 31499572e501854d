package org.syncbn.spark.columnar;

import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.syncbn.spark.files.ClassicDataset;

/**
 * ORC's timestamps, which are times of day without a zone. Spark takes them for instants in the
 * zone of the JVM and the session, which for us is UTC.
 */
public final class OrcTimes {

  private OrcTimes() {}

  /** The rows with instants in the place of times without a zone, in UTC, which Spark writes. */
  public static Dataset<Row> ofOrc(Dataset<Row> rows) {
    StructField[] fields = rows.schema().fields();
    List<Column> columns = ClassicDataset.columnsOf(rows);
    Column[] written = columns.toArray(Column[]::new);
    boolean same = true;
    for (int i = 0; i < written.length; i++) {
      DataType type = ofOrc(fields[i].dataType());
      if (!type.equals(fields[i].dataType())) {
        written[i] = columns.get(i).cast(type).as(fields[i].name(), fields[i].metadata());
        same = false;
      }
    }
    return same ? rows : rows.select(written);
  }

  /** The columns with instants in the place of times without a zone. */
  public static StructType ofOrc(StructType columns) {
    return (StructType) ofOrc((DataType) columns);
  }

  private static DataType ofOrc(DataType type) {
    return replaced(type, DataTypes.TimestampNTZType, DataTypes.TimestampType);
  }

  /** The type with times without a zone in the place of instants. */
  static DataType local(DataType type) {
    return replaced(type, DataTypes.TimestampType, DataTypes.TimestampNTZType);
  }

  private static DataType replaced(DataType type, DataType from, DataType to) {
    if (type.equals(from)) {
      return to;
    } else if (type instanceof ArrayType array) {
      return new ArrayType(replaced(array.elementType(), from, to), array.containsNull());
    } else if (type instanceof MapType map) {
      return new MapType(
          replaced(map.keyType(), from, to),
          replaced(map.valueType(), from, to),
          map.valueContainsNull());
    } else if (type instanceof StructType struct) {
      StructType changed = new StructType();
      for (StructField field : struct.fields()) {
        changed =
            changed.add(
                field.name(),
                replaced(field.dataType(), from, to),
                field.nullable(),
                field.metadata());
      }
      return changed;
    }
    return type;
  }
}
