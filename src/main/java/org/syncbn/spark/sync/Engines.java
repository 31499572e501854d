package org.syncbn.spark.sync;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.syncbn.spark.internals.Transports;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.StepPlan;

/**
 * Opens engines, and counts the tasks that they can use.
 *
 * <pre>{@code
 * int tasks = Engines.tasks(spark.sc(), rowPartitioner.shards());
 * try (ShardedRows rows = ShardedRows.partition(blocks, rowPartitioner, tasks)) {
 *   EngineKind kind =
 *       EngineChoice.measure(spark, plan, tasks, traffic, Optional.empty(), kind -> true).chosen();
 *   try (Engine engine = Engines.open(kind, rows, plan)) {
 *     ... // a Trainer drives it
 *   }
 * }
 * }</pre>
 */
public final class Engines {

  /** If no further executor registers for this long, all are assumed to have come. */
  private static final Duration SETTLED = Duration.ofSeconds(2);

  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,.*");

  private Engines() {}

  /**
   * Opens an engine over some rows, which it leaves open when it is closed. The in-process engine
   * fetches the rows into this JVM and computes on all its processors.
   *
   * @throws EngineException if the engine cannot run here
   */
  public static Engine open(EngineKind kind, ShardedRows rows, StepPlan plan) {
    return switch (kind) {
      case IN_PROCESS ->
          new InProcessEngine(plan, rows.collect(), Runtime.getRuntime().availableProcessors());
      case GANG, SLICES ->
          new GangEngine(rows, plan, GangOptions.from(rows.spark().sc().getConf()), kind);
      case TREE -> new TreeEngine(rows, plan);
    };
  }

  /**
   * How many tasks should hold some shards: as many as can work at once when the executors that the
   * cluster has have come, at most one for each shard. Where executors are allocated dynamically,
   * one for each shard: asked for work, Spark asks for executors.
   *
   * @throws EngineException if no executor comes in time
   */
  public static int tasks(SparkContext spark, int shards) {
    return isDynamic(spark.getConf()) ? shards : Math.min(shards, awaitSlots(spark, shards));
  }

  /** Waits for executors while there may be more, and more are of use. */
  private static int awaitSlots(SparkContext spark, int enough) {
    Duration start = GangOptions.from(spark.getConf()).startTimeout();
    int slots = slots(spark);
    long wanted = Math.min(enough, expectedSlots(spark.getConf()));
    while (slots < wanted) {
      int before = slots;
      if (!Poll.until(() -> slots(spark) > before, before == 0 ? start : SETTLED)) {
        break;
      }
      slots = slots(spark);
    }
    if (slots == 0) {
      throw new EngineException(
          ("no executor registered within %d s: the cluster %s has no room for one of this size,"
                  + " or is not there")
              .formatted(start.toSeconds(), spark.master()));
    }
    return slots;
  }

  /** How many tasks can work at once when all executors are there, as far as settings tell. */
  static long expectedSlots(SparkConf conf) {
    Matcher local = LOCAL_CLUSTER.matcher(conf.get("spark.master"));
    if (local.matches()) {
      int each = Integer.parseInt(local.group(2)) / conf.getInt("spark.task.cpus", 1);
      return (long) Integer.parseInt(local.group(1)) * each;
    }
    return isLocal(conf) ? 0 : Long.MAX_VALUE;
  }

  /** Spark ignores dynamic allocation in local mode. */
  static boolean isDynamic(SparkConf conf) {
    return conf.getBoolean("spark.dynamicAllocation.enabled", false) && !isLocal(conf);
  }

  /** Whether tasks are threads of the driver. */
  public static boolean isLocal(SparkConf conf) {
    return conf.get("spark.master").matches("local(\\[.*)?");
  }

  /** What a person should know of an engine before it starts on this cluster. */
  public static Optional<String> note(EngineKind kind, SparkContext spark) {
    return kind.holdsSlots()
            && !spark.master().startsWith("local")
            && !Transports.areEncrypted(spark.getConf())
        ? Optional.of(
            "note: the secret of the gang's connections is sent to the executors unencrypted; on a"
                + " network where others can listen, set spark.authenticate and"
                + " spark.network.crypto.enabled, or spark.ssl.rpc.enabled, to true")
        : Optional.empty();
  }

  /** Whether a gang holds the application's task slots, so that another one waits for them. */
  public static boolean hasGang(SparkContext spark) {
    return GangTurn.in(spark).isTaken();
  }

  /** How many tasks can work at once now, as Spark counts before it starts a barrier stage. */
  public static int slots(SparkContext spark) {
    return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
  }
}
