package org.syncbn.train;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.syncbn.data.ShardData;

/**
 * What every executor needs to build its {@link ShardStep}s: the description of the run, without
 * data and without weights. Small, immutable, and serializable for a task's closure.
 */
public interface StepPlan extends Serializable {

  /** Into how many shards a mini-batch is cut; a setting of the run, not of the cluster. */
  int shards();

  /**
   * Opens the side of some adjacent shards, which one thread drives together.
   *
   * @param firstShard the index of the first
   * @param data the rows of each; read, never written
   */
  ShardStep open(int firstShard, List<ShardData> data);

  /** How executors update weights that they keep themselves; empty if they cannot. */
  default Optional<UpdatePlan> updates() {
    return Optional.empty();
  }
}
