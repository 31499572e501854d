package org.syncbn.spark.sync;

import java.io.Serializable;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.spark.HashPartitioner;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.syncbn.data.ShardData;
import org.syncbn.train.Engine;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.ShardForest;
import org.syncbn.train.StepPlan;
import org.syncbn.train.Work;
import scala.Tuple2;

/**
 * Runs one Spark job per exchange, tree-aggregated, over shards that stay on their executors.
 *
 * <p>Works on any cluster, with dynamic allocation and speculation. A lost executor or a retried
 * task replays one step and changes no bit, because a job carries all messages of the step so far
 * and {@link StepPool} knows which of them a shard has seen. An exchange of small contributions is
 * one stage whose tasks answer the driver; large ones are cut into slices that a second stage
 * merges, so that the driver receives the sum of the gradients once, not once per task. Both add in
 * the order of {@link ShardForest}.
 */
public final class TreeEngine implements Engine {

  /** Above this many bytes from all tasks together, slices cost less than the driver's link. */
  private static final long DEFAULT_SLICE_ABOVE_BYTES = 64L << 20;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private static final int LEAST_SLICE = 1 << 16;

  /** Exchanges of one kind have answers of one size. */
  private record Kind(Class<? extends Work> work, int exchange) {}

  private final ShardedRows rows;
  private final int shards;
  private final long sliceAboveBytes;
  private final Broadcast<TaskPlan> plan;
  private final long number = StepPools.open();
  private final TensorMemory memory = new TensorMemory();
  private final Map<Kind, Long> answerBytes = new HashMap<>();
  private StepMessages step = new StepMessages();
  private long exchanges;
  private long weights;
  private Kind kind = new Kind(Work.class, 0);
  private boolean closed;

  /**
   * An engine over some rows, which it leaves open when it is closed.
   *
   * @param rows the rows
   * @param plan of as many shards
   */
  public TreeEngine(ShardedRows rows, StepPlan plan) {
    this(rows, plan, DEFAULT_SLICE_ABOVE_BYTES);
  }

  TreeEngine(ShardedRows rows, StepPlan plan, long sliceAboveBytes) {
    rows.checkShards(plan);
    this.rows = rows;
    this.shards = plan.shards();
    this.sliceAboveBytes = sliceAboveBytes;
    this.plan = rows.spark().broadcast(new TaskPlan(plan, rows.sizes()));
  }

  @Override
  public Merged exchange(Message message) {
    accept(message);
    exchanges++;
    memory.rewind();
    try {
      return slices() > 1 ? mergeInSlices(slices()) : mergeOnDriver();
    } catch (EngineException e) {
      throw e;
    } catch (Exception e) { // Spark throws checked exceptions without saying so
      throw SparkFailures.explain(message, e);
    }
  }

  private void accept(Message message) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    if (message instanceof Message.Begin begin) {
      step.destroy();
      step = StepMessages.begin(rows.spark(), begin);
      weights = begin.weights().size();
      kind = new Kind(begin.work().getClass(), 1);
    } else {
      kind = new Kind(kind.work, message.exchange());
      step.add((Message.Agreed) message);
    }
    if (step.count() != message.exchange()) {
      throw new IllegalStateException(
          "exchange " + message.exchange() + " does not follow exchange " + (step.count() - 1));
    }
  }

  private Merged mergeOnDriver() {
    ShardForest forest = new ShardForest(shards);
    long largest = 0;
    for (TaskAnswer answer : answers(TaskAnswer::of, TaskAnswer::failed).collect()) {
      answer.nodes(memory).forEach(forest::add);
      largest = Math.max(largest, answer.size());
    }
    answerBytes.put(kind, largest);
    return forest.merged();
  }

  private Merged mergeInSlices(int slices) {
    int ofShards = shards;
    JavaRDD<TaskAnswer> merged =
        answers(nodes -> Slices.cut(nodes, slices), failure -> Slices.failed(failure, slices))
            .flatMapToPair(List::iterator)
            .partitionBy(new HashPartitioner(slices))
            .mapPartitions(parts -> List.of(Slices.merge(ofShards, parts)).iterator());
    try {
      List<TaskAnswer> answers = merged.collect();
      answerBytes.put(kind, answers.stream().mapToLong(TaskAnswer::size).sum());
      return new ShardForest(1).add(Slices.concatenate(answers, memory)).merged();
    } finally {
      // The files of a shuffle per step would fill the disks before the driver's next collection.
      merged.rdd().cleanShuffleDependencies(false);
    }
  }

  /** One element per task: what a function makes of its nodes, or of a permanent failure. */
  private <R> JavaRDD<R> answers(
      Reader<List<ShardForest.Node>, R> onNodes, Reader<ShardFailure, R> onFailure) {
    Exchange exchange =
        new Exchange(plan, rows.partitioner(), step, number, StepPools.engines(), exchanges);
    return rows.rdd()
        .mapPartitionsWithIndex(
            (task, data) -> List.of(exchange.answer(task, data, onNodes, onFailure)).iterator(),
            true);
  }

  /** A serializable function. */
  private interface Reader<A, R> extends Function<A, R>, Serializable {}

  /**
   * What a task needs for an exchange.
   *
   * @param plan opens its shards
   * @param partitioner says which
   * @param messages of the step
   * @param engine whose exchange it is
   * @param engines that are open
   * @param number of the exchange among those of the engine
   */
  private record Exchange(
      Broadcast<TaskPlan> plan,
      ShardPartitioner partitioner,
      StepMessages messages,
      long engine,
      StepPools.Engines engines,
      long number)
      implements Serializable {

    <R> R answer(
        int task,
        Iterator<Tuple2<Integer, ShardData>> rows,
        Function<List<ShardForest.Node>, R> onNodes,
        Function<ShardFailure, R> onFailure) {
      ShardRange range = partitioner.shards(task);
      try {
        return StepPools.of(engine, engines)
            .resume(
                range,
                number,
                () -> plan.value().open(range, rows),
                partitioner.shards(),
                messages.messages(),
                onNodes);
      } catch (ShardFailure failure) {
        if (failure.isPermanent()) {
          return onFailure.apply(failure);
        }
        throw failure;
      }
    }
  }

  /**
   * Into how many slices an answer is cut; 1 if it is small. Which exchanges bring gradients is
   * learned from the step before; until then each may.
   */
  private int slices() {
    long bytes = answerBytes.getOrDefault(kind, weights * Float.BYTES);
    return bytes * rows.tasks() <= sliceAboveBytes
        ? 1
        : (int) Math.max(2, Math.min(rows.tasks(), weights / LEAST_SLICE));
  }

  /** Whether tasks whose answers have so many bytes each send them in slices. */
  static boolean isSliced(long bytesOfTask, int tasks) {
    return bytesOfTask * tasks > DEFAULT_SLICE_ABOVE_BYTES;
  }

  /** The least bytes of a task's answer with which {@link #isSliced}, in whole floats. */
  static int leastSliced(int tasks) {
    return (int) (DEFAULT_SLICE_ABOVE_BYTES / tasks / Float.BYTES + 1) * Float.BYTES;
  }

  @Override
  public Set<String> matrixProducts() {
    return rows.sizes().matrixProducts();
  }

  @Override
  public int concurrency() {
    return Math.max(1, Math.min(rows.tasks(), Engines.slots(rows.spark().sc())));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      step.destroy();
      plan.destroy();
      StepPools.close(number);
      closeElsewhere();
    }
  }

  /** Has a task in each slot drop what is suspended. */
  private void closeElsewhere() {
    SparkContext spark = rows.spark().sc();
    if (spark.isLocal() || spark.isStopped() || Engines.hasGang(spark)) {
      return;
    }
    StepPools.Engines engines = StepPools.engines();
    int slots = Engines.slots(spark);
    JavaFutureAction<Void> job =
        rows.spark()
            .parallelize(Collections.nCopies(slots, 0), Math.max(1, slots))
            .foreachPartitionAsync(unused -> StepPools.drop(engines));
    try {
      job.get(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      job.cancel(true);
    } catch (ExecutionException | TimeoutException e) {
      job.cancel(true); // the next engine's tasks drop it
    }
  }
}
