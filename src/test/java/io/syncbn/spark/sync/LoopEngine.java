package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.train.Engine;
import io.syncbn.train.Merged;
import io.syncbn.train.Message;
import io.syncbn.train.ShardForest;
import io.syncbn.train.ShardStep;
import io.syncbn.train.StepPlan;
import java.util.ArrayList;
import java.util.List;

/** The reference: one thread, one shard after the other. */
final class LoopEngine implements Engine {

  private final List<ShardStep> steps = new ArrayList<>();

  LoopEngine(StepPlan plan, List<ShardData> data) {
    for (int shard = 0; shard < data.size(); shard++) {
      steps.add(plan.open(shard, data.get(shard)));
    }
  }

  @Override
  public Merged exchange(Message message) {
    ShardForest forest = new ShardForest(steps.size());
    for (int shard = 0; shard < steps.size(); shard++) {
      forest.add(shard, steps.get(shard).resume(message));
    }
    return forest.merged();
  }

  @Override
  public void close() {
    steps.forEach(ShardStep::close);
  }
}
