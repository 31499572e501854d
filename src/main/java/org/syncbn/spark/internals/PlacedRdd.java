package org.syncbn.spark.internals;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The partitions of another RDD, each with the executor that should compute it. Spark asks for the
 * places whenever it starts a stage, and takes another executor when that one has no free slot.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class PlacedRdd<T> extends RDD<T> {

  private static final long serialVersionUID = 1;

  private final transient IntFunction<Optional<ExecutorSlots>> places; // the driver alone asks

  private PlacedRdd(
      RDD<T> partitions, ClassTag<T> type, IntFunction<Optional<ExecutorSlots>> places) {
    super(partitions, type);
    this.places = places;
  }

  /**
   * Gives partitions their places.
   *
   * @param places the executor of each partition, if it has one; for any thread
   */
  public static <T> JavaRDD<T> of(
      JavaRDD<T> partitions, IntFunction<Optional<ExecutorSlots>> places) {
    ClassTag<T> type = partitions.classTag();
    return JavaRDD.fromRDD(new PlacedRdd<>(partitions.rdd(), type, places), type);
  }

  @Override
  public Iterator<T> compute(Partition partition, TaskContext context) {
    return parent().iterator(partition, context);
  }

  @Override
  public Partition[] getPartitions() {
    return parent().partitions();
  }

  @Override
  public Seq<String> getPreferredLocations(Partition partition) {
    List<String> locations =
        places.apply(partition.index()).map(ExecutorSlots::location).stream().toList();
    return CollectionConverters.asScala(locations).toSeq();
  }

  private RDD<T> parent() {
    return firstParent(ClassTag$.MODULE$.apply(Object.class));
  }
}
