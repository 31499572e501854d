package org.syncbn.spark.sync;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;

/**
 * An executor's connection to the coordinator. The reply to each post is the next message, or
 * nothing when the gang ends.
 */
interface Connection extends AutoCloseable {

  /** Says which tasks are here; the reply is who else is in the gang, by the number of tasks. */
  void join(Membership membership, CompletableFuture<List<Membership>> roster);

  /** Asks for the first message. */
  void ready(CompletableFuture<Optional<Message>> next);

  /** Posts what the tasks here have merged. */
  void post(List<ShardForest.Node> nodes, CompletableFuture<Optional<Message>> next);

  /** Tells that a task failed, and waits until the coordinator knows. */
  void fail(GangFailure failure);

  @Override
  void close();
}
