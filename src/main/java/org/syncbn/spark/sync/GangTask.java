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
 * A task of a gang: opens its shards, then posts what they answer and takes the reply as the next
 * message, until there is none.
 */
final class GangTask implements Serializable {

  private static final long serialVersionUID = 1;

  /** The gangs whose hub is in this JVM, by attempt. */
  static final Map<String, Hub> HUBS_HERE = new ConcurrentHashMap<>();

  /** Where the tasks of this JVM meet, by attempt. */
  private static final Map<String, Meeting> MEETINGS = new ConcurrentHashMap<>();

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
      throw new GangFailure("a gang is begun anew by its driver, not by Spark");
    }
    Meeting meeting = MEETINGS.computeIfAbsent(ticket.attempt(), attempt -> meet(context));
    ShardRange range = partitioner.shards(context.partitionId());
    try (TaskShards shards = new TaskShards(plan, sizes, range, rows)) {
      Optional<Message> next = meeting.join(context.partitionId());
      while (next.isPresent()) {
        next = meeting.exchange(shards.resume(next.get()));
      }
    } catch (RuntimeException | Error e) {
      meeting.fail(asFailure(e));
      leave(meeting);
      throw e;
    }
    if (meeting.leave()) {
      leave(meeting);
    }
  }

  private void leave(Meeting meeting) {
    MEETINGS.remove(ticket.attempt(), meeting);
    meeting.close();
  }

  private Meeting meet(BarrierTaskContext context) {
    String here = context.getTaskInfos()[context.partitionId()].address();
    int parties =
        (int)
            Arrays.stream(context.getTaskInfos())
                .filter(task -> task.address().equals(here))
                .count();
    return new Meeting(
        parties, plan.shards(), SparkEnv.get().executorId(), uplink(), ticket.spinNanos(parties));
  }

  private Uplink uplink() {
    if (!ticket.isInDriver()) {
      return new HubTransport.Client(SparkEnv.get().conf(), ticket);
    }
    Hub hub = HUBS_HERE.get(ticket.attempt());
    if (hub == null) {
      throw new GangFailure("this gang is over");
    }
    return new LocalUplink(hub);
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
