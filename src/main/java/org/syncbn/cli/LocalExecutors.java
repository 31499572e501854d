package org.syncbn.cli;

import org.apache.spark.SparkConf;

/** Executors on this machine, in JVMs of their own. */
final class LocalExecutors {

  private static final String OPTIONS = "spark.executor.extraJavaOptions";

  private LocalExecutors() {}

  /** Gives them more options of the JVM; those that a user named come later and count. */
  static void addOptions(SparkConf settings, String options) {
    if (settings.get("spark.master").startsWith("local-cluster")) {
      settings.set(OPTIONS, (options + " " + settings.get(OPTIONS, "")).strip());
    }
  }
}
