package org.syncbn.spark.sync;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.syncbn.StrictSpark;
import org.syncbn.cluster.SparkCluster;

/** Sessions of engines on executors, strict about what travels with every version of Spark. */
final class StrictExecutors {

  private StrictExecutors() {}

  /** Opens the session of a cluster, with some settings more. */
  static JavaSparkContext open(SparkCluster cluster, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(StrictSpark.KRYO);
    settings.put("spark.kryo.registrationRequired", "true");
    settings.put("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
    settings.putAll(more);
    return JavaSparkContext.fromSparkContext(cluster.session(settings).sparkContext());
  }
}
