package org.syncbn.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.syncbn.data.Block;
import org.syncbn.data.ClassLabels;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.model.SavedStatistics;
import org.syncbn.nn.Loss;
import org.syncbn.spark.ImageFiles;
import org.syncbn.spark.RunInput;
import org.syncbn.spark.TrainingColumns;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.ShardedRows;
import org.syncbn.train.DataOptions;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.MemoryPlan;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TableForm;
import org.syncbn.train.TrainedModel;
import org.syncbn.train.TrainingPlan;
import org.syncbn.train.Work;

/**
 * Rows of tables and image files, which go from the files to the executors that keep them. The
 * driver learns their number, their classes and a checksum.
 *
 * @param schema what the columns mean
 * @param form how the columns of a table become features; none of images
 * @param notes for a person
 * @param rows of the run
 * @param test the location of the test rows, if there are any
 * @param testPart which of those they are
 * @param site where they are
 * @param ofProgram whether a program gave them, who may train on a part that lacks a class
 */
record TableRows(
    Schema schema,
    Optional<TableForm> form,
    List<String> notes,
    ShardedRows rows,
    Optional<ShardedRows> test,
    Work.Part testPart,
    RunSite site,
    boolean ofProgram)
    implements RunRows {

  static TableRows read(RunOptions options, RunSite site) {
    return options.data().format().isTable()
        ? of(TablePlan.read(options, site.spark()), site)
        : images(options, site);
  }

  private static TableRows images(RunOptions options, RunSite site) {
    DataOptions data = options.data();
    String folder = data.path().get().only();
    List<String> classes =
        data.classes().isEmpty()
            ? ImageFiles.in(site.spark(), folder, data.image().get()).classes(site.spark())
            : data.classes();
    TrainingColumns.Blocks training = RunInput.images(site.spark(), data, classes, folder);
    Optional<JavaRDD<Block>> test =
        data.testPath().map(path -> RunInput.images(site.spark(), data, classes, path).rdd());
    boolean isTest = data.validation() instanceof DataOptions.Validation.Test;
    return partition(
        options,
        site,
        new Parts(training.schema(), Optional.empty(), List.of(), false, MemoryPlan.UNKNOWN_ROWS),
        isTest
            ? training
                .rdd()
                .map(ShardData::ofTraining)
                .union(test.orElseThrow().map(ShardData::ofValidation))
            : training.rdd().map(ShardData::ofTraining),
        test,
        data.validation().fraction());
  }

  /** The rows of a table, partitioned. */
  static TableRows of(TablePlan plan, RunSite site) {
    boolean ofProgram = plan.options().data().format() == DataOptions.Format.DATASET;
    return partition(
        plan.options(),
        site,
        new Parts(
            plan.schema(),
            Optional.of(plan.form()),
            plan.notes(),
            ofProgram && plan.testTable().isPresent(),
            trainingRows(plan)),
        plan.rows().rdd(),
        plan.test(),
        0);
  }

  /**
   * What is known of the rows.
   *
   * @param isForValidationAlone whether the test rows are no last word, only watched
   * @param trainingRows how many there are, as {@link MemoryPlan#of} takes it
   */
  private record Parts(
      Schema schema,
      Optional<TableForm> form,
      List<String> notes,
      boolean isForValidationAlone,
      long trainingRows) {}

  /** How many training rows were counted when statistics were made of them, if they were. */
  private static long trainingRows(TablePlan plan) {
    return plan.form()
        .statistics()
        .filter(unused -> plan.options().data().statistics().isEmpty())
        .map(json -> SavedStatistics.parse(json, "the statistics of the table").moments().get(0))
        .map(column -> column.count() + column.missing())
        .orElse(MemoryPlan.UNKNOWN_ROWS);
  }

  /** Partitions the rows; a fraction of the training rows is held out where none are given. */
  private static TableRows partition(
      RunOptions options,
      RunSite site,
      Parts parts,
      JavaRDD<ShardData> pieces,
      Optional<JavaRDD<Block>> test,
      double fraction) {
    site.requireMemory(options, parts.schema, parts.trainingRows);
    DataOptions data = options.data();
    boolean ofProgram = data.format() == DataOptions.Format.DATASET;
    int tasks = site.tasks();
    RowPartitioner whole = new RowPartitioner(options.shards(), options.seed(), 0);
    RowPartitioner held = new RowPartitioner(options.shards(), options.seed(), fraction);
    ShardedRows rows = weighing(ShardedRows.partitionPieces(pieces, held, tasks), data);
    try {
      boolean isValidation = data.validation() instanceof DataOptions.Validation.Test;
      Optional<ShardedRows> tested =
          parts.isForValidationAlone
              ? Optional.empty()
              : isValidation
                  ? Optional.of(rows)
                  : test.map(blocks -> ShardedRows.partition(blocks, whole, tasks));
      return new TableRows(
          parts.schema,
          parts.form,
          parts.notes,
          rows,
          tested,
          isValidation ? Work.Part.VALIDATION : Work.Part.TRAINING,
          site,
          ofProgram);
    } catch (Throwable e) { // Spark throws checked exceptions without saying so
      rows.close();
      throw e;
    }
  }

  /** Rows that all count for nothing have no mean loss. */
  private static ShardedRows weighing(ShardedRows rows, DataOptions data) {
    try {
      if (data.weight().isPresent()
          && !rows.blocks(Work.Part.TRAINING).map(TableRows::weigh).reduce(Boolean::logicalOr)) {
        throw new DataException(
            "All weights in column '%s' are 0; at least one row must count."
                .formatted(data.weight().get()));
      }
      return rows;
    } catch (Throwable e) { // Spark throws checked exceptions without saying so
      rows.close();
      throw e;
    }
  }

  private static boolean weigh(Block rows) {
    return IntStream.range(0, rows.rows()).anyMatch(row -> rows.weight(row) > 0);
  }

  @Override
  public long[] trainingRows() {
    return rows.trainingRows();
  }

  @Override
  public long validationRows() {
    return Arrays.stream(rows.validationRows()).sum();
  }

  @Override
  public long checksum() {
    return rows.checksum();
  }

  @Override
  public void check(Loss loss, int outputs) {
    RunData.checkClassCount(schema, loss, outputs);
    if (RunData.takesAnyNumber(loss)) {
      return;
    }
    ClassLabels training = rows.labels(Work.Part.TRAINING, outputs);
    RunData.check(training, loss);
    RunData.check(rows.labels(Work.Part.VALIDATION, outputs), loss);
    test.ifPresent(it -> RunData.check(it.labels(testPart, outputs), loss));
    if (loss.target() == Loss.Target.CLASS && !ofProgram) {
      RunData.checkEachClass(training, outputs, schema);
    }
  }

  @Override
  public Engine open(EngineKind kind, TrainingPlan plan) {
    return open(kind, rows, plan);
  }

  @Override
  public Map<String, Double> evaluateTest(EngineKind kind, TrainedModel model) {
    if (test.isEmpty()) {
      return Map.of();
    }
    if (model.isRowByRow()) {
      return ModelEvaluation.of(model.inference(), test.get().blocks(testPart)).metrics();
    }
    TrainingPlan plan = model.plan(test.get().trainingRows());
    EngineKind once = kind == EngineKind.IN_PROCESS ? kind : EngineKind.TREE; // one exchange
    try (Engine engine = open(once, test.get(), plan)) {
      return model.evaluate(engine, testPart);
    }
  }

  private Engine open(EngineKind kind, ShardedRows sharded, TrainingPlan plan) {
    return kind == EngineKind.IN_PROCESS
        ? new InProcessEngine(plan, sharded.collect(), site.threads())
        : Engines.open(kind, sharded, plan);
  }

  @Override
  public void close() {
    rows.close();
    test.ifPresent(ShardedRows::close);
  }
}
