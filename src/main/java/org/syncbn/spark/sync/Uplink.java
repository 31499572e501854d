package org.syncbn.spark.sync;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest.Node;

/** What stands between the tasks of a gang in one executor and its driver. */
interface Uplink extends AutoCloseable {

  /** Joins the gang with the tasks here, and asks for their first message. */
  void begin(List<Integer> tasks, CompletableFuture<Optional<Message>> next);

  /**
   * Hands over what the tasks here have merged, and asks for their next message: empty when the
   * gang ends.
   *
   * @param meanwhile work of the calling task, done before the next message is waited for
   */
  void exchange(List<Node> nodes, Runnable meanwhile, CompletableFuture<Optional<Message>> next);

  /** Tells that a task failed, and waits until the driver knows. */
  void fail(GangFailure failure);

  @Override
  void close();
}
