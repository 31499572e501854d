package org.syncbn.api;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.syncbn.data.Block;
import org.syncbn.data.RowPartitioner;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.nn.Loss;
import org.syncbn.spark.files.DataException;
import org.syncbn.spark.inference.ModelEvaluation;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.ShardedRows;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.RunData;
import org.syncbn.train.RunOptions;
import org.syncbn.train.TableForm;
import org.syncbn.train.TrainedModel;
import org.syncbn.train.TrainingPlan;
import org.syncbn.train.Work;

/** Rows that this JVM reads or generates, partitions, and sends to executors once. */
final class LocalRows implements RunRows {

  private final RunData data;
  private final RowPartitioner rowPartitioner;
  private final List<ShardData> shards;
  private final RunSite site;
  private Optional<ShardedRows> sent = Optional.empty();

  private LocalRows(RunData data, RunOptions options, RunSite site) {
    this.data = data;
    this.rowPartitioner = new RowPartitioner(options.shards(), options.seed(), 0);
    site.requireMemory(options, data.training().schema(), data.training().rows().rows());
    this.shards = data.partition(options.data().validation(), options.shards(), options.seed());
    this.site = site;
  }

  static LocalRows read(RunOptions options, RunSite site) {
    try {
      return new LocalRows(RunData.read(options.data(), options.seed()), options, site);
    } catch (IOException e) {
      throw new DataException(e.getMessage(), e);
    }
  }

  @Override
  public Schema schema() {
    return data.training().schema();
  }

  @Override
  public Optional<TableForm> form() {
    return Optional.empty();
  }

  @Override
  public List<String> notes() {
    return List.of();
  }

  @Override
  public long[] trainingRows() {
    return RunData.trainingRows(shards);
  }

  @Override
  public long validationRows() {
    return RunData.validationRows(shards);
  }

  @Override
  public long checksum() {
    return shards.stream().mapToLong(ShardData::checksum).sum();
  }

  @Override
  public void check(Loss loss, int outputs) {
    RunData.check(data.training(), loss, outputs);
    data.test().ifPresent(test -> RunData.check(test, loss, outputs));
    if (loss.target() == Loss.Target.CLASS) {
      RunData.checkEachClass(RunData.trainingLabels(shards, outputs), outputs, schema());
    }
  }

  @Override
  public Engine open(EngineKind kind, TrainingPlan plan) {
    if (kind == EngineKind.IN_PROCESS) {
      return new InProcessEngine(plan, shards, site.threads());
    }
    ShardedRows rows = ShardedRows.of(site.context(), shards, site.tasks());
    sent = Optional.of(rows);
    return Engines.open(kind, rows, plan);
  }

  @Override
  public Map<String, Double> evaluateTest(EngineKind kind, TrainedModel model) {
    if (data.test().isEmpty()) {
      return Map.of();
    }
    if (model.isRowByRow()) {
      Block rows = data.test().get().rows();
      return ModelEvaluation.of(model.inference(), rows, site.threads()).metrics();
    }
    List<ShardData> test = rowPartitioner.partition(data.test().get().rows());
    TrainingPlan plan = model.plan(RunData.trainingRows(test));
    try (Engine engine = new InProcessEngine(plan, test, site.threads())) {
      return model.evaluate(engine, Work.Part.TRAINING);
    }
  }

  @Override
  public void close() {
    sent.ifPresent(ShardedRows::close);
  }
}
