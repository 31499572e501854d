package org.syncbn.jobs;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.syncbn.spark.Features;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.train.DataOptions;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingOptions;

/** What a run would train on, for {@code train --dry-run}. */
final class PlannedRun {

  private PlannedRun() {}

  /** Of tables: their rows, and their columns with types and roles. */
  static String tables(RunOptions options, SparkSession spark) {
    DataOptions data = options.data();
    TrainingColumns columns = new TrainingColumns(data);
    boolean classes = options.namesClasses();
    Dataset<Row> training = RunInput.training(spark, data, columns.reading(classes));
    List<String> features = Features.of(training, columns.selection()).names();
    Map<String, String> roles = DryRun.roles(data, features);
    String test =
        data.testPath().isEmpty()
            ? ""
            : "\n"
                + DryRun.rows(
                    "Test rows",
                    RunInput.test(spark, data, columns.readingAgain(features, classes)),
                    roles,
                    "not used");
    return DryRun.rows("Training rows", training, roles, "not used") + test + length(options);
  }

  /** Of images: how many there are, of which size; only the place of those that executors read. */
  static String images(RunOptions options) throws IOException {
    DataOptions data = options.data();
    if (data.format().isOnExecutors()) {
      return "Images: %s\n%s".formatted(data.path().orElseThrow(), length(options));
    }
    RunData read = RunData.read(data, options.seed());
    String test =
        read.test()
            .map(rows -> "Test images: %s\n".formatted(DryRun.count(rows.rows().rows(), "row")))
            .orElse("");
    return "Training images: %s of %s\n%s%s"
        .formatted(
            DryRun.count(read.training().rows().rows(), "row"),
            read.training().schema().shape(),
            test,
            length(options));
  }

  private static String length(RunOptions options) {
    TrainingOptions training = options.training();
    return "\nWould train %s with mini-batches of at most %s\n"
        .formatted(
            DryRun.count(training.epochs(), "epoch"), DryRun.count(training.batchSize(), "row"));
  }
}
