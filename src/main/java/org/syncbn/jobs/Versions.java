package org.syncbn.jobs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.package$;
import org.apache.spark.sql.SparkSession;
import org.syncbn.train.Provenance;
import picocli.CommandLine.IVersionProvider;

/** What this program is and what it runs on. */
final class Versions implements IVersionProvider {

  /** Name of a part to its version. */
  static Map<String, String> all() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("spark-syncbn", Provenance.version());
    versions.put("spark", package$.MODULE$.SPARK_VERSION());
    versions.put("java", System.getProperty("java.version"));
    return versions;
  }

  /** The versions and the master of a session: the first lines of a report's provenance. */
  static Map<String, Object> of(SparkSession session) {
    Map<String, Object> provenance = new LinkedHashMap<>(all());
    provenance.put("master", session.sparkContext().master());
    return provenance;
  }

  @Override
  public String[] getVersion() {
    return all().entrySet().stream()
        .map(version -> version.getKey() + " " + version.getValue())
        .toArray(String[]::new);
  }
}
