package org.syncbn.spark.sync;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.syncbn.data.ShardData;
import org.syncbn.tensor.Tensor;
import org.syncbn.train.Contribution;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;
import org.syncbn.train.StepPlan;
import org.syncbn.train.UpdatePlan;

/**
 * Shards that compute nothing: each answers weights with as many gradients, so that an exchange
 * costs what the engine costs.
 *
 * @param shards how many
 * @param updating how weights would be updated, or null if they are not
 */
record EchoPlan(int shards, UpdatePlan updating) implements StepPlan {

  @Override
  public Optional<UpdatePlan> updates() {
    return Optional.ofNullable(updating);
  }

  @Override
  public ShardStep open(int firstShard, List<ShardData> data) {
    return ShardStep.inTurn(
        shards, IntStream.range(0, data.size()).mapToObj(i -> new Echo(firstShard + i)).toList());
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
