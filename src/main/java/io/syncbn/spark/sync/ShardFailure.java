package io.syncbn.spark.sync;

import io.syncbn.train.Message;

/**
 * What a shard's computation threw. It is a pure function of the messages, so no other executor
 * would fare better and nothing is tried again.
 */
final class ShardFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  ShardFailure(int shard, Message message, Throwable cause) {
    super(
        "shard %d failed in exchange %d of step %d: %s"
            .formatted(shard, message.exchange(), message.step(), cause),
        cause);
  }
}
