package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.tensor.Tensor;
import io.syncbn.train.Contribution;
import io.syncbn.train.Message;
import io.syncbn.train.ShardForest;
import io.syncbn.train.ShardStep;
import io.syncbn.train.StepPlan;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Shards that compute nothing: each answers weights with as many gradients, so that an exchange
 * costs what the engine costs.
 */
record EchoPlan(int shards) implements StepPlan {

  @Override
  public ShardStep open(int firstShard, List<ShardData> data) {
    return ShardStep.inTurn(
        IntStream.range(0, data.size()).mapToObj(i -> new Echo(firstShard + i)).toList());
  }

  private static final class Echo implements ShardStep {

    private final int shard;
    private Tensor gradients = Tensor.zeros(0);

    Echo(int shard) {
      this.shard = shard;
    }

    @Override
    public void resume(Message message, ShardForest forest) {
      int weights = ((Message.Begin) message).weights().size();
      if (gradients.size() != weights) {
        gradients = Tensor.zeros(weights);
      }
      forest.add(shard, new Contribution.Gradients(gradients, new double[0]));
    }

    @Override
    public void close() {}
  }
}
