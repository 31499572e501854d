package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.syncbn.train.Runs.options;
import static org.syncbn.train.Runs.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.model.FileFormatException;
import org.syncbn.model.LocalFolder;
import org.syncbn.model.SavedModel;
import org.syncbn.norm.BatchNormState;
import org.syncbn.tensor.Gemm;

@Timeout(120)
class TrainingRunTest {

  @TempDir private Path folder;

  @Test
  void theModelHasTheSameBitsOnOneTwoAndFourThreads() throws IOException {
    byte[] one = train(options(), 1, folder.resolve("one"));
    assertThat(train(options(), 2, folder.resolve("two"))).isEqualTo(one);
    assertThat(train(options(), 4, folder.resolve("four"))).isEqualTo(one);
    assertThat(train(options("seed=4"), 1, folder.resolve("seed"))).isNotEqualTo(one);
    assertThat(train(options("shards=5"), 2, folder.resolve("shards"))).isNotEqualTo(one);
  }

  @Test
  void messagesThroughTheirWireFormTrainTheSameModel() throws IOException {
    for (boolean synchronizes : List.of(true, false)) {
      RunOptions options = options("training.batchNormSync=" + synchronizes);
      assertThat(train(options, Runs.WireEngine::new, folder.resolve("wire")))
          .isEqualTo(train(options, 2, folder.resolve("direct")));
    }
  }

  @Test
  void statisticsThatAreNotSynchronizedTrainAnotherModel() throws IOException {
    assertThat(train(options("training.batchNormSync=false"), 2, folder.resolve("shard")))
        .isNotEqualTo(train(options(), 2, folder.resolve("global")));
    // With one shard there is nothing to synchronize: float32 rounding apart, it is the same.
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      boolean synchronizes = i == 0;
      try (Runs.Run run =
          new Runs.Run(options("shards=1", "training.batchNormSync=" + synchronizes), 1)) {
        run.trainer().run();
        losses[i] = run.run.history().get(1).train().get("loss");
      }
    }
    assertThat(losses[1]).isCloseTo(losses[0], org.assertj.core.data.Offset.offset(1e-3));
  }

  @Test
  void stepsThatABatchNormSkipsMoveNothing() throws IOException {
    String network =
        "network=[flatten,{dense{units=4}},{batchNorm{smallBatchPolicy=%s}},{dense{units=10}}]";
    String[] few = {
      "data.generatedRows=12", "data.validation=none", "training.batchSize=1", "shards=1"
    };
    List<byte[]> models = new ArrayList<>();
    for (String policy : List.of("skip", "running")) {
      for (int epochs : new int[] {1, 2}) {
        List<String> settings = new ArrayList<>(List.of(few));
        settings.add(network.formatted(policy));
        settings.add("training.epochs=" + epochs);
        models.add(
            train(options(settings.toArray(new String[0])), 1, folder.resolve(policy + epochs)));
      }
    }
    assertThat(models.get(0)).as("skipped").isEqualTo(models.get(1));
    assertThat(models.get(2)).as("running").isNotEqualTo(models.get(3));
  }

  @Test
  void stepsThatAreSkippedDoNotMoveSchedules() throws IOException {
    // Three rows in two mini-batches: one of a single row, which is skipped, and one of two.
    String[] settings = {
      "network=[flatten,{dense{units=4}},{batchNorm{smallBatchPolicy=skip}},{dense{units=10}}]",
      "optimizer={sgd{learningRate{exponential{initial=0.5,factor=0.5,everySteps=1}}}}",
      "data.generatedRows=3",
      "data.validation=none",
      "training.batchSize=2",
      "training.epochs=2",
      "shards=1"
    };
    try (Runs.Run run = new Runs.Run(options(settings), 1)) {
      run.trainer().run();
      assertThat(run.run.history().get(1).steps()).isEqualTo(4);
      assertThat(run.run.history().get(1).learningRate())
          .isEqualTo(0.5 * 0.5 * 0.5); // after two steps
    }
  }

  @Test
  void aRateThatIsReducedOnAPlateauIsThatOfTheRunThatGoesOn() throws IOException {
    String[] settings = {
      "training.epochs=6",
      "optimizer={sgd{learningRate=1e-9}}", // nothing improves by as much as 1e-4
      "training.reduceOnPlateau={factor=0.5,patience=1,minLearningRate=2e-10}"
    };
    Path whole = folder.resolve("whole");
    byte[] expected;
    try (Runs.Run run = new Runs.Run(options(settings), 2)) {
      run.trainer().run();
      assertThat(run.run.history())
          .extracting(EpochResult::learningRate)
          .containsExactly(1e-9, 1e-9, 5e-10, 5e-10, 2.5e-10, 2.5e-10);
      assertThat(run.notes)
          .contains(
              "validation loss has not improved for 2 epochs: the learning rate is 5.0E-10 from"
                  + " now on");
      expected = Runs.weights(run, whole);
    }
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    for (int epochs : new int[] {2, 3, 6}) {
      settings[0] = "training.epochs=" + epochs;
      try (Runs.Run run = new Runs.Run(options(settings), 2)) {
        run.run.keepCheckpointsIn(checkpoints);
        run.run.resume();
        run.trainer().run();
        if (epochs == 6) {
          assertThat(Runs.weights(run, folder.resolve("resumed"))).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void whatARunWatchesIsMeasured() throws IOException {
    try (Runs.Run run = new Runs.Run(options("training.earlyStopping.monitor=auk"), 1)) {
      assertThatThrownBy(run::trainer)
          .hasMessage(
              "training.earlyStopping.monitor is auk, which this run does not measure; it measures"
                  + " [loss, accuracy]");
    }
  }

  @Test
  void aMiniBatchWithoutAnyWeightIsNoDivergence() throws IOException {
    String weights = "loss.softmaxCrossEntropy.classWeights=[0,0,0,0,0,0,0,0,0,0]";
    try (Runs.Run run = new Runs.Run(options(weights), 1)) {
      assertThatThrownBy(() -> run.trainer().run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("no row of a mini-batch has a weight above 0");
    }
  }

  @Test
  void moreShardsThanRowsOfABatchLeaveShardsEmpty() throws IOException {
    for (String shards : List.of("shards=8", "shards=64")) {
      String[] settings = {
        shards, "data.generatedRows=120", "data.validation=none", "training.batchSize=3"
      };
      assertThat(train(options(settings), 2, folder.resolve("a")))
          .isEqualTo(train(options(settings), Runs.WireEngine::new, folder.resolve("b")));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          2  |  9 | flatten,{dense=4},batchNorm | a mini-batch of a single row, which has no variance for layer 2; set training.batchSize to 3, or
          1  |  8 | flatten,{dense=4},batchNorm | set training.batchSize to 2, or smallBatchPolicy of that layer to running, skip or batch
          1  |  1 | flatten,{dense=4},batchNorm | which has no variance for layer 2; set smallBatchPolicy of that layer
          5  | 10 | flatten,{batchNorm{virtualBatchRows=4}} | a ghost batch of a single row, which has no variance for layer 1; set training.batchSize to 10, or
          2  |  8 | flatten,{dense=4},batchNorm | none
          2  |  9 | batchNorm,flatten | none
          2  |  9 | flatten,{batchNorm{smallBatchPolicy=batch}} | none
          2  |  9 | flatten,{batchNorm{trainingSource=running}} | none
          """)
  void aMiniBatchTooSmallForABatchNormIsRejectedBeforeTheFirstStep(
      int batchSize, int rows, String layers, String sentence) throws IOException {
    RunOptions options =
        options(
            "network=[" + layers + ",{dense=10}]",
            "data.generatedRows=" + rows,
            "data.validation=none",
            "training={epochs=1,batchSize=" + batchSize + "}");
    try (Runs.Run run = new Runs.Run(options, 1)) {
      if (sentence.equals("none")) {
        assertThat(run.trainer().run()).isTrue();
      } else {
        assertThatThrownBy(run::trainer)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith(
                "training.batchSize = %d of %d training rows makes a ".formatted(batchSize, rows))
            .hasMessageContaining(sentence);
      }
    }
  }

  @Test
  void aShardsPartOfAMiniBatchNeedsTwoRowsWhereItHasStatisticsOfItsOwn() throws IOException {
    String network = "network=[flatten,{dense=4},batchNorm,{dense=10}]";
    String[] settings = {
      network, "data.generatedRows=40", "data.validation=none", "shards=4", "training.epochs=1"
    };
    int larger;
    try (Runs.Run run = new Runs.Run(shardStatistics(settings, 8), 1)) {
      int fewest = Arrays.stream(run.run.plan().rowsOfShards()).min().orElseThrow();
      larger = (int) Math.ceil(40.0 / (fewest / 2));
      assertThatThrownBy(run::trainer)
          .hasMessage(
              "training.batchSize = 8 of 40 training rows makes a shard's part of a mini-batch of a"
                  + " single row, which has no variance for layer 2; set training.batchSize to "
                  + larger
                  + ", or shards to less than 4, or training.batchNormSync to true, or"
                  + " smallBatchPolicy of that layer to running, skip or batch");
    }
    train(shardStatistics(settings, larger), 1, folder.resolve("larger"));
  }

  private static RunOptions shardStatistics(String[] settings, int batchSize) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("training.batchNormSync=false");
    all.add("training.batchSize=" + batchSize);
    return options(all.toArray(new String[0]));
  }

  @Test
  void aRunThatWasStoppedAnywhereAndResumedEndsWithTheSameFile() throws IOException {
    byte[] whole = train(options(), 2, folder.resolve("whole"));
    for (int steps : new int[] {1, 4, 5, 7}) { // inside an epoch of five steps, at its end, later
      LocalFolder checkpoints = new LocalFolder(folder.resolve("state" + steps));
      try (Runs.Run run = new Runs.Run(options(), 2)) {
        run.run.keepCheckpointsIn(checkpoints);
        Trainer[] trainer = new Trainer[1];
        int[] done = {0};
        trainer[0] =
            run.run.trainer(
                run.engine,
                new TrainingListener() {
                  @Override
                  public void onStep(
                      int epoch, long step, long of, int rows, double loss, double accuracy) {
                    if (++done[0] == steps) {
                      trainer[0].stop();
                    }
                  }
                });
        assertThat(trainer[0].run()).isFalse();
      }
      try (Runs.Run run = new Runs.Run(options(), 1)) {
        run.run.keepCheckpointsIn(checkpoints);
        assertThat(run.run.resume()).isEqualTo(steps);
        assertThat(run.trainer().run()).isTrue();
        assertThat(run.run.history()).hasSize(2);
        assertThat(Runs.weights(run, folder.resolve("resumed"))).isEqualTo(whole);
      }
    }
  }

  @Test
  void aRunThatIsToStopWhileItsEngineFailsEndsWhereItsLastStepDid() throws IOException {
    byte[] whole = train(options(), 2, folder.resolve("whole"));
    for (int exchanges : new int[] {1, 13, 25, 26}) { // five a step, five steps an epoch
      LocalFolder checkpoints = new LocalFolder(folder.resolve("state" + exchanges));
      Failing[] failing = new Failing[1];
      Runs.EngineFactory factory =
          (plan, shards) ->
              failing[0] = new Failing(new InProcessEngine(plan, shards, 2), exchanges);
      try (Runs.Run run = new Runs.Run(options(), factory)) {
        run.run.keepCheckpointsIn(checkpoints);
        Trainer trainer = run.trainer();
        failing[0].beforeFailure = trainer::stop;
        assertThat(trainer.run()).isFalse();
      }
      try (Runs.Run run = new Runs.Run(options(), 2)) {
        run.run.keepCheckpointsIn(checkpoints);
        assertThat(run.run.resume()).isEqualTo((exchanges - 1) / 5);
        assertThat(run.trainer().run()).isTrue();
        assertThat(Runs.weights(run, folder.resolve("resumed"))).isEqualTo(whole);
      }
    }
    try (Runs.Run run =
        new Runs.Run(
            options(), (plan, shards) -> new Failing(new InProcessEngine(plan, shards, 2), 8))) {
      assertThatThrownBy(() -> run.trainer().run()).hasMessage("the executors are gone");
    }
  }

  /** Fails in one exchange. */
  private static final class Failing extends PassingEngine {
    private int left;
    private Runnable beforeFailure = () -> {};

    Failing(Engine engine, int exchange) {
      super(engine);
      this.left = exchange;
    }

    @Override
    public Merged exchange(Message message) {
      if (--left == 0) {
        beforeFailure.run();
        throw new IllegalStateException("the executors are gone");
      }
      return super.exchange(message);
    }
  }

  @Test
  void checkpointsAreKeptAfterTheStepsAndEpochsThatTheRunFileNames() throws IOException {
    kept("everySteps=2,everyEpochs=0,keep=9", 2, 4, 6, 8, 10); // epochs of five steps
    kept("everySteps=5,everyEpochs=0,keep=9", 5, 10);
    kept("everySteps=4,keep=9", 4, 5, 8, 10);
    kept("everySteps=3,everyEpochs=2,keep=2", 9, 10);
    kept("everyEpochs=2", 10);
    kept("everyEpochs=0");
  }

  private void kept(String when, int... steps) throws IOException {
    LocalFolder checkpoints = new LocalFolder(folder.resolve(when));
    String setting = "training.checkpoint={folder=unused," + when + "}";
    try (Runs.Run run = new Runs.Run(options(setting), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.trainer().run();
    }
    assertThat(checkpoints.list())
        .isEqualTo(Arrays.stream(steps).mapToObj("step-%010d"::formatted).toList());
  }

  @Test
  void aCheckpointOfAnotherRunIsRejected() throws IOException {
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    try (Runs.Run run = new Runs.Run(options("training.epochs=1"), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      assertThat(run.run.resume()).isZero();
      run.trainer().run();
    }
    assertThat(checkpoints.list()).containsExactly("step-0000000005");
    rejected(checkpoints, "its 'seed' differs", "seed=4");
    rejected(checkpoints, "its 'network' differs", "network=[flatten,{dense=10}]");
    rejected(checkpoints, "its 'training' differs", "training.batchSize=32");
    try (Runs.Run run = new Runs.Run(options("training.epochs=3"), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      assertThat(run.run.resume()).isEqualTo(5); // more epochs are no other run
      run.trainer().run();
    }
    try (Runs.Run run = new Runs.Run(options("training.epochs=2"), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      assertThatThrownBy(run.run::resume)
          .isInstanceOf(FileFormatException.class)
          .hasMessageContaining("step-0000000015 is in or after epoch 3, but training.epochs is 2");
    }
  }

  @Test
  void moreEpochsWouldChangeARateThatDecaysOverTheWholeRun() throws IOException {
    String rate = "optimizer.momentum.learningRate={cosine{initial=0.1,last=0}}";
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    try (Runs.Run run = new Runs.Run(options("training.epochs=1", rate), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.trainer().run();
    }
    rejected(
        checkpoints,
        "its learning rate changes over training.epochs = 1, which is 2 now",
        "training.epochs=2",
        rate);
  }

  private static void rejected(LocalFolder checkpoints, String sentence, String... settings)
      throws IOException {
    try (Runs.Run run = new Runs.Run(options(settings), 1)) {
      run.run.keepCheckpointsIn(checkpoints);
      assertThatThrownBy(run.run::resume)
          .isInstanceOf(FileFormatException.class)
          .hasMessageContaining("belongs to another run")
          .hasMessageContaining(sentence);
    }
  }

  @Test
  void learningRatesAreScaledWithTheBatchFromTheOneThatTheyAreMeantFor() throws IOException {
    String four =
        "optimizer.momentum.learningRate={warmUp{steps=3,then{cosine{initial=0.2,last=0.04,steps=20}}}}";
    String one =
        "optimizer.momentum.learningRate={warmUp{steps=3,then{cosine{initial=0.05,last=0.01,steps=20}}}}";
    byte[] scaled =
        train(options(one, "training.referenceBatchSize=16"), 2, folder.resolve("scaled"));
    assertThat(train(options(four), 2, folder.resolve("by hand"))).isEqualTo(scaled);
    assertThat(train(options(one), 2, folder.resolve("unscaled"))).isNotEqualTo(scaled);
  }

  @Test
  void unlikeMachinesAreNamedInAWarningAndInTheModel() throws IOException {
    List<String> notes = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onNote(String sentence) {
            notes.add(sentence);
          }
        };
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    try (Runs.Run run = new Runs.Run(options(), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.run.trainer(new OnUnlikeMachines(run.engine), listener).run();
      assertThat(notes).hasSize(1).first().asString().contains("kernels A and kernels B");
      assertThat(run.run.model(Map.of()).description().at("/provenance/matrixProduct").asText())
          .isEqualTo("kernels A; kernels B");
    }
    try (Runs.Run run = new Runs.Run(options(), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.run.resume();
      run.run.trainer(run.engine, listener);
      assertThat(notes).hasSize(2);
      assertThat(notes.get(1)).contains("kernels A", "kernels B", Gemm.description());
    }
  }

  private static final class OnUnlikeMachines extends PassingEngine {
    OnUnlikeMachines(Engine engine) {
      super(engine);
    }

    @Override
    public Set<String> matrixProducts() {
      return Set.of("kernels A", "kernels B");
    }
  }

  @Test
  void earlyStoppingEndsTheRunAndRestoresTheBestEpoch() throws IOException {
    String[] settings = {
      "training.epochs=30",
      "training.earlyStopping.patience=2",
      "training.earlyStopping.monitor=accuracy",
      "optimizer.momentum.learningRate=0.3"
    };
    try (Runs.Run run = new Runs.Run(options(settings), 2)) {
      Trainer trainer = run.trainer();
      assertThat(trainer.run()).isTrue();
      List<EpochResult> history = run.run.history();
      double best =
          history.stream().mapToDouble(e -> e.validation().get("accuracy")).max().orElseThrow();
      assertThat(history.size()).isLessThan(30);
      assertThat(history.get(history.size() - 3).validation()).containsEntry("accuracy", best);
      assertThat(trainer.evaluate(Work.Part.VALIDATION)).containsEntry("accuracy", best);
      assertThat(Runs.last(run.notes))
          .contains("the weights are those of the best epoch, " + (history.size() - 2));
    }
  }

  @Test
  void aLearningRateThatExplodesIsNamedWithStepAndLayerAndTheCheckpointKept() throws IOException {
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    for (String network :
        List.of(
            "network=[{dense=32},relu,{dense=32},relu,{dense=10}]",
            "network=[{dense=32},batchNorm,relu,{dense=10}]")) {
      try (Runs.Run run = new Runs.Run(options(network, "optimizer={sgd{learningRate=1e30}}"), 2)) {
        assertThatThrownBy(() -> run.trainer().run())
            .isInstanceOf(DivergenceException.class)
            .hasMessageContaining("step ")
            .hasMessageContaining("the first non-finite values are those of layer ")
            .hasMessageContaining("lower the learning rate (it was 1.0E30)");
      }
    }
    String step = "optimizer={sgd{learningRate={step{initial=0.01,factor=1,everySteps=1}}}}";
    try (Runs.Run run = new Runs.Run(options("training.epochs=1", step), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      run.trainer().run();
    }
    assertThat(SavedModel.load(checkpoints.child("step-0000000005")).training()).isNotEmpty();
  }

  @Test
  void aStepWhoseGradientOverflowsThoughItsLossIsFiniteChangesNothing() throws IOException {
    String dense = "{dense{units=%d,bias=false,weightInitializer{constant=1e14}}}";
    String[] settings = {
      "network=[flatten,%s,relu,%s]".formatted(dense.formatted(4), dense.formatted(1)),
      "loss=meanSquaredError"
    };
    try (Runs.Run run = new Runs.Run(options(settings), 2)) {
      assertThatThrownBy(() -> run.trainer().run())
          .isInstanceOf(DivergenceException.class)
          .hasMessageStartingWith(
              "step 1 (epoch 1): the gradient of 1.weight is not finite; the outputs of all"
                  + " layers are finite; lower the learning rate");
      assertThat(run.run.trained().arrays().weights().toArray()).containsOnly(1e14f);
      assertThat(run.run.step()).isZero();
    }
  }

  @Test
  void aCheckpointThatIsNotFiniteNeverReplacesTheLastGoodOne() throws IOException {
    String[] settings = {
      "network=[flatten,{dense=4},{dense=1}]",
      "loss=meanSquaredError",
      "optimizer={sgd{learningRate=1}}",
      "training.checkpoint={folder=unused,everySteps=1,keep=1}"
    };
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    try (Runs.Run run = new Runs.Run(options(settings), 2)) {
      run.run.keepCheckpointsIn(checkpoints);
      assertThatThrownBy(() -> run.trainer().run())
          .isInstanceOf(DivergenceException.class)
          .hasMessageContaining("; the last checkpoint is ");
      long steps = run.run.step();
      assertThat(checkpoints.list()).containsExactly("step-%010d".formatted(steps)).hasSize(1);
      TrainedModel kept = TrainedModel.load(checkpoints.child(checkpoints.list().get(0)));
      float[] weights = kept.arrays().weights().toArray();
      assertThat(weights).isEqualTo(run.run.trained().arrays().weights().toArray());
      for (float weight : weights) {
        assertThat(weight).isFinite();
      }
    }
  }

  @Test
  void aRunEndsWithTheAverageOfItsWeightsAndWithStatisticsOfThese() throws IOException {
    List<TrainedModel> epochs = new ArrayList<>();
    for (int count : new int[] {1, 2}) {
      try (Runs.Run run = new Runs.Run(options("training.epochs=" + count), 2)) {
        run.trainer().run();
        epochs.add(run.run.trained());
      }
    }
    try (Runs.Run run = new Runs.Run(options("training.weightAveraging={swa=1}"), 2)) {
      run.trainer().run();
      float[] mean = array(run.run.trained(), "0.weight");
      for (int i = 0; i < mean.length; i++) {
        double sum =
            array(epochs.get(0), "0.weight")[i] + (double) array(epochs.get(1), "0.weight")[i];
        assertThat(mean[i]).isEqualTo((float) (sum / 2), within(1e-7f));
      }
      assertThat(run.notes)
          .containsExactly(
              "the statistics of 2 batch norms are those of all 310 training rows",
              "the weights are averages of 2");
      List<BatchNormState> states = run.run.trained().arrays().states();
      try (Runs.Run same =
          new Runs.Run(
              options(
                  "optimizer.sgd.learningRate=0",
                  "training={epochs=1,batchSize=64,preciseStatistics=true}"),
              1)) {
        same.run.startFrom(run.run.trained());
        same.trainer().run();
        assertThat(same.run.trained().arrays().states().get(1).runningMean())
            .isEqualTo(states.get(1).runningMean());
      }
    }
    assertThatThrownBy(
            () -> options("training.weightAveraging={ema=0.9}", "training.earlyStopping={}"))
        .hasMessageContaining("set earlyStopping.restoreBest to false");
  }

  @Test
  void anAverageOfARunThatWasBrokenOffIsThatOfAWholeRun() throws IOException {
    String averaging = "training.weightAveraging={ema=0.9}";
    byte[] whole = train(options(averaging), 2, folder.resolve("whole"));
    assertThat(train(options(), 2, folder.resolve("plain"))).isNotEqualTo(whole);
    LocalFolder checkpoints = new LocalFolder(folder.resolve("state"));
    for (String epochs : List.of("training.epochs=1", "training.epochs=2")) {
      try (Runs.Run run = new Runs.Run(options(averaging, epochs), 1)) {
        run.run.keepCheckpointsIn(checkpoints);
        run.run.resume();
        run.trainer().run();
        if (run.run.history().size() == 2) {
          assertThat(Runs.weights(run, folder.resolve("resumed"))).isEqualTo(whole);
        }
      }
    }
  }

  @Test
  void frozenLayersStayWhatTheInitialModelHas() throws IOException {
    TrainedModel model;
    try (Runs.Run run = new Runs.Run(options("training.epochs=1"), 2)) {
      run.trainer().run();
      model = run.run.trained();
    }
    // Another head on the same body: layer 8 is drawn, the body is frozen.
    String head = Runs.SMALL.replace("units = 10 }", "units = 11 }");
    List<String> body = List.of("0", "1", "4.weight", "5.*");
    List<String> settings =
        List.of(
            "training.parameterGroups=[{match=8.bias,learningRateFactor=0},{match=8},{match=\"*\",trained=false}]");
    try (Runs.Run run = new Runs.Run(RunFile.parse(head, settings), 2)) {
      run.run.startFrom(model, body);
      float[] drawn = array(run.run.trained(), "8.weight");
      float[] bias = array(run.run.trained(), "8.bias");
      assertThat(run.run.plan().network().batchNormsBackward()).isEmpty(); // nobody waits for them
      run.trainer().run();
      TrainedModel trained = run.run.trained();
      for (String name : List.of("0.weight", "1.weight", "1.bias", "4.weight", "5.bias")) {
        assertThat(array(trained, name)).as(name).isEqualTo(array(model, name));
      }
      assertThat(array(trained, "8.weight")).isNotEqualTo(drawn);
      assertThat(array(trained, "8.bias")).isEqualTo(bias);
      assertThat(trained.arrays().states().get(0).steps())
          .isGreaterThan(model.arrays().states().get(0).steps());
    }
    try (Runs.Run run = new Runs.Run(RunFile.parse(head, List.of()), 2)) {
      assertThatThrownBy(() -> run.run.startFrom(model))
          .hasMessageContaining("the initial model: '8.weight' has the shape [10, 24]");
      assertThatThrownBy(() -> run.run.startFrom(model, List.of("0", "9*")))
          .hasMessageStartingWith(
              "training.initialModel.match: '9*' matches no array; there are 0.weight, 1.weight");
    }
    assertThatThrownBy(() -> new Runs.Run(options("training.parameterGroups=[{match=9}]"), 1))
        .hasMessageStartingWith("training.parameterGroups: '9' matches no array; there are");
  }

  private static float[] array(TrainedModel model, String name) {
    return model.network().parameter(name).read(model.arrays().weights());
  }

  @Test
  void firstWeightsThatAreNotFiniteAreRejected() throws IOException {
    String[] settings = {"network=[flatten,{dense{units=10,weightInitializer{constant=1e39}}}]"};
    try (Runs.Run run = new Runs.Run(options(settings), 1)) {
      assertThatThrownBy(run::trainer)
          .hasMessage(
              "1.weight is not finite before the first step: change its initializer, or the initial"
                  + " model");
    }
  }

  @Test
  void whatDoesNotFitTheDataIsRejectedInASentence() {
    assertThatThrownBy(() -> train(options("training.batchSize=1000"), 1, folder))
        .hasMessageMatching("training.batchSize is 1000, but there are only \\d+ training rows");
    assertThatThrownBy(() -> train(options("network=[{conv2d{filters=2,kernel=99}}]"), 1, folder))
        .hasMessageContaining("layer 0");
    assertThatThrownBy(
            () ->
                train(
                    options("training.earlyStopping.patience=1", "data.validation=none"),
                    1,
                    folder))
        .hasMessage("training.earlyStopping needs rows to watch: set data.validation");
    assertThatThrownBy(() -> train(options("loss=meanSquaredError"), 1, folder))
        .hasMessageContaining("the loss needs 10 targets a row, but the data has 1 labels");
  }

  @Test
  void aSavedModelEvaluatesAndPredictsAsTheRunDid() throws IOException {
    try (Runs.Run run = new Runs.Run(options(), 2)) {
      Trainer trainer = run.trainer();
      trainer.run();
      Map<String, Double> before = trainer.evaluate(Work.Part.VALIDATION);
      run.model().save(new LocalFolder(folder.resolve("model")));
      TrainedModel loaded = TrainedModel.load(new LocalFolder(folder.resolve("model")));
      assertThat(loaded.evaluate(run.engine, Work.Part.VALIDATION)).isEqualTo(before);

      RunData data = RunData.read(loaded.options().data(), loaded.options().seed());
      float[] outputs = loaded.inference().open().outputs(data.test().orElseThrow().rows());
      assertThat(outputs).hasSize(100 * 10);
    }
  }
}
