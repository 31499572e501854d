package org.syncbn.spark.sync;

import java.util.stream.IntStream;

/**
 * How a run is spread over a cluster.
 *
 * @param shards of each mini-batch
 * @param tasks that hold them, at most one for each
 * @param executors that run the tasks
 */
public record Placement(int shards, int tasks, int executors) {

  /** Checks that there is something everywhere. */
  public Placement {
    if (executors < 1 || executors > tasks || tasks > shards) {
      throw new IllegalArgumentException(
          "%d shards in %d tasks on %d executors".formatted(shards, tasks, executors));
    }
  }

  /**
   * How many nodes of the reduction tree all tasks send, where each merges its own shards: one a
   * task if its shards are an aligned block, such as 8 to 11, else a few more.
   */
  public int nodes() {
    return IntStream.range(0, tasks).map(this::nodes).sum();
  }

  /** The same with one task in each executor: its tasks hold adjacent shards, whose nodes join. */
  Placement joined() {
    return new Placement(shards, executors, executors);
  }

  /** How many nodes the task with most of them sends. */
  int nodesOfTask() {
    return IntStream.range(0, tasks).map(this::nodes).max().orElseThrow();
  }

  /** How many nodes an executor sends. */
  int nodesOfExecutor() {
    return (nodes() + executors - 1) / executors;
  }

  private int nodes(int task) {
    ShardRange range = new ShardPartitioner(shards, tasks).shards(task);
    int nodes = 0;
    for (int shard = range.first(); shard < range.end(); nodes++) {
      int block = shard == 0 ? Integer.highestOneBit(range.end()) : Integer.lowestOneBit(shard);
      while (shard + block > range.end()) {
        block /= 2;
      }
      shard += block;
    }
    return nodes;
  }
}
