package io.syncbn.spark.sync;

import io.syncbn.train.Engine;
import io.syncbn.train.InProcessEngine;
import io.syncbn.train.StepPlan;
import org.apache.spark.SparkContext;

/**
 * The door to the engines.
 *
 * <pre>{@code
 * int tasks = Engines.tasks(spark.sc(), dealer.shards());
 * try (ShardedRows rows = ShardedRows.deal(blocks, dealer, tasks)) {
 *   EngineKind kind = EngineChoice.measure(spark, tasks, traffic).chosen();
 *   try (Engine engine = Engines.open(kind, rows, plan)) {
 *     ... // a Trainer drives it
 *   }
 * }
 * }</pre>
 */
public final class Engines {

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
      case GANG -> new GangEngine(rows, plan, GangOptions.from(rows.spark().sc().getConf()));
      case TREE -> new TreeEngine(rows, plan);
    };
  }

  /** How many tasks should hold some shards: as many as can work at once. */
  public static int tasks(SparkContext spark, int shards) {
    return Math.max(1, Math.min(shards, slots(spark)));
  }

  /** How many tasks can work at once now, as Spark counts before it starts a barrier stage. */
  public static int slots(SparkContext spark) {
    return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
  }
}
