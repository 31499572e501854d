package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.tensor.Tensor;
import io.syncbn.train.Contribution;
import io.syncbn.train.Message;
import io.syncbn.train.ShardStep;
import io.syncbn.train.StepPlan;

/**
 * Shards that compute nothing: each answers weights with as many gradients, so that an exchange
 * costs what the engine costs.
 */
record EchoPlan(int shards) implements StepPlan {

  @Override
  public ShardStep open(int shard, ShardData data) {
    return new ShardStep() {

      private Tensor gradients = Tensor.zeros(0);

      @Override
      public Contribution resume(Message message) {
        int weights = ((Message.Begin) message).weights().size();
        if (gradients.size() != weights) {
          gradients = Tensor.zeros(weights);
        }
        return new Contribution.Gradients(gradients, new double[0]);
      }

      @Override
      public void close() {}
    };
  }
}
