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
import org.syncbn.train.Message;
import org.syncbn.train.StepPlan;
import scala.Tuple2;

/**
 * A task of a gang: opens its shards, then posts their results and takes each reply as the next
 * message, until there is none.
 */
final class GangTask implements Serializable {

  private static final long serialVersionUID = 1;

  /** The gangs whose coordinator is in this JVM, by attempt. */
  static final Map<String, Coordinator> COORDINATORS_HERE = new ConcurrentHashMap<>();

  /** The combiners of this JVM's tasks, by attempt. */
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
    LocalCombiner combiner =
        COMBINERS.computeIfAbsent(ticket.attempt(), attempt -> combiner(context));
    ShardRange range = partitioner.shards(context.partitionId());
    try (TaskShards shards = new TaskShards(plan, sizes, range, rows)) {
      Optional<Message> next = combiner.join(context.partitionId());
      while (next.isPresent()) {
        next = combiner.exchange(shards.resume(next.get()));
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
    return new LocalCombiner(
        parties,
        plan.shards(),
        SparkEnv.get().executorId(),
        connection(),
        ticket.spinNanos(parties));
  }

  private Connection connection() {
    if (!ticket.isInDriver()) {
      return new CoordinatorTransport.Client(SparkEnv.get().conf(), ticket);
    }
    Coordinator coordinator = COORDINATORS_HERE.get(ticket.attempt());
    if (coordinator == null) {
      throw new GangFailure("this gang is over");
    }
    return new LocalConnection(coordinator);
  }

  private static GangFailure asFailure(Throwable failure) {
    if (failure instanceof GangFailure known) {
      return known;
    }
    return failure instanceof ShardFailure || failure instanceof EngineException
        ? GangFailure.permanent(failure.getMessage())
        : new GangFailure("a task failed: " + failure);
  }
}
