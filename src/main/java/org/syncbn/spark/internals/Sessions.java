package org.syncbn.spark.internals;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalog.Table;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What only Spark's own sessions and contexts do.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
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

  /**
   * Runs jobs on the rows of a query, in Spark's own representation, as one query of Spark's pages.
   *
   * @param query a data set of a classic session
   */
  public static <T> T run(
      Dataset<Row> query, String title, Function<JavaRDD<InternalRow>, T> work) {
    QueryExecution execution = ((org.apache.spark.sql.classic.Dataset<Row>) query).queryExecution();
    return run(execution, title, () -> work.apply(execution.toRdd().toJavaRDD()));
  }

  /** The rows of a query, in Spark's own representation. */
  public static JavaRDD<InternalRow> rows(Dataset<Row> query) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) query).queryExecution().toRdd().toJavaRDD();
  }

  /** The settings of Hadoop, with those of the session. */
  public static Configuration hadoop(SparkSession session) {
    return session.sessionState().newHadoopConf();
  }

  /**
   * The parts of a name between dots, by the rules of Spark's SQL.
   *
   * @throws ParseException if it is not one
   */
  public static Seq<String> nameParts(SparkSession session, String name) throws ParseException {
    return session.sessionState().sqlParser().parseMultipartIdentifier(name);
  }

  /** The catalogs of a session. */
  public static CatalogManager catalogs(SparkSession session) {
    return ((org.apache.spark.sql.classic.SparkSession) session).sessionState().catalogManager();
  }

  /** The table of a name; if there is none, Spark's {@code AnalysisException}, undeclared. */
  public static Table table(SparkSession session, String name) {
    return ((org.apache.spark.sql.classic.SparkSession) session).catalog().getTable(name);
  }

  /** The executors that the driver knows. */
  public static List<String> executors(SparkContext spark) {
    return CollectionConverters.asJava(spark.getExecutorIds());
  }

  private static QueryExecution execution(Dataset<Row> query) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) query).queryExecution();
  }
}
