package org.syncbn.spark;

import java.io.Serializable;
import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.syncbn.spark.internals.Sessions;

/** Whole numbers that tasks count over rows, and that add up in any order. */
interface RowCounts extends Serializable {

  /** The counts of some rows; as many without any row. */
  long[] count(Iterator<InternalRow> rows);

  /**
   * The counts of all rows, in one pass.
   *
   * @param name of the pass, for people
   */
  default long[] over(Dataset<Row> query, String name) {
    return Sessions.run(
        query,
        name,
        all -> {
          RowCounts sent = this;
          JavaRDD<long[]> parts =
              all.mapPartitions(rows -> Collections.singleton(sent.count(rows)).iterator());
          return parts.getNumPartitions() == 0
              ? sent.count(Collections.emptyIterator())
              : parts.treeReduce(RowCounts::sum);
        });
  }

  private static long[] sum(long[] left, long[] right) {
    long[] sum = left.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += right[i];
    }
    return sum;
  }
}
