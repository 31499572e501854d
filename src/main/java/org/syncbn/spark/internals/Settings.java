package org.syncbn.spark.internals;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.Utils;

/**
 * What Spark makes of its settings before there is a session.
 *
 * <p>Tried with Spark 4.2.0, and by the tests tagged {@code spark-internals} with 4.1.0 and 4.0.1.
 */
public final class Settings {

  private Settings() {}

  /** The folders for temporary files. */
  public static List<String> localFolders(SparkConf settings) {
    return List.of(Utils.getConfiguredLocalDirs(settings));
  }

  /** The settings of Hadoop, with those of {@code spark.hadoop.*}. */
  public static Configuration hadoop(SparkConf settings) {
    return SparkHadoopUtil.get().newConfiguration(settings);
  }

  /**
   * Whether a class is on the class path, jars of {@code --jars} and {@code --packages} included.
   */
  public static boolean hasClass(String name) {
    return Utils.classIsLoadable(name);
  }
}
