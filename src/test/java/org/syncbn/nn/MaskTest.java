package org.syncbn.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.syncbn.norm.BatchNormOptions;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.ChannelAxis;
import org.syncbn.norm.ChannelMoments;
import org.syncbn.norm.SmallBatchPolicy;
import org.syncbn.optim.Optimizers;
import org.syncbn.optim.Schedule;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * Masked places of sequences and images: what is there counts for nothing, and networks compute as
 * if sequences ended with their last valid place.
 */
class MaskTest {

  private static final CounterRandom RANDOM = CounterRandom.of(31);
  private static final LayerSpec NORM =
      new NormalizationSpec.BatchNormalization(BatchNormOptions.PYTORCH);
  private static final int CHANNELS = 3;
  private static final int OUTPUTS = 2;
  private static final int[] LENGTHS = {7, 5, 1, 6, 3, 7, 0};

  /** A layer of nearly every kind that takes images. */
  private static final List<LayerSpec> MANY =
      List.of(
          LinearSpec.Conv1d.of(8, 3),
          NORM,
          new ActivationSpec.Relu(),
          new GraphSpec.Residual(
              List.of(conv(8, 3, 1, Padding.same(), 8), NORM, new ActivationSpec.Sigmoid()),
              List.of(NormalizationSpec.GroupNormalization.of(2))),
          new GraphSpec.Concat(
              List.of(
                  GraphSpec.Branch.of(
                      "a", conv(4, 2, 2, Padding.of(1), 1), new ActivationSpec.Softmax()),
                  GraphSpec.Branch.of(
                      "b",
                      new PoolingSpec.AveragePool1d(
                          new PoolingShape(Extent.square(2), Extent.square(2), Padding.of(1)),
                          false),
                      new ActivationSpec.PRelu(ActivationSpec.PRelu.Slopes.PER_CHANNEL, 0.25)))),
          NORM,
          new PoolingSpec.MaxPool1d(
              new PoolingShape(Extent.square(2), Extent.square(1), Padding.valid(), true)),
          new NormalizationSpec.InstanceNormalization(1e-5, true),
          new ActivationSpec.Elu(1));

  private static final List<LayerSpec> MEAN =
      List.of(new PoolingSpec.GlobalAveragePool(), LinearSpec.Dense.of(OUTPUTS));

  private static LayerSpec conv(int filters, int kernel, int stride, Padding padding, int groups) {
    LinearSpec.Conv1d conv = LinearSpec.Conv1d.of(filters, kernel);
    return new LinearSpec.Conv1d(
        filters,
        new ConvolutionShape(
            Extent.square(kernel), Extent.square(stride), padding, Extent.square(1), groups),
        conv.weights(),
        conv.constraint());
  }

  private static Network network(int places, List<LayerSpec> body, List<LayerSpec> end) {
    LayerSpec reshape = new ShapeSpec.Reshape(CHANNELS, 1, places, ShapeSpec.Reshape.Mask.LENGTHS);
    List<LayerSpec> layers = new ArrayList<>(List.of(reshape));
    layers.addAll(body);
    layers.addAll(end);
    return Network.of(Shape.features(CHANNELS * places + 1), layers, RANDOM);
  }

  /** Sequences of {@link #LENGTHS} with so many places, the rest of which hold something. */
  private static Batch batch(int places, float rest) {
    int size = CHANNELS * places + 1;
    Tensor x = Tensor.zeros(LENGTHS.length, size);
    for (int row = 0; row < LENGTHS.length; row++) {
      for (int i = 0; i < CHANNELS * places; i++) {
        int at = row * 1000 + i / places * 100 + i % places;
        boolean isValid = i % places < LENGTHS[row];
        x.set(row * size + i, isValid ? (float) RANDOM.gaussian(at) + 1 : rest);
      }
      x.set(row * size + size - 1, LENGTHS[row]);
    }
    Tensor y = Tensor.zeros(LENGTHS.length, OUTPUTS);
    for (int i = 0; i < y.size(); i++) {
      y.set(i, (float) RANDOM.fork("y").gaussian(i));
    }
    return Batch.of(x, y);
  }

  private static Training trained(Network network, Batch batch) {
    Training training =
        new Training(
            network,
            new NumberLoss.MeanSquaredError(),
            List.of(),
            Optimizers.momentum(Schedule.constant(0.05), 0.9));
    training.step(batch, 2, 5);
    training.step(batch, 2, 5);
    return training;
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -3e38f, 1})
  void whatMaskedPlacesHoldChangesNoBit(float rest) {
    Network network = network(9, MANY, MEAN);
    Training some = trained(network, batch(9, rest));
    Training zeros = trained(network, batch(9, 0));
    assertThat(some.sums).isEqualTo(zeros.sums);
    assertThat(some.weights.toArray()).isEqualTo(zeros.weights.toArray());
    assertThat(some.states).isEqualTo(zeros.states);
    assertThat(evaluated(some, batch(9, rest))).isEqualTo(evaluated(zeros, batch(9, 0)));
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 9, 12, 31})
  void furtherMaskedPlacesChangeNothing(int places) {
    Training narrow = trained(network(7, MANY, MEAN), batch(7, Float.NaN));
    Training wide = trained(network(places, MANY, MEAN), batch(places, Float.NaN));
    assertThat(wide.sums).containsExactly(narrow.sums, within(1e-5));
    assertThat(wide.gradients.toArray()).containsExactly(narrow.gradients.toArray(), within(2e-5f));
    for (int norm = 0; norm < narrow.states.size(); norm++) {
      assertSame(wide.states.get(norm), narrow.states.get(norm), 1e-6);
    }
    assertThat(evaluated(wide, batch(places, Float.NaN)))
        .containsExactly(evaluated(narrow, batch(7, Float.NaN)), within(1e-5f));
  }

  @Test
  void furtherMaskedPlacesChangeNoBitOfABatchNorm() {
    List<LayerSpec> norms =
        List.of(NORM, new ActivationSpec.Tanh(), NORM, new ActivationSpec.Relu());
    Training narrow = trained(network(8, norms, MEAN), batch(8, Float.NaN));
    Training wide = trained(network(23, norms, MEAN), batch(23, 5));
    assertThat(wide.states).isEqualTo(narrow.states);
    assertThat(wide.weights.toArray()).isEqualTo(narrow.weights.toArray());
  }

  private static void assertSame(BatchNormState actual, BatchNormState expected, double error) {
    assertThat(actual.runningMean()).containsExactly(expected.runningMean(), within(error));
    assertThat(actual.runningVariance()).containsExactly(expected.runningVariance(), within(error));
  }

  private static float[] evaluated(Training training, Batch batch) {
    return new InferencePass(training.network, training.weights, training.states, batch.rows())
        .run(batch)
        .toArray();
  }

  @Test
  void shardsAndTheirOrderCutMaskedSequencesLikeOthers() {
    Network network = network(9, MANY, MEAN);
    Batch batch = batch(9, Float.NaN);
    Training one = trained(network, batch);
    Training cut = new Training(network, one.measures.loss(), List.of(), List.of());
    cut.gradients(batch, 2, 5); // the third shard has a row without valid places
    TrainingPass[] passes = new TrainingPass[3];
    int[] cuts = {0, 2, 5, 7};
    StepSynchronization step = new StepSynchronization(network, cut.states, 7);
    for (int shard = 0; shard < 3; shard++) {
      passes[shard] = new TrainingPass(network, cut.measures, 4);
      passes[shard].start(
          rows(batch, cuts[shard], cuts[shard + 1]),
          new BatchSlice(cuts[shard], 7),
          cut.weights,
          cut.states,
          cut.random);
    }
    while (!passes[0].isFinished()) {
      double[] merged = passes[0].contribution(0).clone();
      for (int shard = 1; shard < 3; shard++) {
        double[] mine = passes[shard].contribution(0);
        if (passes[0].momentChannels() > 0) {
          ChannelMoments.join(merged, mine, passes[0].momentChannels());
        } else {
          for (int i = 0; i < merged.length; i++) {
            merged[i] += mine[i];
          }
        }
      }
      step.add(merged);
      for (TrainingPass pass : passes) {
        pass.resume(merged);
      }
    }
    Tensor gradients = passes[0].gradients().get(0).values();
    for (int shard = 1; shard < 3; shard++) {
      gradients.add(passes[shard].gradients().get(0).values(), 0, gradients.size());
    }
    step.finish(gradients, cut.measures.weight(cut.sums), cut.weights);
    assertThat(gradients.toArray()).isEqualTo(cut.gradients.toArray());
  }

  private static Batch rows(Batch batch, int from, int to) {
    return Batch.of(batch.inputs().rows(from, to), batch.targets().rows(from, to));
  }

  @Test
  void aMaskingLayerHidesPlacesAllOfWhoseChannelsHaveItsValue() {
    Network network =
        Network.of(
            Shape.image(2, 1, 4),
            List.of(new ShapeSpec.Masking(-1), new PoolingSpec.GlobalAveragePool()),
            RANDOM);
    // Channels last: (1, 2), (-1, -1), (-1, 5), (-1, -1).
    Tensor x = Tensor.of(new float[] {1, 2, -1, -1, -1, 5, -1, -1}, 1, 1, 4, 2);
    Tensor weights = network.initialWeights();
    assertThat(new InferencePass(network, weights, List.of(), 1).run(x).toArray())
        .containsExactly(0, 3.5f);
  }

  @Test
  void nanMasksPlacesOfNaN() {
    Network network =
        Network.of(
            Shape.image(1, 2, 2),
            List.of(
                new ShapeSpec.Masking(Double.NaN),
                NORM,
                new ShapeSpec.Flatten(),
                LinearSpec.Dense.of(OUTPUTS)),
            RANDOM);
    float nan = Float.NaN;
    Tensor x = Tensor.of(new float[] {1, nan, nan, 4, nan, nan, nan, 7}, 2, 2, 2, 1);
    Training training =
        new Training(
            network,
            new NumberLoss.MeanSquaredError(),
            List.of(),
            Optimizers.sgd(Schedule.constant(0.05)));
    training.step(Batch.of(x, Tensor.zeros(2, OUTPUTS)), 1);
    training.step(Batch.of(x, Tensor.zeros(2, OUTPUTS)), 1);
    // Twice a tenth of the mean of 1, 4 and 7.
    assertThat(training.states.get(0).runningMean()[0]).isEqualTo(0.19 * 4, within(1e-6));
    assertThat(training.states.get(0).runningVariance()[0])
        .isEqualTo(0.81 + 0.19 * 9, within(1e-6));
    for (float gradient : training.gradients.toArray()) {
      assertThat(gradient).isFinite();
    }
  }

  @Test
  void masksOfTwoLayersAddUp() {
    Network network =
        Network.of(
            Shape.features(8),
            List.of(
                new ShapeSpec.Reshape(1, 2, 2, ShapeSpec.Reshape.Mask.PLACES),
                new ShapeSpec.Masking(9),
                new PoolingSpec.GlobalAveragePool()),
            RANDOM);
    Tensor x = Tensor.of(new float[] {1, 9, 5, Float.NaN, 1, 1, 0.5f, 0}, 1, 8);
    assertThat(new InferencePass(network, network.initialWeights(), List.of(), 1).run(x).toArray())
        .containsExactly(3);
  }

  @Test
  void theStatisticsOfADatasetAreThoseOfValidPlaces() {
    Network network = network(3, List.of(NORM), MEAN);
    Tensor weights = network.initialWeights();
    float nan = Float.NaN;
    Tensor x =
        Tensor.of(
            new float[] {
              1, 2, nan, 10, 20, nan, 100, 200, nan, 2, // length 2
              6, nan, nan, 60, nan, nan, 600, nan, nan, 1
            },
            2,
            10);
    StatisticsPass statistics = new StatisticsPass(network, 2);
    statistics.begin(0, weights, network.initialStates(weights));
    statistics.add(Batch.of(x, Tensor.zeros(2, 0)));
    BatchNormState state =
        network
            .batchNorms()
            .get(0)
            .withStatistics(network.initialStates(weights).get(0), statistics.moments());
    assertThat(state.runningMean()).containsExactly(3, 30, 300);
    assertThat(state.runningVariance()).containsExactly(7, 700, 70000); // (4 + 1 + 9) / 2
  }

  @Test
  void placesAreCountedWhereABatchIsTooSmallForAVariance() {
    Network network = network(5, List.of(NORM), MEAN);
    Tensor x = Tensor.zeros(2, 16);
    x.set(15, 1); // one valid place in all
    assertThatThrownBy(() -> trainedOn(network, x))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("n = 1.0 values per channel");
    x.set(31, 1);
    assertThat(trainedOn(network, x).states.get(0).runningVariance()).containsOnly(0.9);
    Network skipping =
        network(
            5,
            List.of(
                new NormalizationSpec.BatchNormalization(
                    BatchNormOptions.PYTORCH.toBuilder()
                        .smallBatchPolicy(SmallBatchPolicy.RUNNING)
                        .build())),
            MEAN);
    x.set(31, 0);
    assertThat(trainedOn(skipping, x).states.get(0).runningVariance()).containsOnly(1);
  }

  private static Training trainedOn(Network network, Tensor x) {
    Training training =
        new Training(network, new NumberLoss.MeanSquaredError(), List.of(), List.of());
    StepSynchronization step =
        training.gradients(Batch.of(x, Tensor.zeros(x.dimension(0), OUTPUTS)), 1);
    training.states = step.commit(training.weights);
    return training;
  }

  @Test
  void rowsOfWeightZeroMayHoldAnyLength() {
    Network network = network(4, List.of(NORM), MEAN);
    Tensor x = Tensor.zeros(3, 13);
    x.set(12, 4);
    x.set(25, 2);
    x.rows(2, 3).fill(Float.NaN);
    Batch batch = Batch.of(x, Tensor.zeros(3, OUTPUTS), new float[] {1, 1, 0});
    Training training =
        new Training(network, new NumberLoss.MeanSquaredError(), List.of(), List.of());
    training.gradients(batch);
    assertThat(training.sums[0]).isFinite();
    assertThat(evaluated(training, batch)).hasSize(6);
  }

  @Test
  void aStepThatWentWrongIsNotBlamedOnMaskedPlaces() {
    Network network = network(9, MANY, MEAN);
    Training training = trained(network, batch(9, Float.NaN));
    training.weights.fill(Float.NaN);
    TrainingPass pass = new TrainingPass(network, training.measures, 7);
    pass.start(batch(9, Float.NaN), BatchSlice.whole(7), training.weights, training.states, RANDOM);
    assertThat(pass.firstNonFinite().getAsInt()).isEqualTo(2);
    assertThat(network.valueNames().get(2)).isEqualTo("layer 1 (conv1d)");
  }

  @Test
  void saysWhatDoesNotGoWithMasks() {
    LayerSpec masking = new ShapeSpec.Masking(0);
    assertThatThrownBy(() -> image(masking, new RandomSpec.RandomFlip(true, false)))
        .hasMessage(
            "layer 1 (randomFlip): it does not take masked images: put it before the layer that"
                + " masks them");
    assertThatThrownBy(() -> image(masking, LinearSpec.ConvTranspose2d.of(1, Extent.square(2))))
        .hasMessageStartingWith("layer 1 (convTranspose2d): it does not take masked images");
    assertThatThrownBy(
            () ->
                image(
                    masking,
                    new NormalizationSpec.BatchNormalization(
                        BatchNormOptions.PYTORCH.toBuilder().axis(ChannelAxis.WIDTH).build())))
        .hasMessage("layer 1 (batchNorm): statistics of masked images are of channels only");
    assertThatThrownBy(() -> Network.of(Shape.features(3), List.of(masking), RANDOM))
        .hasMessageContaining("needs images, but gets 3 features");
    assertThatThrownBy(() -> new ShapeSpec.Reshape(1, 2, 2, ShapeSpec.Reshape.Mask.LENGTHS))
        .hasMessage("mask = lengths is of sequences, which have height 1, not 2");
    assertThatThrownBy(
            () ->
                Network.of(
                    Shape.features(6),
                    List.of(new ShapeSpec.Reshape(2, 1, 3, ShapeSpec.Reshape.Mask.LENGTHS)),
                    RANDOM))
        .hasMessage(
            "layer 0 (reshape): cannot make images of 2 x 1 x 3 of 6 features: with their mask they"
                + " take 7");
  }

  @Test
  void aLengthThatASequenceCannotHaveIsAnError() {
    Network network = network(4, List.of(), MEAN);
    InferencePass pass = new InferencePass(network, network.initialWeights(), List.of(), 1);
    for (float length : new float[] {5, -1, 2.5f}) {
      Tensor x = Tensor.zeros(1, 13);
      x.set(12, length);
      assertThatThrownBy(() -> pass.run(x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "layer 0 (reshape): a row has the length %s, but its sequence has 4 places"
                  .formatted(length));
    }
  }

  private static Network image(LayerSpec... layers) {
    return Network.of(Shape.image(2, 4, 4), Arrays.asList(layers), RANDOM);
  }
}
