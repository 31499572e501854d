package org.syncbn.spark.internals;

import java.util.List;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.util.Utils;
import scala.jdk.javaapi.CollectionConverters;

/**
 * An executor, and how many tasks it runs at the same time.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 *
 * @param id as Spark numbers executors
 * @param host where it runs
 * @param slots how many tasks it runs at the same time
 */
public record ExecutorSlots(String id, String host, int slots) {

  /**
   * The executors that the driver knows, the oldest first. One that has just registered may be
   * missing for some milliseconds: its size comes by the bus of Spark's events.
   */
  public static List<ExecutorSlots> of(SparkContext spark) {
    Set<String> ids = Set.copyOf(Sessions.executors(spark));
    boolean onlyActive = true;
    return CollectionConverters.asJava(spark.statusStore().executorList(onlyActive)).stream()
        .filter(executor -> ids.contains(executor.id()) && executor.maxTasks() > 0)
        .sorted((a, b) -> a.addTime().compareTo(b.addTime()))
        .map(
            executor ->
                new ExecutorSlots(
                    executor.id(),
                    Utils.parseHostPort(executor.hostPort())._1,
                    executor.maxTasks()))
        .toList();
  }

  /** The executor as Spark's scheduler writes preferred locations. */
  String location() {
    return "executor_" + host + "_" + id;
  }
}
