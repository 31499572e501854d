package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.data.ShardData;
import org.syncbn.train.Contribution;
import org.syncbn.train.Engine;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;

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
