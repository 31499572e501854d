package org.syncbn.spark.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.syncbn.spark.internals.Settings;

/**
 * Tables of programs that keep a log beside the files: which files belong to the table, and which
 * of their rows, only their own connector knows.
 */
public enum TableFormat implements RowFormat {
  /** Delta Lake. */
  DELTA(
      "Delta",
      "_delta_log",
      "io.delta.sql.DeltaSparkSessionExtension",
      Map.of(
          "4.0", "io.delta:delta-spark_2.13:4.0.0",
          "4.1", "io.delta:delta-spark_4.1_2.13:4.1.0",
          "4.2", "io.delta:delta-spark_4.2_2.13:4.4.0")),
  /** Apache Iceberg. */
  ICEBERG(
      "Iceberg",
      "metadata",
      "org.apache.iceberg.spark.source.IcebergSource",
      Map.of("4.1", "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0")),
  /** Apache Hudi. */
  HUDI("Hudi", ".hoodie", "org.apache.hudi.Spark4DefaultSource", Map.of());

  private static final String ICEBERG_METADATA = ".metadata.json";

  /** Of tables that live in folders alone; catalogs have other names, whose order says nothing. */
  private static final Pattern NUMBERED_METADATA =
      Pattern.compile("v\\d+(\\.gz)?\\.metadata\\.json(\\.gz)?");

  private final String title;
  private final String marker;
  private final String connector;
  private final Map<String, String> artifacts; // by the minor version of Spark

  TableFormat(String title, String marker, String connector, Map<String, String> artifacts) {
    this.title = title;
    this.marker = marker;
    this.connector = connector;
    this.artifacts = artifacts;
  }

  /** The format of this name. */
  public static Optional<TableFormat> ofName(String name) {
    return Arrays.stream(values())
        .filter(format -> format.sparkName().equalsIgnoreCase(name))
        .findFirst();
  }

  @Override
  public String sparkName() {
    return title.toLowerCase(Locale.ROOT);
  }

  /** Whether the connector is on the class path. */
  public boolean hasConnector() {
    return Settings.hasClass(connector);
  }

  /**
   * Says how the connector is had, if it is not on the class path.
   *
   * @throws DataException then
   */
  public void requireConnector() {
    if (!hasConnector()) {
      throw new DataException(
          artifacts.isEmpty()
              ? "No connector of %s is known for this Spark; write the table as Parquet elsewhere."
                  .formatted(title)
              : "The connector of %s is not among Spark's jars; add it with --packages %s."
                  .formatted(title, packages()));
    }
  }

  /** What a session must be set to, from its beginning, for the connectors that are there. */
  public static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    if (DELTA.hasConnector()) {
      settings.put("spark.sql.extensions", DELTA.connector);
      settings.put(
          "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    }
    if (ICEBERG.hasConnector()) { // by which it opens folders; its own default needs Hive
      String catalog = "spark.sql.catalog.default_iceberg";
      settings.put(catalog, "org.apache.iceberg.spark.SparkCatalog");
      settings.put(catalog + ".type", "hadoop");
      settings.put(catalog + ".warehouse", "spark-warehouse");
    }
    return settings;
  }

  /** The format of which a folder is a table. */
  public static Optional<TableFormat> at(FileSystem fileSystem, Path folder) throws IOException {
    for (TableFormat format : values()) {
      if (format.marks(fileSystem, folder)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  /**
   * Throws if a path is a table or inside one.
   *
   * @param place a folder that may not exist
   */
  public static void requireOutside(FileSystem fileSystem, Path place) throws IOException {
    for (Path at = place; at != null; at = at.getParent()) {
      Optional<TableFormat> table = at(fileSystem, at);
      if (table.isPresent()) {
        throw table.get().rejection(at);
      }
    }
  }

  private boolean marks(FileSystem fileSystem, Path folder) throws IOException {
    Path place = Location.child(folder, marker);
    try {
      return fileSystem.getFileStatus(place).isDirectory()
          && (this != ICEBERG
              || Arrays.stream(fileSystem.listStatus(place))
                  .anyMatch(status -> status.getPath().getName().endsWith(ICEBERG_METADATA)));
    } catch (FileNotFoundException | org.apache.hadoop.security.AccessControlException e) {
      return false;
    }
  }

  /**
   * Throws if a folder is not a table of this format, or if only a catalog knows its current state.
   *
   * @throws DataException in a sentence
   */
  public void requireReadable(Location folder) throws IOException {
    if (!marks(folder.fileSystem(), folder.path())) {
      throw new DataException(
          "%s is not a table of %s, whose folder holds %s; name such a folder, or leave out its format."
              .formatted(
                  folder, title, this == ICEBERG ? marker + "/*" + ICEBERG_METADATA : marker));
    }
    if (this == ICEBERG
        && FolderTree.list(folder.fileSystem(), Location.child(folder.path(), marker)).stream()
            .map(entry -> entry.getPath().getName())
            .noneMatch(name -> NUMBERED_METADATA.matcher(name).matches())) {
      throw new DataException(
          "%s is a table of a catalog, which alone knows its state; name the table with --table."
              .formatted(folder));
    }
  }

  /** The format of a table that has this entry. */
  static Optional<TableFormat> ofMarker(FileStatus entry) {
    String name = entry.getPath().getName();
    if (entry.isDirectory()) {
      return Arrays.stream(values())
          .filter(format -> format != ICEBERG && format.marker.equals(name))
          .findFirst();
    }
    boolean isIceberg =
        name.endsWith(ICEBERG_METADATA)
            && entry.getPath().getParent().getName().equals(ICEBERG.marker);
    return isIceberg ? Optional.of(ICEBERG) : Optional.empty();
  }

  /** The table that has this entry. */
  Path folderOf(Path entry) {
    return this == ICEBERG ? entry.getParent().getParent() : entry.getParent();
  }

  /** Says that the files of a table are not its rows, and what reads them. */
  DataException rejection(Path table) {
    String instead =
        artifacts.isEmpty()
            ? "no connector is known for this Spark; write it as Parquet elsewhere"
            : hasConnector()
                ? "name the table's own folder, alone and without another format"
                : "its connector does: --packages " + packages();
    return new DataException(
        "%s is a table of %s, whose files alone do not tell its rows (some are of the past, some of their rows deleted); %s."
            .formatted(table, title, instead));
  }

  private String packages() {
    return packages(org.apache.spark.package$.MODULE$.SPARK_VERSION_SHORT());
  }

  /** The Maven coordinates of the connector for a Spark, or of the newest one, which it says. */
  String packages(String spark) {
    String minor = spark.replaceFirst("^(\\d+\\.\\d+).*", "$1");
    String newest = artifacts.get(Collections.max(artifacts.keySet()));
    return artifacts.getOrDefault(minor, newest + " (none is known for Spark " + minor + ")");
  }
}
