package org.syncbn.spark.sync;

import java.io.Serializable;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntConsumer;
import org.apache.spark.SparkContext;
import org.syncbn.data.ShardData;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.StepPlan;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * One attempt of a gang: a long-running barrier stage, and the driver's end of its exchanges.
 * Starts in the constructor, and ends with {@link #end} or {@link #stop}.
 */
final class Gang {

  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);

  private final String attempt = "syncbn-gang-" + UUID.randomUUID();
  private final SparkContext spark;
  private final GangOptions options;
  private final Optional<CoordinatorServer> server;
  private final GangRounds rounds;
  private final GangTicket ticket;
  private final Thread job;

  /**
   * Starts a gang and waits until all tasks have joined.
   *
   * @param kind who keeps the weights
   * @param server lets executors in; empty if all tasks run in this JVM
   * @throws GangFailure if they do not join in time
   */
  Gang(
      ShardedRows rows,
      StepPlan plan,
      GangOptions options,
      EngineKind kind,
      Optional<CoordinatorServer> server) {
    this.spark = rows.spark().sc();
    this.options = options;
    this.server = server;
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    String secret = HexFormat.of().formatHex(random);
    ticket =
        new GangTicket(
            attempt,
            secret,
            server.map(CoordinatorServer::host).orElse(""),
            server.map(CoordinatorServer::port).orElse(0),
            options,
            kind);
    if (server.isPresent()) {
      Coordinator coordinator = new Coordinator(plan, rows.tasks());
      server.get().admit(attempt, secret, coordinator);
      rounds = coordinator;
    } else {
      LocalGang here = new LocalGang(plan.shards(), rows.tasks());
      GangTask.LOCAL_GANGS.put(attempt, here);
      rounds = here;
    }
    GangTask task = new GangTask(ticket, plan, rows.partitioner(), rows.sizes());
    job = new Thread(() -> runJob(rows, task), attempt);
    job.setDaemon(true);
    try {
      job.start();
      rounds.awaitMembers(options.startTimeout());
    } catch (GangFailure failure) {
      stop(failure);
      throw failure;
    } catch (RuntimeException | Error e) { // no thread can be started, say
      stop(new GangFailure("the gang could not start: " + SparkFailures.reason(e)));
      throw e;
    }
  }

  /** What multiplies matrices in its executors. */
  Set<String> kernels() {
    return rounds.kernels();
  }

  /** How many executors are in it. */
  int executors() {
    return rounds.executors();
  }

  GangTicket ticket() {
    return ticket;
  }

  private void runJob(ShardedRows rows, GangTask task) {
    try {
      spark.setJobGroup(attempt, "gang of " + rows.tasks() + " tasks", true);
      rows.rdd()
          .rdd()
          .barrier()
          .mapPartitions(new Run(task), true, ClassTag$.MODULE$.Int())
          .count();
      rounds.fail(new GangFailure("its tasks have ended"));
    } catch (Throwable e) { // Spark throws checked exceptions without saying so
      rounds.fail(GangFailure.ofJob(SparkFailures.reason(e)));
    }
  }

  /** What Spark runs, in a form that it takes from Java. */
  private static final class Run
      extends AbstractFunction1<Iterator<Tuple2<Integer, ShardData>>, Iterator<Object>>
      implements Serializable {

    private static final long serialVersionUID = 1;

    private final GangTask task;

    Run(GangTask task) {
      this.task = task;
    }

    @Override
    public Iterator<Object> apply(Iterator<Tuple2<Integer, ShardData>> rows) {
      task.run(CollectionConverters.asJava(rows));
      return scala.collection.Iterator$.MODULE$.empty();
    }
  }

  /**
   * Carries a message to all tasks and merges what they answer.
   *
   * @throws GangFailure if the gang cannot continue
   */
  Merged exchange(Message message) {
    return rounds.exchange(message, options.exchangeTimeout());
  }

  /** Does pieces of the driver's work; see {@link org.syncbn.train.Engine#share}. */
  void share(int pieces, IntConsumer work) {
    rounds.share(pieces, work);
  }

  /** Sends the tasks home and waits until they have gone. */
  void end() {
    try {
      rounds.end();
    } finally {
      if (awaitJob()) {
        forget();
      } else {
        stop(new GangFailure("the gang has ended"));
      }
    }
  }

  /** Ends a gang that has failed: answers every task that waits, and cancels those that work. */
  void stop(GangFailure failure) {
    try {
      rounds.fail(failure);
      spark.cancelJobGroupAndFutureJobs(attempt);
      awaitJob();
    } finally {
      forget();
    }
  }

  private void forget() {
    server.ifPresentOrElse(
        door -> door.dismiss(attempt), () -> GangTask.LOCAL_GANGS.remove(attempt));
  }

  private boolean awaitJob() {
    try {
      job.join(END_TIMEOUT.toMillis());
      return !job.isAlive();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
