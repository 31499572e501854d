package org.syncbn.cli;

import java.lang.management.ManagementFactory;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;

/** The archive of classes that this JVM was started with (class data sharing), for executors. */
final class ClassArchive {

  private ClassArchive() {}

  /** Has executors on this machine, whose class path is this JVM's, read the same archive. */
  static void share(SparkConf settings) {
    String options =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> option.startsWith("-XX:SharedArchiveFile="))
            .map("\"%s\" -Xlog:disable"::formatted)
            .collect(Collectors.joining(" "));
    LocalExecutors.addOptions(settings, options);
  }
}
