package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.train.Message;
import io.syncbn.train.ShardForest;
import io.syncbn.train.ShardStep;
import io.syncbn.train.StepPlan;
import java.util.Iterator;
import java.util.SortedMap;
import java.util.TreeMap;
import scala.Tuple2;

/** The shards of one task that stays: opened once, then resumed with every message. */
final class TaskShards implements AutoCloseable {

  private final int shards;
  private final SortedMap<Integer, ShardStep> steps = new TreeMap<>();

  TaskShards(StepPlan plan, ShardSizes sizes, Iterator<Tuple2<Integer, ShardData>> rows) {
    shards = plan.shards();
    rows.forEachRemaining(
        shard -> {
          sizes.check(shard._1, shard._2);
          steps.put(shard._1, plan.open(shard._1, shard._2));
        });
  }

  /**
   * Carries a message through all shards of the task. The result lies in the shards' memory, until
   * the next message.
   *
   * @throws ShardFailure what a shard threw
   */
  ShardForest resume(Message message) {
    ShardForest forest = new ShardForest(shards);
    steps.forEach(
        (shard, step) -> {
          try {
            forest.add(ShardForest.Node.answer(shard, step, message));
          } catch (RuntimeException | Error e) {
            throw new ShardFailure(shard, message, e);
          }
        });
    return forest;
  }

  @Override
  public void close() {
    steps.values().forEach(ShardStep::close);
  }
}
