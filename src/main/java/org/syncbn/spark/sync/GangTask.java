package org.syncbn.spark.sync;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Departures;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.StepPlan;
import org.syncbn.train.TimedShards;
import org.syncbn.train.UpdatePlan;
import scala.Tuple2;

/**
 * A task of a gang: opens its shards, then posts their results and takes each reply as the next
 * message, until there is none.
 */
final class GangTask implements Serializable {

  private static final long serialVersionUID = 1;

  /** The gangs whose driver is in this JVM, by attempt. */
  static final Map<String, LocalGang> LOCAL_GANGS = new ConcurrentHashMap<>();

  /** The combiners of this executor's tasks, by attempt. */
  private static final Map<String, LocalCombiner> COMBINERS = new ConcurrentHashMap<>();

  private final GangTicket ticket;
  private final StepPlan plan;
  private final ShardPartitioner partitioner;
  private final ShardSizes sizes;

  GangTask(GangTicket ticket, StepPlan plan, ShardPartitioner partitioner, ShardSizes sizes) {
    this.ticket = ticket;
    this.plan = plan;
    this.partitioner = partitioner;
    this.sizes = sizes;
  }

  void run(Iterator<Tuple2<Integer, ShardData>> rows) {
    BarrierTaskContext context = BarrierTaskContext.get();
    if (context.stageAttemptNumber() > 0) {
      throw new GangFailure("a gang is restarted by its driver, not by Spark");
    }
    if (ticket.isInDriver()) {
      lend(context.partitionId(), rows);
    } else {
      answer(context, rows);
    }
  }

  /** In the driver's JVM: gives the shards, and mostly the thread too, to the driver's thread. */
  private void lend(int task, Iterator<Tuple2<Integer, ShardData>> rows) {
    LocalGang gang = LOCAL_GANGS.get(ticket.attempt());
    if (gang == null) {
      throw new GangFailure("this gang is over");
    }
    try (TaskShards shards = open(task, rows)) {
      gang.lend(task, shards);
    } catch (RuntimeException | Error e) {
      gang.fail(asFailure(e));
      throw e;
    }
  }

  /** In an executor: answers the coordinator's messages until there is none. */
  private void answer(BarrierTaskContext context, Iterator<Tuple2<Integer, ShardData>> rows) {
    LocalCombiner combiner =
        COMBINERS.computeIfAbsent(ticket.attempt(), attempt -> combiner(context));
    try (TaskShards shards = open(context.partitionId(), rows)) {
      TimedShards timed = new TimedShards(plan.shards(), shards);
      Optional<Message> next = combiner.join(context.partitionId());
      while (next.isPresent()) {
        int exchange = next.get().exchange();
        next =
            combiner.exchange(exchange, timed.answer(next.get()), () -> catchUp(timed, exchange));
      }
    } catch (RuntimeException | Error e) {
      combiner.fail(asFailure(e));
      leave(combiner);
      throw e;
    }
    if (combiner.leave()) {
      leave(combiner);
    }
  }

  /** Has shards do what their answer did not need; the gradients that leave now. */
  private ShardForest catchUp(TimedShards timed, int exchange) {
    timed.catchUp();
    return departures()
        .filter(departures -> departures.isEarly(exchange))
        .map(departures -> timed.handOver(departures.after(exchange).from()))
        .orElseGet(() -> new ShardForest(plan.shards()));
  }

  /** Which gradients leave before a step ends; empty where the driver gets them all. */
  private Optional<Departures> departures() {
    return ticket.kind().keepsWeights()
        ? plan.updates().map(UpdatePlan::departures)
        : Optional.empty();
  }

  private TaskShards open(int task, Iterator<Tuple2<Integer, ShardData>> rows) {
    return new TaskShards(plan, sizes, partitioner.shards(task), rows);
  }

  private void leave(LocalCombiner combiner) {
    COMBINERS.remove(ticket.attempt(), combiner);
    combiner.close();
  }

  private LocalCombiner combiner(BarrierTaskContext context) {
    String here = context.getTaskInfos()[context.partitionId()].address();
    int parties =
        (int)
            Arrays.stream(context.getTaskInfos())
                .filter(task -> task.address().equals(here))
                .count();
    return new LocalCombiner(parties, plan.shards(), uplink(SparkEnv.get()));
  }

  private Uplink uplink(SparkEnv spark) {
    Connection connection = new CoordinatorClient(spark.conf(), ticket);
    if (!ticket.kind().keepsWeights()) {
      return new StarUplink(spark.executorId(), connection);
    }
    try {
      return new SlicedUplink(spark, ticket, plan, connection);
    } catch (RuntimeException | Error e) {
      connection.fail(asFailure(e));
      connection.close();
      throw e;
    }
  }

  private static GangFailure asFailure(Throwable failure) {
    if (failure instanceof GangFailure known) {
      return known;
    }
    if (failure instanceof ShardFailure ofShard) {
      return ofShard.ofGang();
    }
    return failure instanceof EngineException
        ? GangFailure.permanent(failure.getMessage())
        : new GangFailure("a task failed: " + failure);
  }
}
