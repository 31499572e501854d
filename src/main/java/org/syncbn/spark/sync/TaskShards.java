package org.syncbn.spark.sync;

import java.util.Iterator;
import org.syncbn.data.ShardData;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;
import org.syncbn.train.StepPlan;
import scala.Tuple2;

/** The shards of one long-running task: opened once, then resumed with every message. */
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
   * Carries a message through all shards of the task. The result is in the shards' memory, until
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
