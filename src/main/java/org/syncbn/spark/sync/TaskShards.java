package org.syncbn.spark.sync;

import java.util.Iterator;
import org.syncbn.data.ShardData;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;
import org.syncbn.train.StepPlan;
import scala.Tuple2;

/** The open shards of one task, of any engine. */
final class TaskShards implements ShardStep {

  private final ShardRange range;
  private final ShardStep step;
  private Message last;

  /**
   * Opens the shards.
   *
   * @param range which
   * @param rows of these shards
   * @throws ShardFailure if this JVM cannot
   */
  TaskShards(
      StepPlan plan,
      ShardSizes sizes,
      ShardRange range,
      Iterator<Tuple2<Integer, ShardData>> rows) {
    this.range = range;
    try {
      this.step = plan.open(range.first(), sizes.inOrder(range, rows));
    } catch (VirtualMachineError | LinkageError e) {
      throw ShardFailure.opening(range, e);
    }
  }

  /**
   * Resumes all shards of the task.
   *
   * @throws ShardFailure what a shard threw
   */
  @Override
  public void resume(Message message, ShardForest forest) {
    last = message;
    attempt(() -> step.resume(message, forest));
  }

  @Override
  public void catchUp() {
    attempt(step::catchUp);
  }

  @Override
  public void handOver(int from, ShardForest forest) {
    attempt(() -> step.handOver(from, forest));
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      throw ShardFailure.of(range, last, e);
    }
  }

  @Override
  public void close() {
    step.close();
  }
}
