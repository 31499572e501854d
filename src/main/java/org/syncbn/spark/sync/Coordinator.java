package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Collectors;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardForest.Node;
import org.syncbn.train.StepPlan;
import org.syncbn.train.UpdatePlan;

/**
 * Collects the results of one gang's tasks, in the driver, and sends them the next message.
 *
 * <p>Executors post from any thread and get their reply later; the driver's thread merges what they
 * posted. The first failure, of whatever kind, answers all posts and those still to come, so that
 * no task stays blocked. Thread-safe; {@link #exchange} is for one thread.
 */
final class Coordinator implements GangRounds {

  private final int shards;
  private final int tasks;
  private final Optional<UpdatePlan> updates;
  private final Map<Object, Membership> members = new HashMap<>();
  private final Map<Object, Reply> waiting = new HashMap<>();
  private final Queue<List<Node>> posted = new ArrayDeque<>();
  private boolean ownersAnswer; // not shards
  private GangFailure failure;
  private boolean ended;
  private int ready; // executors

  /**
   * A coordinator of the tasks of a plan.
   *
   * @param tasks how many
   */
  Coordinator(StepPlan plan, int tasks) {
    this.shards = plan.shards();
    this.tasks = tasks;
    this.updates = plan.updates();
  }

  /** An executor's tasks are there; it learns who the others are when all are. */
  synchronized void join(Object member, Membership membership, Reply reply) {
    members.put(member, membership);
    await(member, reply);
    if (failure == null && !ended && joined() == tasks) {
      List<Membership> roster = roster();
      waiting.values().forEach(each -> each.roster(roster));
      waiting.clear();
    }
  }

  /** Who is in the gang, in the order of their tasks. */
  synchronized List<Membership> roster() {
    return members.values().stream()
        .sorted(Comparator.comparingInt(Membership::firstTask))
        .toList();
  }

  /** An executor is ready for the first message. */
  synchronized void ready(Object member, Reply reply) {
    ready++;
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
      notifyAll();
    }
  }

  /** A connection is gone. */
  synchronized void lose(Object member) {
    Membership lost = members.get(member);
    if (lost != null) {
      fail(GangFailure.lost(lost));
    }
  }

  @Override
  public synchronized void fail(GangFailure reason) {
    if (failure == null && !ended) {
      failure = reason;
      waiting.values().forEach(reply -> reply.fail(reason));
      waiting.clear();
      notifyAll();
    }
  }

  @Override
  public synchronized void end() {
    ended = true;
    waiting.values().forEach(Reply::end);
    waiting.clear();
  }

  @Override
  public synchronized Set<String> kernels() {
    return members.values().stream().map(Membership::kernels).collect(Collectors.toSet());
  }

  @Override
  public synchronized int executors() {
    return members.size();
  }

  @Override
  public void awaitMembers(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (this) {
      while (joined() < tasks || ready < members.size()) {
        if (!sleepUntil(deadline)) {
          throw GangFailure.incomplete(joined(), tasks, timeout);
        }
      }
    }
  }

  private int joined() {
    return members.values().stream().mapToInt(member -> member.tasks().size()).sum();
  }

  @Override
  public Merged exchange(Message message, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Map<Object, Reply> replies;
    synchronized (this) {
      checkFailure();
      replies = new HashMap<>(waiting);
      waiting.clear();
    }
    if (message instanceof Message.Load load) {
      sendParts(load, replies);
    } else {
      EncodedMessage encoded = new EncodedMessage(message);
      replies.values().forEach(reply -> reply.send(encoded));
    }
    if (!(message instanceof Message.Agreed)) {
      ownersAnswer = Message.isForOwners(message);
    }
    ShardForest forest = new ShardForest(ownersAnswer ? members.size() : shards);
    for (int missing = members.size(); missing > 0; missing--) {
      next(deadline, timeout).forEach(forest::add);
    }
    return forest.merged();
  }

  /** Sends each owner what it begins with. */
  private void sendParts(Message.Load whole, Map<Object, Reply> replies) {
    UpdatePlan plan = updates.orElseThrow();
    List<Membership> roster = roster();
    int[] starts = plan.starts(roster.size());
    replies.forEach(
        (member, reply) -> {
          int owner = roster.indexOf(member(member));
          reply.send(new EncodedMessage(plan.part(whole, starts[owner], starts[owner + 1])));
        });
  }

  private synchronized Membership member(Object member) {
    return members.get(member);
  }

  private synchronized List<Node> next(long deadline, Duration timeout) {
    checkFailure();
    while (posted.isEmpty()) {
      if (!sleepUntil(deadline)) {
        throw GangFailure.late(late(), timeout);
      }
    }
    return posted.remove();
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
