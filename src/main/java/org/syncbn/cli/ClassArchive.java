package org.syncbn.cli;

import java.lang.management.ManagementFactory;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;

/** The archive of classes that this JVM was started with (class data sharing), for executors. */
final class ClassArchive {

  private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";

  private ClassArchive() {}

  /** Has executors on this machine, whose class path is this JVM's, read the same archive. */
  static void share(SparkConf settings) {
    if (!settings.get("spark.master").startsWith("local-cluster")) {
      return;
    }
    String options =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> option.startsWith("-XX:SharedArchiveFile="))
            .map("\"%s\" -Xlog:disable"::formatted)
            .collect(Collectors.joining(" "));
    settings.set(EXECUTOR_OPTIONS, (options + " " + settings.get(EXECUTOR_OPTIONS, "")).strip());
  }
}
