package io.syncbn.jobs;

import io.syncbn.spark.DataReader;
import io.syncbn.spark.files.InputTable;
import io.syncbn.spark.files.ReadOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Which table of a catalog is read, and in which state. */
final class TableOptions {

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = "Read a table of a catalog, such as catalog.database.table, and no files.")
  String name;

  @Option(
      names = "--option",
      paramLabel = "KEY=VALUE",
      description =
          "An option for the reader of a table, such as versionAsOf=3 (Delta) or snapshot-id=5"
              + " (Iceberg); may be repeated.")
  Map<String, String> options = new LinkedHashMap<>();

  /** Whether a table is named. */
  boolean isNamed() {
    return name != null;
  }

  /** The rows of the table, or of the files if none is named. */
  InputTable read(SparkSession spark, List<String> paths, ReadOptions reading) {
    return isNamed()
        ? DataReader.table(spark, name, options)
        : DataReader.read(spark, paths, reading, options);
  }
}
