package org.syncbn.spark.sync;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.syncbn.data.ShardData;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.ShardStep;
import org.syncbn.train.StepPlan;
import org.syncbn.train.TimedShards;
import org.syncbn.train.Work;
import scala.Tuple2;

/**
 * The suspended steps of one run in one JVM, which any task can resume.
 *
 * <p>Broadcast once per run, so each executor has one, which goes when the broadcast is destroyed.
 * A paused step is handed to exactly one taker. A taker that finds none at the right place, because
 * its task is a retry, a speculative copy or moved here from a lost executor, replays the step from
 * its first message. Thread-safe.
 */
@DefaultSerializer(JavaSerializer.class) // with any registrator
final class StepPool implements Serializable, AutoCloseable {

  private static final long serialVersionUID = 1;

  /** A task's shards after an exchange. An evaluation before a step has the step's number. */
  private record Paused(ShardStep shards, long step, Work work, int exchange) {
    boolean waitsFor(List<Message> messages) {
      Message last = messages.get(messages.size() - 1);
      return last.exchange() == 1
          || step == last.step()
              && work.equals(workOf(messages))
              && exchange == last.exchange() - 1;
    }
  }

  private final StepPlan plan;
  private final ShardSizes sizes;
  private transient Map<ShardRange, Paused> paused = new ConcurrentHashMap<>();

  StepPool(StepPlan plan, ShardSizes sizes) {
    this.plan = plan;
    this.sizes = sizes;
  }

  /**
   * Carries the last of a step's messages to the shards of a task.
   *
   * @param range which shards
   * @param rows of these shards; read only if they must be opened
   * @param messages all messages of the step so far
   * @param reader takes from the merged nodes what outlives this call: they lie in the shards'
   *     memory
   * @throws ShardFailure what a shard threw
   */
  <R> R resume(
      ShardRange range,
      Iterator<Tuple2<Integer, ShardData>> rows,
      List<Message> messages,
      Function<List<ShardForest.Node>, R> reader) {
    Message last = messages.get(messages.size() - 1);
    Paused found = paused.remove(range);
    ShardStep step =
        found == null ? plan.open(range.first(), sizes.inOrder(range, rows)) : found.shards;
    ShardForest forest;
    try {
      if (found == null || !found.waitsFor(messages)) {
        for (Message earlier : messages.subList(0, last.exchange() - 1)) {
          step.resume(earlier, new ShardForest(plan.shards()));
        }
      }
      forest = new TimedShards(plan.shards(), step).answer(last);
    } catch (RuntimeException | Error e) {
      step.close();
      throw new ShardFailure(range, last, e);
    }
    R result = reader.apply(forest.roots());
    Paused twin =
        paused.put(range, new Paused(step, last.step(), workOf(messages), last.exchange()));
    if (twin != null) {
      twin.shards.close();
    }
    return result;
  }

  private static Work workOf(List<Message> messages) {
    return ((Message.Begin) messages.get(0)).work();
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    paused = new ConcurrentHashMap<>();
  }

  /** Closes the paused steps of this JVM. */
  @Override
  public void close() {
    paused.values().forEach(step -> step.shards.close());
    paused.clear();
  }
}
