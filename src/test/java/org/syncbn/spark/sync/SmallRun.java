package org.syncbn.spark.sync;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.syncbn.data.ShardData;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SavedModel;
import org.syncbn.train.Engine;
import org.syncbn.train.InProcessEngine;
import org.syncbn.train.RunData;
import org.syncbn.train.RunFile;
import org.syncbn.train.RunOptions;
import org.syncbn.train.Trainer;
import org.syncbn.train.TrainingListener;
import org.syncbn.train.TrainingRun;

/** A run of a few steps, and the rows of its shards. */
record SmallRun(TrainingRun training, List<ShardData> shards) {

  /** 784 * 60 weights in the first array: two slices. */
  private static final String NETWORK =
      """
      network = [
        flatten
        { dense { units = 60, bias = false } }, batchNorm, relu
        { dense { units = 24 } }, batchNorm, relu
        { dense { units = 10 } }
      ]
      optimizer { momentum { learningRate = 0.05 } }
      data { generatedRows = 300, generatedTestRows = 100, validation = { fraction = 0.2 } }
      training { epochs = 2, batchSize = 64 }
      seed = 3
      """;

  static SmallRun of(String... settings) throws IOException {
    RunOptions options = RunFile.parse(NETWORK, List.of(settings));
    RunData data = RunData.read(options.data(), options.seed());
    List<ShardData> shards =
        data.partition(options.data().validation(), options.shards(), options.seed());
    return new SmallRun(
        new TrainingRun(
            options,
            data.training().schema(),
            RunData.trainingRows(shards),
            RunData.validationRows(shards)),
        shards);
  }

  Trainer trainer(Engine engine) {
    return training.trainer(engine, new TrainingListener() {});
  }

  /** The bytes of the weights, when the run is over. */
  byte[] weights(Path folder) throws IOException {
    training.model(Map.of()).save(new LocalFolder(folder));
    return Files.readAllBytes(folder.resolve(SavedModel.WEIGHTS));
  }

  /** Trains on one thread of this JVM; the bytes of the weights. */
  byte[] inOneJvm(Path folder) throws IOException {
    try (Engine engine = new InProcessEngine(training.plan(), shards, 1)) {
      trainer(engine).run();
    }
    return weights(folder);
  }
}
