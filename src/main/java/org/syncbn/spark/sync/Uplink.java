package org.syncbn.spark.sync;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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
   * @param number of the message that they have answered, from 1: the same in all executors
   * @param meanwhile work of the calling task, done before the next message is waited for
   */
  void exchange(
      long number, List<Node> nodes, Runnable meanwhile, CompletableFuture<Optional<Message>> next);

  /**
   * Sends gradients that are final before their step ends. Called by the task that is the last to
   * catch up, maybe while another waits in {@link #exchange}.
   *
   * @param number of the message that the tasks here have caught up with, as above
   * @param exchange of the step
   */
  void depart(long number, int exchange, List<Node> nodes);

  /**
   * What the driver or another executor answers.
   *
   * @throws GangFailure if it does not
   */
  static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      throw GangFailure.interrupted();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof ShardFailure ofShard) {
        throw ofShard.ofGang();
      }
      throw cause instanceof GangFailure known
          ? known
          : new GangFailure(Objects.requireNonNullElse(cause.getMessage(), cause.toString()));
    }
  }

  /** Tells that a task failed, and waits until the driver knows. */
  void fail(GangFailure failure);

  @Override
  void close();
}
