package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;

/**
 * Combines the results of a gang's tasks in one executor: each task merges its own, and the last
 * one posts them for all. Thread-safe.
 */
final class LocalCombiner {

  private final int parties;
  private final int shards;
  private final String executor;
  private final Connection connection;
  private final List<Integer> tasks = new ArrayList<>();
  private ShardForest forest;
  private int missing;
  private int left;
  private CompletableFuture<Optional<Message>> next = new CompletableFuture<>();

  /** A combiner of the given number of tasks. */
  LocalCombiner(int parties, int shards, String executor, Connection connection) {
    this.parties = parties;
    this.shards = shards;
    this.executor = executor;
    this.connection = connection;
    this.missing = parties;
    this.forest = new ShardForest(shards);
  }

  /**
   * Says that a task is there, and waits for the first message; empty if there is none.
   *
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> join(int task) {
    CompletableFuture<Optional<Message>> mine;
    synchronized (this) {
      tasks.add(task);
      mine = next;
      if (--missing == 0) {
        turn();
        connection.join(new Membership(executor, List.copyOf(tasks)), mine);
      }
    }
    return await(mine);
  }

  /**
   * Hands over what a task has merged, which is free again when the next message comes; empty if
   * there is none.
   *
   * @param meanwhile the task's work until then
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> exchange(ShardForest merged, Runnable meanwhile) {
    CompletableFuture<Optional<Message>> mine;
    synchronized (this) {
      mine = next;
      forest.merge(merged);
      if (--missing == 0) {
        List<ShardForest.Node> nodes = forest.roots();
        turn();
        connection.post(nodes, mine);
      }
    }
    meanwhile.run();
    return await(mine);
  }

  private void turn() {
    missing = parties;
    forest = new ShardForest(shards);
    next = new CompletableFuture<>();
  }

  private Optional<Message> await(CompletableFuture<Optional<Message>> next) {
    try {
      return next.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GangFailure("the task was interrupted");
    } catch (ExecutionException e) {
      throw new GangFailure(e.getCause().getMessage());
    }
  }

  /** Lets the coordinator and the other tasks here know that one has failed. */
  void fail(GangFailure failure) {
    connection.fail(failure);
  }

  /** One task goes home; true for the last. */
  synchronized boolean leave() {
    return ++left == parties;
  }

  void close() {
    connection.close();
  }
}
