package org.syncbn.spark.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
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
  private Round round; // that the tasks here come to next
  private int left;

  /** A combiner of the given number of tasks. */
  LocalCombiner(int parties, int shards, Uplink uplink) {
    this.parties = parties;
    this.shards = shards;
    this.uplink = uplink;
    this.round = new Round(0);
  }

  /**
   * What the tasks have for one message. A task may still be catching up while others have answered
   * the next message.
   */
  private final class Round {

    private final long number; // of messages that the tasks have answered
    private final ShardForest answers = new ShardForest(shards);
    private final ShardForest leaving = new ShardForest(shards);
    private final CompletableFuture<Optional<Message>> next = new CompletableFuture<>();
    private int answering = parties;
    private int catchingUp = parties;

    Round(long number) {
      this.number = number;
    }
  }

  /**
   * Says that a task is there, and waits for the first message; empty if there is none.
   *
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> join(int task) {
    Round mine;
    boolean isLast;
    synchronized (this) {
      mine = round;
      tasks.add(task);
      isLast = isLast();
    }
    if (isLast) {
      uplink.begin(List.copyOf(tasks), mine.next);
    }
    return Uplink.await(mine.next);
  }

  /**
   * Hands over what a task has merged, which is free again when the next message comes; empty if
   * there is none.
   *
   * @param exchange of the step
   * @param meanwhile the task's work until then: the gradients that leave afterwards, if any, which
   *     are free again when the next step begins
   * @throws GangFailure if the gang has failed
   */
  Optional<Message> exchange(int exchange, ShardForest merged, Supplier<ShardForest> meanwhile) {
    Round mine;
    boolean isLast;
    synchronized (this) {
      mine = round;
      mine.answers.merge(merged);
      isLast = isLast();
    }
    Runnable catchUp = () -> depart(mine, exchange, meanwhile.get());
    if (isLast) {
      uplink.exchange(mine.number, mine.answers.roots(), catchUp, mine.next);
    } else {
      catchUp.run();
    }
    return Uplink.await(mine.next);
  }

  private void depart(Round mine, int exchange, ShardForest leaving) {
    boolean isLast;
    synchronized (mine) {
      mine.leaving.merge(leaving);
      isLast = --mine.catchingUp == 0;
    }
    if (isLast && !mine.leaving.roots().isEmpty()) {
      uplink.depart(mine.number, exchange, mine.leaving.roots());
    }
  }

  /** Whether no other task is missing; then all are from now on. */
  private boolean isLast() {
    if (--round.answering > 0) {
      return false;
    }
    round = new Round(round.number + 1);
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
