package io.syncbn.train;

import io.syncbn.data.ShardData;
import java.io.Serializable;

/**
 * What every executor needs to build its {@link ShardStep}s: the description of the run, without
 * data and without weights. Small, immutable, and serializable for a task's closure.
 */
public interface StepPlan extends Serializable {

  /** Into how many shards a mini-batch is cut; a setting of the run, not of the cluster. */
  int shards();

  /**
   * Opens one shard's side.
   *
   * @param shard its index, 0 to {@code shards() - 1}
   * @param data the shard's rows; read, never written
   */
  ShardStep open(int shard, ShardData data);
}
