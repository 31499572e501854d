package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.train.StepPlan;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * The rows of a run as S logical shards, held by the executors: T partitions of contiguous shards,
 * in memory and on disk when memory is short, rebuilt from the input when an executor is lost.
 *
 * <p>S is a setting of the run and decides its bits; T is how many tasks work at once and decides
 * nothing but time.
 */
public final class ShardedRows implements AutoCloseable {

  private final JavaPairRDD<Integer, ShardData> shards;
  private final ShardPartitioner partitioner;
  private final ShardSizes sizes;

  private ShardedRows(JavaPairRDD<Integer, ShardData> dealt, ShardPartitioner partitioner) {
    this.partitioner = partitioner;
    this.shards = dealt.setName("shards of training rows").persist(StorageLevel.MEMORY_AND_DISK());
    this.sizes = ShardSizes.count(shards, partitioner.shards());
  }

  /**
   * Sends shards that the driver has to the executors.
   *
   * @param data one element per shard
   * @param tasks how many tasks hold them, from 1 to the number of shards
   */
  public static ShardedRows of(JavaSparkContext spark, List<ShardData> data, int tasks) {
    ShardPartitioner partitioner = new ShardPartitioner(data.size(), tasks);
    List<Tuple2<Integer, ShardData>> numbered = new ArrayList<>();
    for (int shard = 0; shard < data.size(); shard++) {
      numbered.add(new Tuple2<>(shard, data.get(shard)));
    }
    // The shuffle keeps the rows out of the tasks of later jobs.
    return new ShardedRows(spark.parallelizePairs(numbered).partitionBy(partitioner), partitioner);
  }

  /** Into how many shards a mini-batch is cut. */
  public int shards() {
    return partitioner.shards();
  }

  /** How many tasks hold the shards. */
  public int tasks() {
    return partitioner.numPartitions();
  }

  /** The rows of each shard that weights are fitted to. */
  public long[] trainingRows() {
    return sizes.training();
  }

  /** The rows of each shard that are held out. */
  public long[] validationRows() {
    return sizes.validation();
  }

  /** Deals again, by Spark's own means, what lost executors held. */
  void restore() {
    shards.count();
  }

  /** Frees the memory and disk of the executors. */
  @Override
  public void close() {
    shards.unpersist();
  }

  void checkShards(StepPlan plan) {
    if (plan.shards() != shards()) {
      throw new IllegalArgumentException(
          "a run of " + plan.shards() + " shards cannot use rows dealt to " + shards());
    }
  }

  JavaPairRDD<Integer, ShardData> rdd() {
    return shards;
  }

  ShardPartitioner partitioner() {
    return partitioner;
  }

  ShardSizes sizes() {
    return sizes;
  }

  JavaSparkContext spark() {
    return JavaSparkContext.fromSparkContext(shards.context());
  }
}
