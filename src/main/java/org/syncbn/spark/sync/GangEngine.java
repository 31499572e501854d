package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.syncbn.spark.internals.Sessions;
import org.syncbn.train.Engine;
import org.syncbn.train.Merged;
import org.syncbn.train.Message;
import org.syncbn.train.StepPlan;

/**
 * Keeps one barrier stage running for the whole run (gang scheduling), so that an exchange costs
 * one driver-executor round trip. On failure it restarts the stage and replays the step. Needs a
 * fixed set of executors.
 *
 * <p>The tasks of the stage hold the shards. Each posts its shards' results to the driver, and the
 * reply to that post is the next message. Tasks of one executor merge before they post. In local
 * mode the tasks lend their shards and threads to the driver's thread instead, so that an exchange
 * costs what it costs between threads. The gang holds its task slots from the first exchange until
 * {@link #close}.
 *
 * <p>If an executor is lost, a task fails or is late, the engine restarts all tasks, with a new
 * secret, and replays the current step: the result has the same bits. An exception in a shard's
 * computation is reported at once, since every attempt would fail.
 *
 * <p>As {@link EngineKind#SLICES} the executors keep the weights and the state of the optimizer,
 * each a slice; see {@link SliceOwner}. Then the engine fetches both now and then, and replays all
 * steps since: how often is chosen such that fetching takes about a twentieth of the time.
 */
public final class GangEngine implements Engine {

  private static final Logger LOG = LoggerFactory.getLogger(GangEngine.class);

  /** How long the driver may take to notice the loss of an executor whose connection broke. */
  private static final Duration NOTICE_TIMEOUT = Duration.ofSeconds(10);

  private final ShardedRows given;
  private ShardedRows rows; // those given, or the same in fewer tasks
  private final StepPlan plan;
  private final GangOptions options;
  private final EngineKind kind;
  private final SparkContext spark;
  private final GangTurn turn;
  private final Optional<CoordinatorServer> server;
  private final MessageLog log = new MessageLog();
  private final TensorMemory fetched = new TensorMemory();
  private final SnapshotClock snapshots = new SnapshotClock();
  private final Set<String> kernels = new TreeSet<>(); // of all gangs
  private Optional<Gang> gang = Optional.empty();
  private boolean closed;

  /** An engine whose driver keeps the weights. */
  public GangEngine(ShardedRows rows, StepPlan plan, GangOptions options) {
    this(rows, plan, options, EngineKind.GANG);
  }

  /**
   * An engine over some rows, which it leaves open when it is closed. Waits for its turn while the
   * gang of another thread holds the application's task slots.
   *
   * @param rows the rows
   * @param plan of as many shards
   * @param options deadlines and addresses
   * @param kind {@link EngineKind#GANG} or {@link EngineKind#SLICES}, the same in local mode
   * @throws EngineException if the gang cannot run here: too few task slots, dynamic allocation,
   *     another gang of this thread, or a port that is taken
   */
  public GangEngine(ShardedRows rows, StepPlan plan, GangOptions options, EngineKind kind) {
    rows.checkShards(plan);
    this.given = rows;
    this.rows = rows;
    this.plan = plan;
    this.options = options;
    this.spark = rows.spark().sc();
    this.kind = spark.isLocal() ? EngineKind.GANG : kind; // one JVM has all slices
    this.turn = GangTurn.in(spark);
    checkAllocation(spark.getConf());
    checkSlots(awaitSlots(), rows.tasks());
    server = turn.open(this::listen);
  }

  private Optional<CoordinatorServer> listen() {
    return spark.isLocal()
        ? Optional.empty()
        : Optional.of(new CoordinatorServer(spark.getConf(), options, kind));
  }

  @Override
  public Merged exchange(Message message) {
    if (closed) {
      throw new IllegalStateException("the engine is closed");
    }
    if (message instanceof Message.Continue next && snapshots.isDue(log)) {
      collect(new Message.Collect(next.run(), next.step(), next.settlement()));
      return attempt(next.settled());
    }
    return message instanceof Message.Collect collect ? collect(collect) : attempt(message);
  }

  /** Fetches what the executors keep, and goes on from there if they are lost. */
  private Merged collect(Message.Collect message) {
    snapshots.begin();
    Merged parts = attempt(message);
    log.clear(); // so that what was fetched before makes room
    Merged merged = parts.inWhole(gang.orElseThrow().executors(), fetched.rewind());
    log.restart(message, merged.slices().arrays());
    snapshots.end();
    return merged;
  }

  private Merged attempt(Message message) {
    Message sent = log.add(message);
    for (int attempt = 1; ; attempt++) {
      try {
        return exchangeWithGang(sent);
      } catch (GangFailure failure) {
        gang.ifPresent(failed -> failed.stop(failure));
        gang = Optional.empty();
        if (failure.isPermanent()) {
          throw ShardFailure.onDriver(failure.getMessage());
        }
        if (attempt == options.attempts() || Thread.currentThread().isInterrupted()) {
          throw new EngineException(
              "exchange %d of step %d failed (attempt %d of %d): %s"
                  .formatted(
                      message.exchange(),
                      message.step(),
                      attempt,
                      options.attempts(),
                      failure.getMessage()),
              failure);
        }
        awaitNotice(failure);
        try {
          recover();
        } catch (EngineException e) {
          throw e;
        } catch (Exception e) { // of Spark's jobs, checked ones too
          throw SparkFailures.explain(message, e);
        }
      }
    }
  }

  /** Makes room for a new gang: with fewer tasks where lost executors are not replaced. */
  private void recover() {
    int slots = awaitSlots();
    if (slots >= rows.tasks()) {
      rows.restore();
      return;
    }
    if (slots == 0) {
      checkSlots(slots, rows.tasks());
    }
    LOG.warn(
        "The cluster has room for {} tasks, no longer for {}: going on with those.",
        slots,
        rows.tasks());
    ShardedRows before = rows;
    rows = rows.inTasks(slots);
    if (before != given) {
      before.close();
    }
  }

  @Override
  public boolean keepsWeights() {
    return kind.keepsWeights();
  }

  /** In local mode on the threads of the tasks, which wait meanwhile. */
  @Override
  public void share(int pieces, IntConsumer work) {
    gang.ifPresentOrElse(
        running -> running.share(pieces, work), () -> Engine.super.share(pieces, work));
  }

  @Override
  public Set<String> matrixProducts() {
    Set<String> all = new TreeSet<>(rows.sizes().matrixProducts());
    all.addAll(kernels);
    return all;
  }

  @Override
  public int concurrency() {
    return rows.tasks();
  }

  /** The ticket of the gang that runs, if one does. */
  Optional<GangTicket> ticket() {
    return gang.map(Gang::ticket);
  }

  private Merged exchangeWithGang(Message message) {
    if (gang.isEmpty()) {
      Gang fresh = new Gang(rows, plan, options, kind, server);
      gang = Optional.of(fresh);
      kernels.addAll(fresh.kernels());
      log.before().forEach(fresh::exchange);
      snapshots.begin(); // what went before is no part of fetching
    }
    return gang.get().exchange(message);
  }

  /** Why a gang of the given number of tasks cannot run now, in a sentence. */
  static Optional<String> obstacle(SparkContext spark, int tasks) {
    try {
      checkAllocation(spark.getConf());
      checkSlots(Engines.slots(spark), tasks);
      return Optional.empty();
    } catch (EngineException e) {
      return Optional.of(e.getMessage());
    }
  }

  static void checkAllocation(SparkConf conf) {
    if (Engines.isDynamic(conf)) {
      throw new EngineException(
          "the gang engine needs a fixed set of executors: set"
              + " spark.dynamicAllocation.enabled=false, or use the tree engine");
    }
  }

  private static void checkSlots(int slots, int tasks) {
    if (slots < tasks) {
      throw new EngineException(
          "the gang needs room for %d tasks at the same time and the cluster has room for %d: partition the rows into fewer tasks, add executors, or use the tree engine"
              .formatted(tasks, slots));
    }
  }

  /** Waits until the cluster has room for all tasks at the same time; for how many it has. */
  private int awaitSlots() {
    boolean mayCome = Engines.expectedSlots(spark.getConf()) >= rows.tasks();
    Duration timeout = mayCome ? options.startTimeout() : Duration.ZERO;
    Poll.until(() -> Engines.slots(spark) >= rows.tasks(), timeout);
    return Engines.slots(spark);
  }

  /** Until the driver knows that an executor is gone, it would give it the next gang's tasks. */
  private void awaitNotice(GangFailure failure) {
    failure
        .lostExecutor()
        .ifPresent(
            lost -> Poll.until(() -> !Sessions.executors(spark).contains(lost), NOTICE_TIMEOUT));
  }

  private void closeMovedRows() {
    if (rows != given) {
      rows.close();
      given.persist();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      gang.ifPresent(Gang::end);
    } finally {
      try {
        server.ifPresent(CoordinatorServer::close);
      } finally {
        turn.giveBack();
        closeMovedRows();
      }
    }
  }
}
