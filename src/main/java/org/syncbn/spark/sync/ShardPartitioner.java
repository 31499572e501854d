package org.syncbn.spark.sync;

import java.util.stream.IntStream;
import org.apache.spark.Partitioner;

/**
 * Assigns shards to tasks: contiguous ranges, as equal as possible, so that the partial sums of one
 * task join to few nodes.
 */
final class ShardPartitioner extends Partitioner {

  private static final long serialVersionUID = 1;

  private final int shards;
  private final int tasks;

  ShardPartitioner(int shards, int tasks) {
    if (tasks < 1 || tasks > shards) {
      throw new IllegalArgumentException(
          shards + " shards can be assigned to 1 to " + shards + " tasks, not to " + tasks);
    }
    this.shards = shards;
    this.tasks = tasks;
  }

  int shards() {
    return shards;
  }

  /** The shards of a task. */
  ShardRange shards(int task) {
    return new ShardRange(firstShard(task), firstShard(task + 1));
  }

  /** The first shard of a task; {@code task == numPartitions()} gives the end. */
  private int firstShard(int task) {
    return (int) ((long) task * shards / tasks);
  }

  /** The first shard of each task, and the end. */
  int[] starts() {
    return IntStream.rangeClosed(0, tasks).map(this::firstShard).toArray();
  }

  @Override
  public int numPartitions() {
    return tasks;
  }

  /** The task of a shard, the inverse of {@link #firstShard}. */
  @Override
  public int getPartition(Object shard) {
    return (int) ((((Integer) shard + 1L) * tasks - 1) / shards);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShardPartitioner that && shards == that.shards && tasks == that.tasks;
  }

  @Override
  public int hashCode() {
    return 31 * shards + tasks;
  }
}
