package org.syncbn.spark.internals;

import java.io.Serializable;
import org.apache.spark.Partition;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import scala.Option;

/**
 * Joins ranges of adjacent partitions to one each, without a shuffle. Spark computes the partitions
 * of a range one after the other, each when the ones before it have been consumed.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class Ranges {

  private Ranges() {}

  /**
   * Joins partitions.
   *
   * @param starts the first partition of each range, then one past the last of all; ascending
   */
  public static <T> JavaRDD<T> join(JavaRDD<T> partitions, int[] starts) {
    int ranges = starts.length - 1;
    return JavaRDD.fromRDD(
        partitions.rdd().coalesce(ranges, false, Option.apply(new Coalescer(starts)), null),
        partitions.classTag());
  }

  private record Coalescer(int[] starts) implements PartitionCoalescer, Serializable {

    @Override
    public PartitionGroup[] coalesce(int most, RDD<?> parent) {
      Partition[] partitions = parent.partitions();
      PartitionGroup[] groups = new PartitionGroup[starts.length - 1];
      for (int range = 0; range < groups.length; range++) {
        groups[range] = new PartitionGroup(Option.empty());
        for (int i = starts[range]; i < starts[range + 1]; i++) {
          groups[range].partitions().addOne(partitions[i]);
        }
      }
      return groups;
    }
  }
}
