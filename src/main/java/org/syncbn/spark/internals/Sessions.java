package org.syncbn.spark.internals;

import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What only Spark's own sessions and contexts do.
 *
 * <p>Tried with Spark 4.2.0; compiled with 4.0.1 and 4.1.0.
 */
public final class Sessions {

  private Sessions() {}

  /** A session beside another one, with its settings and temporary views. */
  public static SparkSession beside(SparkSession session) {
    return ((org.apache.spark.sql.classic.SparkSession) session).cloneSession();
  }

  /**
   * Runs the jobs that work on a query as one query of Spark's pages, with the query's settings.
   */
  public static <T> T run(QueryExecution query, String title, Supplier<T> work) {
    return SQLExecution.withNewExecutionId(query, Option.apply(title), work::get);
  }

  /** The executors that the driver knows. */
  public static List<String> executors(SparkContext spark) {
    return CollectionConverters.asJava(spark.getExecutorIds());
  }
}
