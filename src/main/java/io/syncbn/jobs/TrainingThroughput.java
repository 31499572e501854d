package io.syncbn.jobs;

import io.syncbn.data.ShardData;
import io.syncbn.spark.sync.EngineKind;
import io.syncbn.spark.sync.Engines;
import io.syncbn.spark.sync.ShardedRows;
import io.syncbn.train.EpochResult;
import io.syncbn.train.RunData;
import io.syncbn.train.RunFile;
import io.syncbn.train.RunOptions;
import io.syncbn.train.TrainingListener;
import io.syncbn.train.TrainingRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** Training steps per second of one network on drawn images, over each engine. */
final class TrainingThroughput {

  private static final String NETWORK =
      """
      network = [
        flatten
        { dense { units = 256%1$s } }%2$s, relu
        { dense { units = 256%1$s } }%2$s, relu
        { dense { units = 10 } }
      ]
      optimizer { momentum { learningRate = 0.05 } }
      data { generatedTestRows = 0 }
      training { batchSize = 256 }
      """;

  private TrainingThroughput() {}

  /** The last epoch's samples per second for each engine, with batch norm and without. */
  static List<Map<String, Object>> measure(JavaSparkContext spark, int tasks, int epochs) {
    List<Map<String, Object>> results = new ArrayList<>();
    for (boolean batchNorm : new boolean[] {true, false}) {
      RunOptions options =
          RunFile.parse(
              NETWORK.formatted(batchNorm ? ", bias = absent" : "", batchNorm ? ", batchNorm" : ""),
              List.of("training.epochs=" + epochs));
      for (EngineKind kind : EngineKind.values()) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("engine", kind.toString());
        result.put("cluster", spark.master());
        result.put("batchNorm", batchNorm);
        result.put("samplesPerSecond", samplesPerSecond(spark, tasks, kind, options));
        results.add(result);
      }
    }
    return results;
  }

  private static double samplesPerSecond(
      JavaSparkContext spark, int tasks, EngineKind kind, RunOptions options) {
    try {
      RunData data = RunData.read(options.data(), options.seed());
      List<ShardData> shards =
          data.deal(options.data().validation(), options.shards(), options.seed());
      TrainingRun run =
          new TrainingRun(options, data.training().schema(), RunData.trainingRows(shards), 0);
      try (ShardedRows rows = ShardedRows.of(spark, shards, tasks);
          var engine = Engines.open(kind, rows, run.plan())) {
        run.trainer(engine, new TrainingListener() {}).run();
      }
      List<EpochResult> history = run.history();
      return history.get(history.size() - 1).samplesPerSecond();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
