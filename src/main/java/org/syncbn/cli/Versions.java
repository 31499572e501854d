package org.syncbn.cli;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.package$;
import org.apache.spark.sql.SparkSession;
import org.syncbn.train.Provenance;
import picocli.CommandLine.IVersionProvider;

/** The versions of this program and of what it runs on. */
public final class Versions implements IVersionProvider {

  /** Name of a part to its version. */
  public static Map<String, String> all() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("spark-syncbn", Provenance.version());
    versions.put("spark", package$.MODULE$.SPARK_VERSION());
    versions.put("java", System.getProperty("java.version"));
    return versions;
  }

  /** The versions and the master of a session: the first lines of a report's provenance. */
  public static Map<String, Object> of(SparkSession session) {
    Map<String, Object> provenance = new LinkedHashMap<>(all());
    provenance.put("master", session.sparkContext().master());
    return provenance;
  }

  /** What is wrong with the Spark that runs, if this jar was built for another minor version. */
  static Optional<String> ofOtherSpark() {
    return builtForSpark(Versions.class.getResource("Versions.class"))
        .flatMap(built -> ofOtherSpark(built, package$.MODULE$.SPARK_VERSION()));
  }

  static Optional<String> ofOtherSpark(String built, String running) {
    return minor(built).equals(minor(running))
        ? Optional.empty()
        : Optional.of(
            "This jar was built for Spark %s and runs on Spark %s, where it may fail; use Spark %s, or build the jar for Spark %s."
                .formatted(minor(built), running, minor(built), minor(running)));
  }

  private static String minor(String version) {
    return version.replaceFirst("^(\\d+\\.\\d+).*", "$1");
  }

  /** The version of Spark in the manifest of the jar that holds an entry; none outside a jar. */
  static Optional<String> builtForSpark(URL entry) {
    try {
      return entry.openConnection() instanceof JarURLConnection jar
          ? Optional.ofNullable(jar.getMainAttributes())
              .map(attributes -> attributes.getValue("Built-For-Spark"))
          : Optional.empty();
    } catch (IOException unreadable) { // although this class was read from it
      return Optional.empty();
    }
  }

  @Override
  public String[] getVersion() {
    return all().entrySet().stream()
        .map(version -> version.getKey() + " " + version.getValue())
        .toArray(String[]::new);
  }
}
