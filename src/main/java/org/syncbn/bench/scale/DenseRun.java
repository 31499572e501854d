package org.syncbn.bench.scale;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.syncbn.data.Block;
import org.syncbn.data.Schema;
import org.syncbn.data.ShardData;
import org.syncbn.spark.sync.EngineKind;
import org.syncbn.spark.sync.Engines;
import org.syncbn.spark.sync.ShardedRows;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.train.Engine;
import org.syncbn.train.RunData;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.Trainer;
import org.syncbn.train.TrainingRun;

/**
 * A training run with a given number of weights and hardly any rows, so that its steps cost what
 * weights and gradients cost: one dense layer, batch norm, momentum, one shard per executor.
 */
final class DenseRun {

  /** Outputs of the layer, and channels of the batch norm. */
  static final int CLASSES = 100;

  private static final int ROWS_PER_STEP = 2;
  private static final int STEPS_PER_EPOCH = 16;

  private DenseRun() {}

  /** Whether there is such a network: an input and the batch norm's two for each output. */
  static boolean isPossible(long weights) {
    return weights % CLASSES == 0 && weights >= 3L * CLASSES && weights <= 20_000_000;
  }

  /** Trains until the script has seen enough. */
  static void train(
      JavaSparkContext spark, EngineKind kind, int executors, long weights, StepScript script) {
    int features = Math.toIntExact(weights / CLASSES - 2);
    List<ShardData> shards = new ArrayList<>();
    for (int shard = 0; shard < executors; shard++) {
      shards.add(ShardData.ofTraining(rows(shard, features)));
    }
    TrainingRun run =
        new TrainingRun(
            options(executors),
            new Schema(List.of(features), List.of(), List.of()),
            RunData.trainingRows(shards),
            0);
    try (ShardedRows rows = ShardedRows.of(spark, shards, executors);
        Engine engine = Engines.open(kind, rows, run.plan())) {
      Trainer trainer = run.trainer(engine, script);
      script.onEnough(trainer::stop);
      trainer.run();
    }
  }

  private static RunOptions options(int executors) {
    return RunFile.parse(
        "network = [{dense{units=%d,bias=false}},batchNorm]".formatted(CLASSES),
        List.of(
            "optimizer=momentum",
            "shards=" + executors,
            "training.batchSize=" + executors * ROWS_PER_STEP,
            "training.epochs=1000000"));
  }

  private static Block rows(int shard, int features) {
    int count = ROWS_PER_STEP * STEPS_PER_EPOCH;
    CounterRandom random = CounterRandom.of(1).fork(shard);
    byte[] values = new byte[count * features];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) random.below(256, i);
    }
    float[] labels = new float[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (i + shard) % CLASSES;
    }
    return Block.ofBytes(count, values, labels, new float[0]);
  }
}
