package org.syncbn.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.syncbn.data.Schema;
import org.syncbn.nn.Loss;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.train.Engine;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TableForm;
import org.syncbn.train.TrainedModel;
import org.syncbn.train.TrainingPlan;

/** The rows of a run, hash-partitioned into its shards by their content. */
sealed interface RunRows extends AutoCloseable permits LocalRows, TableRows {

  /** Reads and partitions the rows that options name: on executors or here. */
  static RunRows read(RunOptions options, RunSite site) {
    return options.data().format().isOnExecutors()
        ? TableRows.read(options, site)
        : LocalRows.read(options, site);
  }

  /** What the columns mean. */
  Schema schema();

  /** How the columns of a table became features; none where the rows are images. */
  Optional<TableForm> form();

  /** What a person should know of the rows. */
  List<String> notes();

  /** The rows of each shard that weights are fitted to. */
  long[] trainingRows();

  /** How many rows are held out. */
  long validationRows();

  /** The sum of all shards' checksums. */
  long checksum();

  /**
   * Checks labels against the loss.
   *
   * @throws IllegalArgumentException in a sentence, if a label is not a class, or a class has no
   *     row to learn it from
   */
  void check(Loss loss, int outputs);

  /** An engine over the rows, which it leaves open when it is closed. */
  Engine open(EngineKind kind, TrainingPlan plan);

  /** Loss and metrics of the test rows, by name; empty if there are no such rows. */
  Map<String, Double> evaluateTest(EngineKind kind, TrainedModel model);

  @Override
  void close();
}
