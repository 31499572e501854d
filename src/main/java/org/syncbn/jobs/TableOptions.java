package org.syncbn.jobs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.DataReader;
import org.syncbn.spark.files.InputTable;
import org.syncbn.spark.files.ReadOptions;
import org.syncbn.spark.files.TableState;
import picocli.CommandLine.Option;

/** The options for the table to read and its snapshot. */
final class TableOptions {

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = "Read a table of a catalog, such as catalog.database.table, instead of files.")
  String name;

  @Option(
      names = "--option",
      paramLabel = "KEY=VALUE",
      description =
          "An earlier snapshot of a Delta or Iceberg table: versionAsOf=3 (a version, snapshot,"
              + " tag or branch) or timestampAsOf=2026-11-29 (in UTC).")
  Map<String, String> options = new LinkedHashMap<>();

  /** Whether a table is named. */
  boolean isNamed() {
    return name != null;
  }

  void check(ArgumentCheck check, List<String> paths) {
    check.reject(
        !options.isEmpty() && paths.isEmpty() && !isNamed(),
        "--option chooses the snapshot of a table, but no table is given");
    try {
      TableState.of(options);
    } catch (IllegalArgumentException e) {
      check.reject(true, "--option: " + e.getMessage());
    }
  }

  /** The rows of the table, or of the files if none is named. */
  InputTable read(SparkSession spark, List<String> paths, ReadOptions reading) {
    return isNamed()
        ? DataReader.table(spark, name, TableState.of(options))
        : DataReader.read(spark, paths, reading, TableState.of(options));
  }
}
