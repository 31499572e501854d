package io.syncbn.spark.sync;

import io.syncbn.data.ShardData;
import io.syncbn.train.Message;
import io.syncbn.train.ShardForest;
import io.syncbn.train.ShardStep;
import io.syncbn.train.StepPlan;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import scala.Tuple2;

/**
 * The half-done steps of one run in one JVM, from which any task can go on.
 *
 * <p>Broadcast once per run, so each executor has one, which goes when the broadcast is destroyed.
 * A paused step is handed to exactly one taker. A taker that finds none at the right place, because
 * its task is a retry, a speculative copy or moved here from a lost executor, replays the step from
 * its first message. Thread-safe.
 */
final class StepPool implements Serializable, AutoCloseable {

  private static final long serialVersionUID = 1;

  /** A shard's side after an exchange of a step. */
  private record Paused(ShardStep shard, long step, int exchange) {
    boolean waitsFor(Message message) {
      return message.exchange() == 1
          || step == message.step() && exchange == message.exchange() - 1;
    }
  }

  private final StepPlan plan;
  private final ShardSizes sizes;
  private transient Map<Integer, Paused> paused = new ConcurrentHashMap<>();

  StepPool(StepPlan plan, ShardSizes sizes) {
    this.plan = plan;
    this.sizes = sizes;
  }

  /**
   * Carries the last of a step's messages to some shards.
   *
   * @param firstShard the first shard
   * @param endShard one past the last
   * @param rows of these shards; read only if one must be opened
   * @param messages all messages of the step so far
   * @param reader takes from the merged nodes what outlives this call: they lie in the shards'
   *     memory
   * @throws ShardFailure what a shard threw
   */
  <R> R resume(
      int firstShard,
      int endShard,
      Iterator<Tuple2<Integer, ShardData>> rows,
      List<Message> messages,
      Function<List<ShardForest.Node>, R> reader) {
    Message last = messages.get(messages.size() - 1);
    Map<Integer, ShardData> data = new HashMap<>();
    ShardForest forest = new ShardForest(plan.shards());
    List<ShardStep> resumed = new ArrayList<>();
    for (int shard = firstShard; shard < endShard; shard++) {
      Paused found = paused.remove(shard);
      ShardStep step = found == null ? open(shard, data, rows) : found.shard;
      boolean ready = found != null && found.waitsFor(last);
      try {
        for (Message earlier :
            ready ? List.<Message>of() : messages.subList(0, last.exchange() - 1)) {
          step.resume(earlier);
        }
        forest.add(ShardForest.Node.answer(shard, step, last));
      } catch (RuntimeException | Error e) {
        throw new ShardFailure(shard, last, e);
      }
      resumed.add(step);
    }
    R result = reader.apply(forest.roots());
    for (ShardStep step : resumed) {
      Paused twin = paused.put(firstShard++, new Paused(step, last.step(), last.exchange()));
      if (twin != null) {
        twin.shard.close();
      }
    }
    return result;
  }

  private ShardStep open(
      int shard, Map<Integer, ShardData> data, Iterator<Tuple2<Integer, ShardData>> rows) {
    rows.forEachRemaining(pair -> data.put(pair._1, pair._2));
    sizes.check(shard, data.get(shard));
    return plan.open(shard, data.get(shard));
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    paused = new ConcurrentHashMap<>();
  }

  /** Closes the paused steps of this JVM. */
  @Override
  public void close() {
    paused.values().forEach(step -> step.shard.close());
    paused.clear();
  }
}
