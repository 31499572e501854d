package org.syncbn.cluster;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that runs once on each kind of cluster. It may take a {@link SparkCluster}, a {@link
 * org.apache.spark.sql.SparkSession}, which is opened for it, or both.
 *
 * <pre>{@code
 * @OnSparkCluster(kinds = ClusterKind.STANDALONE, conf = "spark.kryo.registrationRequired=true")
 * void sums(SparkSession spark) { ... }
 * }</pre>
 *
 * <p>Standalone clusters of one shape are started once per run and shared; sessions are not.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(SparkClusterExtension.class)
public @interface OnSparkCluster {

  /** The kinds to run on. */
  ClusterKind[] kinds() default {
    ClusterKind.THREADS, ClusterKind.EXECUTORS, ClusterKind.STANDALONE
  };

  /** Executors of the cluster. */
  int executors() default 2;

  /** Cores of each executor. */
  int coresPerExecutor() default 1;

  /** Memory of each executor, in MiB. */
  int memoryMegabytes() default 1024;

  /** Settings of the session, each {@code key=value}. */
  String[] conf() default {};
}
