package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;

/**
 * Combines the results of a gang's tasks in one executor: each task merges its own, and the last
 * one posts them for all. Thread-safe.
 */
final class LocalCombiner {

  private final int parties;
  private final int shards;
  private final Uplink uplink;
  private final List<Integer> tasks = new ArrayList<>();
  private ShardForest forest;
  private int missing;
  private int left;
  private CompletableFuture<Optional<Message>> next = new CompletableFuture<>();

  /** A combiner of the given number of tasks. */
  LocalCombiner(int parties, int shards, Uplink uplink) {
    this.parties = parties;
    this.shards = shards;
    this.uplink = uplink;
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
    boolean isLast;
    synchronized (this) {
      mine = next;
      tasks.add(task);
      isLast = isLast();
    }
    if (isLast) {
      uplink.begin(List.copyOf(tasks), mine);
    }
    return Uplink.await(mine);
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
    ShardForest all;
    boolean isLast;
    synchronized (this) {
      mine = next;
      all = forest.merge(merged);
      isLast = isLast();
    }
    if (isLast) {
      uplink.exchange(all.roots(), meanwhile, mine);
    } else {
      meanwhile.run();
    }
    return Uplink.await(mine);
  }

  /** Whether no other task is missing; then all are from now on. */
  private boolean isLast() {
    if (--missing > 0) {
      return false;
    }
    missing = parties;
    forest = new ShardForest(shards);
    next = new CompletableFuture<>();
    return true;
  }

  /** Lets the coordinator and the other tasks here know that one has failed. */
  void fail(GangFailure failure) {
    uplink.fail(failure);
  }

  /** One task goes home; true for the last. */
  synchronized boolean leave() {
    return ++left == parties;
  }

  void close() {
    uplink.close();
  }
}
