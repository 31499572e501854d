package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.ChannelAxis;
import org.syncbn.norm.RunningAverage;
import org.syncbn.norm.StatisticsSource;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

class PassTest {

  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
  private static final CounterRandom RANDOM = CounterRandom.of(17);

  private static List<LayerSpec> layers(LayerSpec norm) {
    return List.of(
        LinearSpec.Conv2d.of(8, Extent.square(3)).with(Extent.square(1), Padding.same()),
        norm,
        new ActivationSpec.Relu(),
        PoolingSpec.MaxPool.of(2),
        new GraphSpec.Residual(
            List.of(
                LinearSpec.Conv2d.of(8, Extent.square(3))
                    .with(Extent.square(1), Padding.same())
                    .with(Extent.square(1), 2)
                    .with(LearnedWeights.Bias.ABSENT),
                norm,
                new ActivationSpec.Gelu(ActivationSpec.Gelu.Form.EXACT)),
            List.of(norm)),
        new GraphSpec.Concat(
            List.of(
                GraphSpec.Branch.of("conv", LinearSpec.Conv2d.of(3, Extent.square(1)), norm),
                GraphSpec.Branch.of("itself"))),
        new GraphSpec.Named("joined"),
        LinearSpec.Conv2d.of(4, Extent.square(1)),
        norm,
        new GraphSpec.Named("narrow"),
        new ActivationSpec.Relu(),
        new GraphSpec.Concat(
            List.of(
                GraphSpec.Branch.reading("joined"),
                GraphSpec.Branch.reading("previous"),
                GraphSpec.Branch.reading("narrow"))),
        new RandomSpec.Dropout(0),
        new ShapeSpec.Flatten(),
        LinearSpec.Dense.of(6),
        norm,
        LinearSpec.Dense.of(3));
  }

  private static Training training(List<LayerSpec> layers) {
    return new Training(
        Network.of(Shape.image(2, 8, 6), layers, RANDOM),
        ClassLoss.SoftmaxCrossEntropy.plain(),
        List.of(new ClassMetric.Accuracy()),
        Optimizers.momentum(Schedule.constant(0.05), 0.9));
  }

  private static Batch batch(int rows) {
    Tensor x = Tensor.zeros(rows, 8, 6, 2);
    Tensor y = Tensor.zeros(rows, 1);
    for (int i = 0; i < x.size(); i++) {
      x.set(i, (float) RANDOM.gaussian(i) + 3);
    }
    for (int i = 0; i < rows; i++) {
      y.set(i, RANDOM.fork("y").below(3, i));
    }
    return Batch.of(x, y);
  }

  @Test
  void inferenceEqualsTrainingWithRunningStatistics() {
    checkInference(PassTest::layers);
  }

  @Test
  void inferenceOfSequencesAndTransposedConvolutionsEqualsTraining() {
    checkInference(
        norm ->
            List.of(
                LinearSpec.ConvTranspose2d.of(3, Extent.square(2)),
                norm,
                new ShapeSpec.Flatten(),
                new ShapeSpec.Reshape(3, 1, 63),
                LinearSpec.Conv1d.of(4, 3),
                norm,
                LinearSpec.Conv1d.of(2, 5).with(LearnedWeights.Bias.ABSENT),
                norm,
                PoolingSpec.MaxPool1d.of(2),
                new ShapeSpec.Flatten(),
                LinearSpec.Dense.of(3)));
  }

  private static void checkInference(Function<LayerSpec, List<LayerSpec>> layers) {
    Training training = training(layers.apply(NORM));
    Batch batch = batch(9);
    for (int step = 0; step < 4; step++) {
      training.step(batch, 4);
    }
    LayerSpec frozen =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().trainingSource(StatisticsSource.RUNNING).build());
    Training unfolded = training(layers.apply(frozen));
    unfolded.weights.copyFrom(training.weights);
    unfolded.states = training.states;
    unfolded.gradients(batch);
    InferencePass inference =
        new InferencePass(training.network, training.weights, training.states, 10);
    assertThat(inference.run(batch.inputs()).toArray())
        .containsExactly(unfolded.output, within(2e-5f));
    assertThat(inference.run(batch.inputs().rows(0, 3)).toArray()).hasSize(9);
  }

  @Test
  void evaluationWithTheBatchsOwnStatisticsNormalizesEachRun() {
    LayerSpec own =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().evaluationSource(StatisticsSource.BATCH).build());
    Network network = Network.of(Shape.features(1), List.of(own), RANDOM);
    Tensor weights = network.initialWeights();
    InferencePass pass = new InferencePass(network, weights, network.initialStates(weights), 2);
    assertThat(pass.run(Tensor.of(new float[] {1e6f, 1e6f + 4}, 2, 1)).toArray())
        .containsExactly(new float[] {-1, 1}, within(1e-4f));
  }

  @ParameterizedTest
  @EnumSource(ChannelAxis.class)
  void aBatchNormHasAMeanForEachPlaceAlongItsAxis(ChannelAxis axis) {
    BatchNormOptions options =
        BatchNormOptions.KERAS.toBuilder()
            .axis(axis)
            .runningAverage(RunningAverage.weightOfNew(1))
            .build();
    LayerSpec conv = LinearSpec.Conv2d.of(2, Extent.square(1)).with(LearnedWeights.Bias.ABSENT);
    List<LayerSpec> layers =
        List.of(
            new NormalizationSpec.BatchNormalization(options),
            conv,
            new NormalizationSpec.BatchNormalization(options),
            new ActivationSpec.Relu(),
            new ShapeSpec.Flatten(),
            LinearSpec.Dense.of(3));
    Training training = training(layers);
    Batch batch = batch(9);
    training.step(batch, 4);
    int[] sizes = {8, 6, 2}; // height, width, channels
    int place = axis == ChannelAxis.HEIGHT ? 0 : axis == ChannelAxis.WIDTH ? 1 : 2;
    double[] means = new double[sizes[place]];
    for (int i = 0; i < batch.inputs().size(); i++) {
      int[] at = {i / 12 % 8, i / 2 % 6, i % 2};
      means[at[place]] += batch.inputs().get(i) / (double) (9 * 96 / sizes[place]);
    }
    assertThat(training.states.get(0).runningMean()).containsExactly(means, within(1e-6));
    // In evaluation, folded or not: the statistics of the last step are the running ones.
    training.gradients(batch);
    LayerSpec own =
        new NormalizationSpec.BatchNormalization(
            options.toBuilder().evaluationSource(StatisticsSource.BATCH).build());
    List<LayerSpec> unfolded = new ArrayList<>(layers);
    unfolded.set(0, own);
    unfolded.set(2, own);
    InferencePass batchwise =
        new InferencePass(training(unfolded).network, training.weights, training.states, 9);
    assertThat(batchwise.run(batch.inputs()).toArray())
        .containsExactly(training.output, within(1e-5f));
  }

  @Test
  void anAxisThatRowsDoNotHaveIsRejected() {
    LayerSpec norm =
        new NormalizationSpec.BatchNormalization(
            BatchNormOptions.PYTORCH.toBuilder().axis(ChannelAxis.WIDTH).build());
    assertThatThrownBy(() -> Network.of(Shape.features(3), List.of(norm), RANDOM))
        .hasMessage("layer 0 (batchNorm): 3 features have no width: set axis to channels");
  }

  @Test
  void trainingLearns() {
    Training training = training(layers(NORM));
    Batch batch = batch(30);
    training.gradients(batch, 10, 20);
    double before = training.measures.loss(training.sums);
    for (int step = 0; step < 60; step++) {
      training.step(batch, 10, 20);
    }
    assertThat(training.measures.loss(training.sums)).isLessThan(before / 3);
    assertThat(training.measures.values(training.sums).get("accuracy")).isGreaterThan(0.9);
  }

  @Test
  void equalStepsHaveEqualBitsAndUsedMemoryLeavesNoTrace() {
    Network network = training(layers(NORM)).network;
    Measures measures = Measures.of(network, ClassLoss.SoftmaxCrossEntropy.plain(), List.of());
    TrainingPass used = new TrainingPass(network, measures, 12);
    run(used, network, batch(12));
    TrainingPass fresh = new TrainingPass(network, measures, 7);
    run(fresh, network, batch(7));
    gradients(used).fill(Float.NaN); // as if others had written there
    run(used, network, batch(7));
    for (ParameterBlock block : network.parameters()) {
      assertThat(block.read(gradients(used))).isEqualTo(block.read(gradients(fresh)));
    }
    assertThat(used.output().toArray()).isEqualTo(fresh.output().toArray());
  }

  private static void run(TrainingPass pass, Network network, Batch batch) {
    Tensor weights = network.initialWeights();
    pass.start(
        batch, BatchSlice.whole(batch.rows()), weights, network.initialStates(weights), RANDOM);
    while (!pass.isFinished()) {
      pass.resume(pass.contribution(0));
    }
  }

  private static Tensor gradients(TrainingPass pass) {
    return pass.gradients().get(0).values();
  }

  @Test
  void dropoutDoesNotDependOnTheShards() {
    List<LayerSpec> layers =
        List.of(
            new ShapeSpec.Flatten(),
            LinearSpec.Dense.of(101),
            new RandomSpec.Dropout(0.25),
            LinearSpec.Dense.of(3));
    Training one = training(layers);
    Training three = training(layers);
    one.gradients(batch(8));
    three.gradients(batch(8), 1, 6);
    assertThat(three.output).containsExactly(one.output, within(1e-5f));
  }

  @Test
  void spatialDropoutDropsWholeChannels() {
    Network network =
        Network.of(
            Shape.image(300, 2, 3),
            List.of(new RandomSpec.SpatialDropout(0.25), new ShapeSpec.Flatten()),
            RANDOM);
    Measures measures = Measures.of(network, new NumberLoss.MeanSquaredError(), List.of());
    TrainingPass pass = new TrainingPass(network, measures, 2);
    Tensor ones = Tensor.zeros(2, 2, 3, 300);
    ones.fill(1);
    pass.start(
        Batch.of(ones, Tensor.zeros(2, 1800)),
        BatchSlice.whole(2),
        network.initialWeights(),
        List.of(),
        RANDOM);
    float[] output = pass.output().toArray();
    int dropped = 0;
    for (int i = 0; i < output.length; i++) {
      assertThat(output[i])
          .isEqualTo(output[i / 6 * 6]) // of the same channel
          .isIn(0f, (float) (1 / 0.75));
      dropped += output[i] == 0 ? 1 : 0;
    }
    assertThat(dropped / 3600.0).isCloseTo(0.25, within(0.05));
  }

  @Test
  void dropoutDropsItsShareAndKeepsTheMean() {
    Network network =
        Network.of(Shape.features(10_001), List.of(new RandomSpec.Dropout(0.3)), RANDOM);
    Measures measures = Measures.of(network, new NumberLoss.MeanSquaredError(), List.of());
    TrainingPass pass = new TrainingPass(network, measures, 2);
    Tensor ones = Tensor.zeros(2, 10_001);
    ones.fill(1);
    pass.start(
        Batch.of(ones, Tensor.zeros(2, 10_001)),
        BatchSlice.whole(2),
        network.initialWeights(),
        List.of(),
        RANDOM);
    int dropped = 0;
    for (float value : pass.output().toArray()) {
      assertThat(value).isIn(0f, (float) (1 / 0.7));
      dropped += value == 0 ? 1 : 0;
    }
    assertThat(dropped / 20_002.0).isCloseTo(0.3, within(0.01));
    assertThat(
            new InferencePass(network, network.initialWeights(), List.of(), 2).run(ones).toArray())
        .containsOnly(1);
  }

  @Test
  void gaussianNoiseIsOfItsRowInTrainingAlone() {
    Network network =
        Network.of(Shape.features(5_001), List.of(new RandomSpec.GaussianNoise(0.5)), RANDOM);
    Measures measures = Measures.of(network, new NumberLoss.MeanSquaredError(), List.of());
    Tensor x = Tensor.zeros(4, 5_001);
    x.fill(3);
    Batch batch = Batch.of(x, Tensor.zeros(4, 5_001));
    TrainingPass pass = new TrainingPass(network, measures, 4);
    pass.start(batch, BatchSlice.whole(4), network.initialWeights(), List.of(), RANDOM);
    float[] whole = pass.output().toArray();
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < whole.length; i++) {
      sum += whole[i] - 3;
      squares += (whole[i] - 3) * (whole[i] - 3);
      assertThat(whole[i]).isNotEqualTo(i == 0 ? 0 : whole[i - 1]);
    }
    assertThat(sum / whole.length).isCloseTo(0, within(0.015)); // four standard errors
    assertThat(Math.sqrt(squares / whole.length)).isCloseTo(0.5, within(0.01));
    pass.start(
        Batch.of(x.rows(0, 2), Tensor.zeros(2, 5_001)),
        new BatchSlice(2, 4),
        network.initialWeights(),
        List.of(),
        RANDOM);
    assertThat(pass.output().toArray())
        .isEqualTo(Arrays.copyOfRange(whole, whole.length / 2, whole.length));
    assertThat(new InferencePass(network, network.initialWeights(), List.of(), 4).run(x).toArray())
        .containsOnly(3);
    assertThatThrownBy(() -> new RandomSpec.GaussianNoise(-1))
        .hasMessage("stddev of Gaussian noise must be finite and at least 0, was -1.0");
  }

  @Test
  void stepsMakeNoMemoryOfTheirOwn() {
    Network network = training(layers(NORM)).network;
    Measures measures =
        Measures.of(
            network, ClassLoss.SoftmaxCrossEntropy.plain(), List.of(new ClassMetric.Accuracy()));
    TrainingPass pass = new TrainingPass(network, measures, 16);
    Batch batch = batch(16);
    Tensor weights = network.initialWeights();
    var states = network.initialStates(weights);
    BatchSlice slice = BatchSlice.whole(16);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    int steps = 50;
    long before;
    long direct;
    long after;
    Runnable train =
        () -> {
          for (int step = 0; step < steps; step++) {
            pass.start(batch, slice, weights, states, RANDOM);
            while (!pass.isFinished()) {
              pass.resume(pass.contribution(0));
            }
          }
        };
    train.run(); // the first steps make memory
    do {
      before = threads.getThreadAllocatedBytes(thread);
      direct = directMemory();
      train.run();
      after = directMemory();
    } while (after < direct); // others' garbage was collected meanwhile
    assertThat(after).isEqualTo(direct);
    // The activations of a layer are 16 * 8 * 48 * 4 = 24,576 bytes.
    assertThat((threads.getThreadAllocatedBytes(thread) - before) / steps).isLessThan(8_192);
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  void theFirstLayerWithAWrongNumberIsNamed() {
    Training training = training(layers(NORM));
    TrainingPass pass = new TrainingPass(training.network, training.measures, 4);
    Tensor weights = training.network.initialWeights();
    ParameterBlock dense = training.network.parameter("14.weight");
    weights.set(dense.offset(), Float.POSITIVE_INFINITY);
    pass.start(batch(4), BatchSlice.whole(4), weights, training.states, RANDOM);
    for (int exchange = 0; exchange < 5; exchange++) {
      assertThat(pass.isFinished()).isFalse();
      pass.resume(pass.contribution(0));
    }
    assertThat(wrongValue(pass, training.network)).isEqualTo("layer 14 (dense)");
    Batch wrong = batch(4);
    wrong.inputs().set(3, Float.NaN);
    pass.start(wrong, BatchSlice.whole(4), training.weights, training.states, RANDOM);
    assertThat(wrongValue(pass, training.network)).isEqualTo("the input");
  }

  private static String wrongValue(TrainingPass pass, Network network) {
    return network.valueNames().get(pass.firstNonFinite().orElseThrow());
  }

  @Test
  void whatDoesNotFitIsRejectedWithASentence() {
    Training training = training(layers(NORM));
    TrainingPass pass = new TrainingPass(training.network, training.measures, 4);
    assertThatThrownBy(() -> pass.resume(new double[1]))
        .hasMessage("the pass is not at a synchronization point: start a step first");
    assertThatThrownBy(
            () ->
                pass.start(
                    batch(5), BatchSlice.whole(5), training.weights, training.states, RANDOM))
        .hasMessage("a pass planned for 1 to 4 rows cannot take 5");
    assertThatThrownBy(
            () ->
                pass.start(
                    Batch.of(Tensor.zeros(2, 7), Tensor.zeros(2, 1)),
                    BatchSlice.whole(2),
                    training.weights,
                    training.states,
                    RANDOM))
        .hasMessage("the network takes images of 2 x 8 x 6 a row, but the input is Tensor[2, 7]");
    Batch weightless = Batch.of(batch(2).inputs(), batch(2).targets(), new float[2]);
    assertThatThrownBy(() -> training.gradients(weightless))
        .hasMessageStartingWith("no row of a mini-batch has a weight above 0: leave out");
  }
}
