package org.syncbn.spark.sync;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.TimedShards;

/**
 * The suspended shards of one engine in one JVM, which any task can resume.
 *
 * <p>The exchanges of an engine are numbered in turn. Suspended shards are handed to exactly one
 * taker. A taker that finds none that the exchange before has left, because its task is a retry, a
 * speculative copy or moved here from another executor, replays the step from its first message.
 * Shards that missed an exchange here were resumed elsewhere and are dropped. Thread-safe.
 */
final class StepPool {

  private record Suspended(TaskShards shards, long exchange) {
    static Suspended later(Suspended one, Suspended other) {
      boolean first = one.exchange > other.exchange;
      (first ? other : one).shards.close();
      return first ? one : other;
    }
  }

  private final Map<ShardRange, Suspended> suspended = new ConcurrentHashMap<>();

  /**
   * Carries the last of a step's messages to the shards of a task.
   *
   * @param range which shards
   * @param exchange which of the engine's
   * @param opening opens the shards, if they are not here
   * @param shards of the mini-batch
   * @param messages all messages of the step so far
   * @param reader takes from the merged nodes what outlives this call: they lie in the shards'
   *     memory
   * @throws ShardFailure what a shard threw
   */
  <R> R resume(
      ShardRange range,
      long exchange,
      Supplier<TaskShards> opening,
      int shards,
      List<Message> messages,
      Function<List<ShardForest.Node>, R> reader) {
    Suspended found = suspended.remove(range);
    dropBefore(exchange - 1);
    TaskShards open = found == null ? opening.get() : found.shards;
    R result;
    try {
      int last = messages.size() - 1;
      if (found == null || found.exchange != exchange - 1) {
        messages.subList(0, last).forEach(earlier -> open.resume(earlier, new ShardForest(shards)));
      }
      result = reader.apply(new TimedShards(shards, open).answer(messages.get(last)).roots());
    } catch (RuntimeException | Error e) {
      open.close();
      throw e;
    }
    suspended.merge(range, new Suspended(open, exchange), Suspended::later);
    return result;
  }

  private void dropBefore(long exchange) {
    suspended.forEach(
        (range, one) -> {
          if (one.exchange < exchange && suspended.remove(range, one)) { // else somebody resumes it
            one.shards.close();
          }
        });
  }

  /** How many ranges of shards are suspended here. */
  int size() {
    return suspended.size();
  }

  /** Closes the suspended shards. */
  void close() {
    dropBefore(Long.MAX_VALUE);
  }
}
