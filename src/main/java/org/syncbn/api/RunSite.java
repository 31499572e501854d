package org.syncbn.api;

import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.sync.EngineKind;

/**
 * The session, tasks and threads of a run.
 *
 * @param session its Spark session, unless it needs none
 * @param tasks of a cluster that hold shards
 * @param slots for tasks that there are, or that the run may use
 * @param threads of this JVM that compute where no engine of Spark does
 */
record RunSite(Optional<SparkSession> session, int tasks, int slots, int threads) {

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
