package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Collectors;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;

/**
 * Collects the results of one gang's tasks, in the driver, and sends them the next message.
 *
 * <p>Executors post from any thread and get their reply later; the driver's thread merges what they
 * posted. The first failure, of whatever kind, answers all posts and those still to come, so that
 * no task stays blocked. Thread-safe; {@link #exchange} is for one thread.
 */
final class Coordinator {

  private final int shards;
  private final int tasks;
  private final long spinNanos;
  private final Map<Object, Membership> members = new HashMap<>();
  private final Map<Object, Reply> waiting = new HashMap<>();
  private final Queue<List<Node>> posted = new ArrayDeque<>();
  private volatile int news; // counts whatever happens, for a look without the lock
  private GangFailure failure;
  private boolean ended;

  /** A coordinator whose driver thread spins for the given time before it sleeps. */
  Coordinator(int shards, int tasks, long spinNanos) {
    this.shards = shards;
    this.tasks = tasks;
    this.spinNanos = spinNanos;
  }

  /** An executor's tasks are ready for their first message. */
  synchronized void join(Object member, Membership membership, Reply reply) {
    members.put(member, membership);
    await(member, reply);
  }

  /** An executor has merged the answers of its tasks. */
  synchronized void post(Object member, List<Node> nodes, Reply reply) {
    posted.add(nodes);
    await(member, reply);
  }

  private void await(Object member, Reply reply) {
    if (failure != null) {
      reply.fail(failure);
    } else if (ended) {
      reply.end();
    } else {
      waiting.put(member, reply);
      tell();
    }
  }

  /** A connection is gone. */
  synchronized void lose(Object member) {
    Membership lost = members.get(member);
    if (lost != null) {
      fail(GangFailure.lost(lost));
    }
  }

  /** Ends the gang with the first reason that was given. */
  synchronized void fail(GangFailure reason) {
    if (failure == null && !ended) {
      failure = reason;
      waiting.values().forEach(reply -> reply.fail(reason));
      waiting.clear();
      tell();
    }
  }

  /** Sends all tasks home, now or with their next post. */
  synchronized void end() {
    ended = true;
    waiting.values().forEach(Reply::end);
    waiting.clear();
  }

  /** Waits until all tasks have joined. */
  void awaitMembers(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (this) {
      while (joined() < tasks) {
        if (!sleepUntil(deadline)) {
          throw new GangFailure(
              "%d of %d tasks were there within %d s"
                  .formatted(joined(), tasks, timeout.toSeconds()));
        }
      }
    }
  }

  private int joined() {
    return members.values().stream().mapToInt(member -> member.tasks().size()).sum();
  }

  /**
   * Sends a message to all tasks and merges what they answer.
   *
   * @throws GangFailure if the gang has failed, or a task is not back in time
   */
  Merged exchange(Message message, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    EncodedMessage encoded = new EncodedMessage(message);
    List<Reply> replies;
    synchronized (this) {
      checkFailure();
      replies = new ArrayList<>(waiting.values());
      waiting.clear();
    }
    replies.forEach(reply -> reply.send(encoded));
    ShardForest forest = new ShardForest(shards);
    for (int missing = members.size(); missing > 0; missing--) {
      next(deadline, timeout).forEach(forest::add);
    }
    return forest.merged();
  }

  private List<Node> next(long deadline, Duration timeout) {
    int seen = news;
    long spinUntil = System.nanoTime() + spinNanos;
    while (true) {
      synchronized (this) {
        checkFailure();
        List<Node> nodes = posted.poll();
        if (nodes != null) {
          return nodes;
        }
        if (System.nanoTime() > spinUntil && !sleepUntil(deadline)) {
          throw new GangFailure(late() + " did not answer within " + timeout.toSeconds() + " s");
        }
      }
      while (news == seen && System.nanoTime() < spinUntil) {
        Thread.onSpinWait();
      }
      seen = news;
    }
  }

  private String late() {
    return members.entrySet().stream()
        .filter(member -> !waiting.containsKey(member.getKey()))
        .map(member -> member.getValue().toString())
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private void checkFailure() {
    if (failure != null) {
      throw failure;
    }
  }

  private void tell() {
    news++;
    notifyAll();
  }

  /** Waits for news, once; false if the deadline has passed. */
  private boolean sleepUntil(long deadline) {
    checkFailure();
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      return false;
    }
    try {
      wait(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GangFailure("the driver's thread was interrupted");
    }
    return true;
  }
}
