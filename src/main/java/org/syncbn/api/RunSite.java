package org.syncbn.api;

import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.syncbn.data.Schema;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.MemoryBudget;
import org.syncbn.train.RunOptions;

/**
 * The session, tasks and threads of a run.
 *
 * @param session its Spark session, unless it needs none
 * @param tasks of a cluster that hold shards
 * @param slots for tasks that there are, or that the run may use
 * @param threads of this JVM that compute where no engine of Spark does
 * @param engine that was asked for
 */
record RunSite(
    Optional<SparkSession> session,
    int tasks,
    int slots,
    int threads,
    Optional<EngineKind> engine) {

  SparkSession spark() {
    return session.orElseThrow();
  }

  JavaSparkContext context() {
    return JavaSparkContext.fromSparkContext(spark().sparkContext());
  }

  /** How many shards an engine could compute at the same time. */
  int workers(EngineKind engine) {
    return engine == EngineKind.IN_PROCESS ? threads : slots;
  }

  /**
   * Checks that a run fits into memory; where no engine is named, with one of those to choose from.
   *
   * @param trainingRows how many there are, or {@link org.syncbn.train.MemoryPlan#UNKNOWN_ROWS}
   * @throws org.syncbn.spark.sync.EngineException in a sentence, if it does not
   */
  void requireMemory(RunOptions options, Schema schema, long trainingRows) {
    if (engine.isPresent() || !memory(EngineKind.SLICES, options, schema, trainingRows).fits()) {
      memory(engine.orElse(EngineKind.GANG), options, schema, trainingRows).require();
    }
  }

  /** The memory that a run takes here, and the memory that there is. */
  MemoryBudget memory(EngineKind kind, RunOptions options, Schema schema, long trainingRows) {
    if (session.isEmpty()) {
      return MemoryBudget.ofThreads(threads, options, schema, trainingRows);
    }
    int parallel = kind == EngineKind.IN_PROCESS ? threads : tasks;
    return MemoryBudget.of(context().sc(), kind, parallel, options, schema, trainingRows);
  }

  /** An engine here, for a person. */
  String description(EngineKind engine) {
    return engine == EngineKind.IN_PROCESS
        ? "%s, %s".formatted(engine, count(threads, "thread"))
        : "%s, %s on %s".formatted(engine, count(tasks, "task"), context().master());
  }

  private static String count(int count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }
}
