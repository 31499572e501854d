package org.syncbn.jobs;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.syncbn.cli.OutputCommit;
import org.syncbn.cli.OutputPlaces;
import org.syncbn.cli.Terminal;
import org.syncbn.cli.WorkFolder;
import org.syncbn.report.TextTable;
import org.syncbn.spark.MissingValues;
import org.syncbn.spark.files.DataFormat;

/** The command {@code normalize} without arguments: generates, normalizes and verifies a sample. */
final class QuickStart {

  /** Two tasks at a time, as of two executors. */
  static final String MASTER = "local[2,4]";

  private static final long ROWS = 250_000;
  private static final int TASKS = 2;

  private final NormalizeJob options;
  private final SparkSession spark;
  private final Terminal terminal;

  QuickStart(NormalizeJob options, SparkSession spark, Terminal terminal) {
    this.options = options;
    this.spark = spark;
    this.terminal = terminal;
  }

  void run() {
    Path folder = WorkFolder.named("quickstart");
    String sample = "file:" + folder.resolve("stations.parquet");
    terminal.say(
        "No input was given, so this generates %s readings of weather stations as a sample."
            .formatted(TextTable.count(ROWS)));
    try (OutputCommit outputs =
        new OutputCommit(new OutputPlaces(spark.sparkContext().hadoopConfiguration()))) {
      SensorSample.rows(spark, ROWS, TASKS)
          .write()
          .mode(SaveMode.Overwrite)
          .parquet(outputs.folder(sample, true));
      outputs.commit();
    }
    options.input.paths = List.of(sample);
    options.input.format = DataFormat.PARQUET;
    options.output = "file:" + folder.resolve("normalized");
    options.statistics = folder.resolve("statistics.json").toString();
    options.writing.overwrite = true;
    options.verify = true;
    if (options.method.missing == null) {
      options.method.missing = MissingValues.SKIP;
    }
    new Normalization(options, spark, terminal).run();
    terminal.print("%-16s %s%n".formatted("sample", folder.resolve("stations.parquet")));
    terminal.say(
        "Now with your own data: jobs/normalize --input PATH --output PATH --verify (see"
            + " --help).");
  }
}
