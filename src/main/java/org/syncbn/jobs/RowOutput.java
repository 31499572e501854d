package org.syncbn.jobs;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** A destination for rows, which appear only if the job succeeds. */
interface RowOutput {

  /** Writes all rows. */
  void write(Dataset<Row> rows, List<String> partitionBy);

  /** The rows that were written, of this schema. */
  Dataset<Row> readBack(StructType schema);

  /** What a person should know about the place, once the rows are there. */
  default Optional<String> note() {
    return Optional.empty();
  }
}
