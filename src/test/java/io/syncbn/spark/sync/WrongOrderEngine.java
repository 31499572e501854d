package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.train.Contribution;
import io.syncbn.train.Engine;
import io.syncbn.train.Merged;
import io.syncbn.train.Message;
import io.syncbn.train.ShardForest;
import io.syncbn.train.ShardStep;
import java.util.ArrayList;
import java.util.List;

/** Adds from right to left: what an engine must not do. */
final class WrongOrderEngine implements Engine {

  private final List<ShardStep> steps = new ArrayList<>();

  WrongOrderEngine(LinearPlan plan) {
    for (ShardData data : plan.data()) {
      steps.add(plan.open(steps.size(), List.of(data)));
    }
  }

  @Override
  public Merged exchange(Message message) {
    Contribution sum = Contribution.EMPTY;
    for (int shard = steps.size() - 1; shard >= 0; shard--) {
      ShardForest leaf = new ShardForest(steps.size());
      steps.get(shard).resume(message, leaf);
      sum = Contribution.join(sum, leaf.roots().get(0).contribution());
    }
    return new ShardForest(1).add(0, sum).merged();
  }

  @Override
  public int concurrency() {
    return 1;
  }

  @Override
  public void close() {
    steps.forEach(ShardStep::close);
  }
}
