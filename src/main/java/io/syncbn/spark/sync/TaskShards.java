package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.train.Message;
import io.syncbn.train.ShardForest;
import io.syncbn.train.ShardStep;
import io.syncbn.train.StepPlan;
import java.util.Iterator;
import scala.Tuple2;

/** The shards of one task that stays: opened once, then resumed with every message. */
final class TaskShards implements AutoCloseable {

  private final int shards;
  private final ShardRange range;
  private final ShardStep step;

  /**
   * Opens the shards.
   *
   * @param range which
   * @param rows of these shards
   */
  TaskShards(
      StepPlan plan,
      ShardSizes sizes,
      ShardRange range,
      Iterator<Tuple2<Integer, ShardData>> rows) {
    this.shards = plan.shards();
    this.range = range;
    this.step = plan.open(range.first(), sizes.inOrder(range, rows));
  }

  /**
   * Carries a message through all shards of the task. The result lies in the shards' memory, until
   * the next message.
   *
   * @throws ShardFailure what a shard threw
   */
  ShardForest resume(Message message) {
    try {
      return ShardForest.answer(shards, step, message);
    } catch (RuntimeException | Error e) {
      throw new ShardFailure(range, message, e);
    }
  }

  @Override
  public void close() {
    step.close();
  }
}
