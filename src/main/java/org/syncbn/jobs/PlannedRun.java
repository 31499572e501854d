package org.syncbn.jobs;

import java.io.IOException;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.syncbn.api.TablePlan;
import org.syncbn.data.Schema;
import org.syncbn.train.DataOptions;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TrainingOptions;

/** Describes the data of a run, for {@code train --dry-run}. */
final class PlannedRun {

  private PlannedRun() {}

  /** Of tables: their rows, and their columns with types and roles. */
  static String tables(RunOptions options, SparkSession spark) {
    TablePlan plan = TablePlan.read(options, spark);
    Schema schema = plan.schema();
    Map<String, String> roles = DryRun.roles(options.data(), plan.form().encoding());
    long rows = plan.table().count();
    StringBuilder text =
        new StringBuilder(
            DryRun.rows("Training rows", plan.table().schema(), rows, roles, "not used"));
    plan.testTable()
        .ifPresent(
            test -> text.append("\n").append(DryRun.rows("Test rows", test, roles, "not used")));
    double heldOut = options.data().testFraction();
    if (heldOut > 0) {
      text.append("\nHeld out for tests: about %.0f %% of these rows\n".formatted(100 * heldOut));
    }
    if (!schema.classes().isEmpty()) {
      text.append("\nClasses: %d: %s\n".formatted(schema.classes().size(), schema.listedClasses()));
    }
    text.append("\nFeatures: %,d\n".formatted(schema.rowSize()));
    plan.notes().forEach(note -> text.append(note).append("\n"));
    return text.append(length(options, Math.round(rows * (1 - heldOut)))).toString();
  }

  /** Of images: how many there are, of which size; only the place of those that executors read. */
  static String images(RunOptions options) throws IOException {
    DataOptions data = options.data();
    if (data.format().isOnExecutors()) {
      return "Images: %s\n%s".formatted(data.path().orElseThrow(), length(options, Long.MAX_VALUE));
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
            length(options, read.training().rows().rows()));
  }

  private static String length(RunOptions options, long rows) {
    TrainingOptions training = options.training();
    return "\nWould train %s with mini-batches of at most %s\n"
        .formatted(
            DryRun.count(training.epochs(), "epoch"),
            DryRun.count(training.batchSize(rows), "row"));
  }
}
