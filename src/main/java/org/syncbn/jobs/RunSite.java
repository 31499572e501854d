package org.syncbn.jobs;

import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.syncbn.cli.SessionOptions.Session;
import org.syncbn.spark.sync.EngineKind;

/**
 * Where a run reads and computes.
 *
 * @param session its Spark session, unless it needs none
 * @param tasks of a cluster that hold shards
 * @param slots for tasks that there are, or that the run may use
 * @param threads of this JVM that compute where no engine of Spark does
 */
record RunSite(Optional<Session> session, int tasks, int slots, int threads)
    implements AutoCloseable {

  SparkSession spark() {
    return session.orElseThrow().spark();
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
        : "%s, %s on %s".formatted(engine, count(tasks, "task"), spark().sparkContext().master());
  }

  private static String count(int count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }

  /** Stops the session if the job started it. */
  @Override
  public void close() {
    session.ifPresent(Session::close);
  }
}
