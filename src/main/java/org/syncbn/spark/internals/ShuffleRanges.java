package org.syncbn.spark.internals;

import java.util.stream.IntStream;
import org.apache.spark.Partition;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.shuffle.ShuffleReader;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The partitions of a shuffle in ranges of adjacent ones, each range a partition: what Spark's
 * {@code coalesce} makes, but for barrier stages, which do not take it. Partitions of a range are
 * read one after the other.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class ShuffleRanges<K, V> extends RDD<Tuple2<Integer, java.util.Iterator<V>>> {

  private static final long serialVersionUID = 1;

  private final int[] starts;

  private ShuffleRanges(RDD<Tuple2<K, V>> shuffled, int[] starts) {
    super(shuffled.context(), shuffled.dependencies(), tag());
    this.starts = starts.clone();
  }

  private static <T> ClassTag<T> tag() {
    return ClassTag$.MODULE$.apply(Tuple2.class);
  }

  /**
   * Joins partitions.
   *
   * @param shuffled what {@code partitionBy} returned
   * @param starts the first partition of each range, then one past the last of all; ascending
   * @return the number of each partition with its values, which must be taken before the next one
   */
  public static <K, V> JavaRDD<Tuple2<Integer, java.util.Iterator<V>>> of(
      JavaPairRDD<K, V> shuffled, int[] starts) {
    return JavaRDD.fromRDD(new ShuffleRanges<>(shuffled.rdd(), starts), tag());
  }

  private record Range(int index, int first, int end) implements Partition {}

  @Override
  public Partition[] getPartitions() {
    return IntStream.range(0, starts.length - 1)
        .mapToObj(i -> new Range(i, starts[i], starts[i + 1]))
        .toArray(Partition[]::new);
  }

  @Override
  public Iterator<Tuple2<Integer, java.util.Iterator<V>>> compute(
      Partition partition, TaskContext context) {
    Range range = (Range) partition;
    return CollectionConverters.asScala(
        IntStream.range(range.first, range.end)
            .mapToObj(i -> new Tuple2<>(i, values(i, context)))
            .iterator());
  }

  private java.util.Iterator<V> values(int partition, TaskContext context) {
    ShuffleDependency<?, ?, ?> shuffle = (ShuffleDependency<?, ?, ?>) dependencies().head();
    ShuffleReader<K, V> reader =
        SparkEnv.get()
            .shuffleManager()
            .getReader(
                shuffle.shuffleHandle(),
                partition,
                partition + 1,
                context,
                context.taskMetrics().createTempShuffleReadMetrics());
    return CollectionConverters.asJava(reader.read().map(pair -> pair._2()));
  }
}
