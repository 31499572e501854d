package org.syncbn.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.syncbn.data.ShardData;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SavedModel;

/** Small runs for tests: drawn images, a convolution and a dense layer with batch norms. */
final class Runs {

  static final String SMALL =
      """
      network = [
        { conv2d { filters = 4, kernel = 3, stride = 2, bias = false } }, batchNorm, relu
        flatten
        { dense { units = 24, bias = false } }, batchNorm, relu
        { dropout = 0.1 }
        { dense { units = 10 } }
      ]
      optimizer { momentum { learningRate = 0.05 } }
      data { generatedRows = 400, generatedTestRows = 100, validation = { fraction = 0.2 } }
      training { epochs = 2, batchSize = 64 }
      seed = 3
      """;

  private Runs() {}

  static RunOptions options(String... settings) {
    return RunFile.parse(SMALL, List.of(settings));
  }

  /** A run with its data, over the engine that a test chooses. */
  static final class Run implements AutoCloseable {
    final TrainingRun run;
    final Engine engine;
    final List<String> notes = new ArrayList<>();

    Run(RunOptions options, int threads) throws IOException {
      this(options, (plan, shards) -> new InProcessEngine(plan, shards, threads));
    }

    Run(RunOptions options, EngineFactory factory) throws IOException {
      RunData data = RunData.read(options.data(), options.seed());
      List<ShardData> shards =
          data.partition(options.data().validation(), options.shards(), options.seed());
      run =
          new TrainingRun(
              options,
              data.training().schema(),
              RunData.trainingRows(shards),
              RunData.validationRows(shards));
      engine = factory.open(run.plan(), shards);
    }

    Trainer trainer() {
      return run.trainer(
          engine,
          new TrainingListener() {
            @Override
            public void onNote(String sentence) {
              notes.add(sentence);
            }
          });
    }

    SavedModel model() {
      return run.model(Map.of());
    }

    @Override
    public void close() {
      engine.close();
    }
  }

  /** Opens an engine over a plan. */
  interface EngineFactory {
    Engine open(TrainingPlan plan, List<ShardData> shards);
  }

  /** Trains to the end; the bytes of model.safetensors. */
  static byte[] train(RunOptions options, int threads, Path folder) throws IOException {
    return train(options, (plan, shards) -> new InProcessEngine(plan, shards, threads), folder);
  }

  static byte[] train(RunOptions options, EngineFactory factory, Path folder) throws IOException {
    try (Run run = new Run(options, factory)) {
      run.trainer().run();
      return weights(run, folder);
    }
  }

  static byte[] weights(Run run, Path folder) throws IOException {
    run.model().save(new LocalFolder(folder));
    return Files.readAllBytes(folder.resolve(SavedModel.WEIGHTS));
  }

  /**
   * Some shards together, then the next, from right to left; all messages and answers through their
   * wire form. Some catch up at once, some when they are resumed.
   */
  static final class WireEngine implements Engine {
    private final int shards;
    private final List<ShardStep> steps = new ArrayList<>();
    private int exchanges;

    WireEngine(StepPlan plan, List<ShardData> shards) {
      this(plan, shards, 1);
    }

    WireEngine(StepPlan plan, List<ShardData> data, int together) {
      shards = data.size();
      for (int shard = 0; shard < shards; shard += together) {
        steps.add(plan.open(shard, data.subList(shard, Math.min(shards, shard + together))));
      }
    }

    @Override
    public Merged exchange(Message message) {
      ShardForest forest = new ShardForest(shards);
      for (int i = steps.size() - 1; i >= 0; i--) {
        Message arrived = WireFormat.decodeMessage(WireFormat.encode(message));
        ShardForest some = new TimedShards(shards, steps.get(i)).answer(arrived);
        WireFormat.decodeNodes(WireFormat.encode(some.roots())).forEach(forest::add);
        if (++exchanges % 3 > 0) {
          steps.get(i).catchUp();
        }
      }
      return forest.merged();
    }

    @Override
    public int concurrency() {
      return 1;
    }

    @Override
    public void close() {
      steps.forEach(ShardStep::close);
    }
  }

  static Optional<String> last(List<String> notes) {
    return notes.isEmpty() ? Optional.empty() : Optional.of(notes.get(notes.size() - 1));
  }
}
