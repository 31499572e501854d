package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

class BatchNormTest {

  private static final CounterRandom RANDOM = CounterRandom.of(1);
  private static final float[] UNWEIGHTED = {};
  private static final Tensor TWO_ROWS = Tensor.of(new float[] {1, 10, 3, 30}, 2, 2);

  @Test
  void aNewLayerHasTheInitialValuesOfItsOptions() {
    BatchNormState state = layer(BatchNormOptions.PYTORCH).initialState();
    assertThat(state.gamma()).containsExactly(1, 1);
    assertThat(state.beta()).containsExactly(0, 0);
    assertThat(state.runningMean()).containsExactly(0, 0);
    assertThat(state.runningVariance()).containsExactly(1, 1);
    assertThat(state.runningDeviation()).isEmpty();
    assertThat(state.steps()).isZero();

    BatchNormState other =
        layer(
                options()
                    .gammaInitializer(Initializer.constant(2))
                    .beta(Parameter.ABSENT)
                    .runningMeanInitializer(Initializer.constant(5))
                    .runningVarianceInitializer(Initializer.constant(9))
                    .renormalization(Renormalization.published())
                    .build())
            .initialState();
    assertThat(other.gamma()).containsExactly(2, 2);
    assertThat(other.beta()).isEmpty();
    assertThat(other.runningMean()).containsExactly(5, 5);
    assertThat(other.runningDeviation()).containsExactly(3, 3);
  }

  @Test
  void theSameNameAndSeedGiveTheSameInitialValues() {
    BatchNormOptions options = options().gammaInitializer(Initializer.normal(1, 1)).build();
    BatchNormState state = BatchNorm.of("a", 9, options, RANDOM).initialState();
    assertThat(BatchNorm.of("a", 9, options, RANDOM).initialState()).isEqualTo(state);
    assertThat(BatchNorm.of("b", 9, options, RANDOM).initialState()).isNotEqualTo(state);
  }

  @Test
  void anUpdateMovesTheRunningAveragesAndCountsTheStep() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH);
    BatchNormState before = layer.initialState();
    BatchNormState after = train(layer, before, TWO_ROWS).updated();
    assertThat(after.runningMean()).containsExactly(0.1 * 2, 0.1 * 20);
    assertThat(after.runningVariance()).containsExactly(0.9 + 0.1 * 2, 0.9 + 0.1 * 200);
    assertThat(after.steps()).isOne();
    assertThat(before).isEqualTo(layer.initialState());
  }

  @Test
  void statisticsOfAWholeDatasetReplaceTheAveragesWhereverTheyWere() {
    BatchNormOptions renormalized =
        options()
            .runningMeanInitializer(Initializer.constant(1e6f))
            .renormalization(Renormalization.published())
            .build();
    BatchNorm layer = layer(renormalized);
    BatchNormState before = train(layer, layer.initialState(), TWO_ROWS).updated();
    double[] merged = new double[6];
    for (float[] row : new float[][] {{1, 10}, {3, 30}, {5, 20}}) { // one shard each
      PreciseStatistics shard = new PreciseStatistics(layer);
      shard.add(Tensor.of(row, 1, 2), new ChannelLayout(1, 1, 2, 1), UNWEIGHTED);
      ChannelMoments.join(merged, shard.moments(), 2);
    }
    BatchNormState after = layer.withStatistics(before, merged);
    assertThat(after.runningMean()).containsExactly(new double[] {3, 20}, within(1e-14));
    assertThat(after.runningVariance()).containsExactly(new double[] {4, 100}, within(1e-12));
    assertThat(after.runningDeviation())
        .containsExactly(
            new double[] {Math.sqrt(8.0 / 3 + 1e-5), Math.sqrt(200.0 / 3 + 1e-5)}, within(1e-12));
    assertThat(after.gamma()).isEqualTo(before.gamma());
    assertThat(after.steps()).isEqualTo(before.steps());
    assertThat(after.updates()).isEqualTo(before.updates());

    BatchNorm population = layer(options().runningVariance(RunningVariance.POPULATION).build());
    assertThat(
            population
                .withStatistics(population.initialState(), new double[] {4, 4, 2, 0, 8, 1})
                .runningVariance())
        .containsExactly(8.0 / 4, 1.0 / 4);
    merged[4] = Double.NaN;
    assertThatThrownBy(() -> layer.withStatistics(before, merged))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("channel 0: the running variance would become NaN");
  }

  @Test
  void fixedStatisticsAreOneMultiplyAddWhereverTheChannelsLie() {
    BatchNormOptions options = options().eps(0).betaInitializer(Initializer.constant(-3)).build();
    BatchNorm layer = layer(options);
    BatchNormState state =
        layer.withStatistics(layer.initialState(), new double[] {4, 4, 1, 10, 3, 300});
    ChannelAffine affine = layer.inference(state); // means 1 and 10, sample variances 1 and 100
    Tensor last = Tensor.of(new float[] {1, 10, 6, 60}, 1, 2, 2);
    Tensor first = Tensor.of(new float[] {1, 6, 10, 60}, 1, 2, 2);
    Tensor y = Tensor.zeros(1, 2, 2);
    affine.apply(last, new ChannelLayout(1, 2, 2, 1), Activation.NONE, y);
    assertThat(y.toArray()).containsExactly(-3, -3, 2, 2);
    affine.apply(first, new ChannelLayout(1, 1, 2, 2), Activation.RELU, first);
    assertThat(first.toArray()).containsExactly(0, 2, 0, 2);
  }

  @Test
  void imagesAreSummedPerChannelWhereverTheChannelsLie() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH);
    Tensor last = Tensor.of(new float[] {1, 10, 2, 20, 3, 30, 4, 40}, 2, 2, 2);
    Tensor first = Tensor.of(new float[] {1, 2, 10, 20, 3, 4, 30, 40}, 2, 2, 2);
    double[] expected = {4, 4, 2.5, 25, 5, 500};
    for (int inner : new int[] {1, 2}) {
      PreciseStatistics statistics = new PreciseStatistics(layer);
      ChannelLayout layout = new ChannelLayout(2, 2 / inner, 2, inner);
      statistics.add(inner == 1 ? last : first, layout, UNWEIGHTED);
      assertThat(statistics.moments()).containsExactly(expected);
    }
  }

  @Test
  void frozenAveragesStayAndTheStepStillCounts() {
    BatchNorm layer = layer(options().runningUpdate(RunningUpdate.OFF).build());
    BatchNormState after = train(layer, layer.initialState(), TWO_ROWS).updated();
    assertThat(after.runningMean()).containsExactly(0, 0);
    assertThat(after.runningVariance()).containsExactly(1, 1);
    assertThat(after.steps()).isOne();
    assertThat(after.updates()).isZero();
  }

  @Test
  void frozenStatisticsNormalizeByTheAveragesAndNeedNoMessage() {
    BatchNorm layer = layer(options().eps(0).trainingSource(StatisticsSource.RUNNING).build());
    Shards run = train(layer, layer.initialState(), TWO_ROWS);
    assertThat(run.forward).isEmpty();
    assertThat(run.y.toArray()).containsExactly(TWO_ROWS.toArray());
    assertThat(run.updated().runningMean()).containsExactly(0, 0);
    run.backward(TWO_ROWS);
    assertThat(run.dx.toArray()).containsExactly(TWO_ROWS.toArray());
    assertThat(run.gammaGradient()).containsExactly(1 + 9, 100 + 900);
  }

  @Test
  void theFirstCumulativeOrDebiasedUpdateForgetsTheInitialValue() {
    for (RunningAverage average :
        new RunningAverage[] {RunningAverage.cumulative(), RunningAverage.debiased(0.01)}) {
      BatchNorm layer =
          layer(
              options()
                  .runningMeanInitializer(Initializer.constant(1e6f))
                  .runningAverage(average)
                  .build());
      BatchNormState state = train(layer, layer.initialState(), TWO_ROWS).updated();
      assertThat(state.runningMean()).containsExactly(new double[] {2, 20}, within(1e-6));
    }
  }

  @Test
  void debiasedAveragesAreAdamsBiasCorrection() {
    double w = 0.1;
    double biased = 0;
    double average = 42; // has no part in it
    for (int t = 1; t <= 20; t++) {
      double value = Math.sin(t);
      biased = (1 - w) * biased + w * value;
      double weight = RunningAverage.debiased(w).weight(t);
      average = (1 - weight) * average + weight * value;
      assertThat(average).isCloseTo(biased / (1 - Math.pow(1 - w, t)), within(1e-12));
    }
    assertThatThrownBy(() -> RunningAverage.weightOfNew(1.5))
        .hasMessage("the weight of a new statistic must be in [0, 1], was 1.5");
  }

  @Test
  void aStateIsNeverNonFinite() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH);
    BatchNormState state = layer.initialState();
    Shards run = train(layer, state, Tensor.of(new float[] {1, 2, 3, Float.NaN}, 2, 2));
    assertThatThrownBy(run::updated)
        .isInstanceOf(ArithmeticException.class)
        .hasMessage(
            "layer bn, channel 1: the running mean would become NaN at step 1; the state before it "
                + "is unchanged. Look for NaN or huge inputs, or lower the learning rate");
    assertThat(state).isEqualTo(layer.initialState());
    assertThatThrownBy(
            () ->
                layer.withParameters(state, new float[] {1, Float.NEGATIVE_INFINITY}, new float[2]))
        .hasMessageStartingWith("layer bn, channel 1: gamma would become -Infinity at step 0;");
    assertThatThrownBy(() -> layer.withParameters(state, new float[3], new float[2]))
        .hasMessage("layer bn: gamma has 3 values, not 2");
    assertThatThrownBy(
            () ->
                layer(options().runningVarianceInitializer(Initializer.constant(-1)).build())
                    .initialState())
        .hasMessageStartingWith("layer bn, channel 0: the running variance would become -1.0");
  }

  @Test
  void oneValuePerChannelIsRejected() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH);
    assertThatThrownBy(() -> train(layer, layer.initialState(), TWO_ROWS.rows(0, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "layer bn: the mini-batch has n = 1.0 values per channel, which have no variance; use "
                + "larger batches or set the small-batch policy to RUNNING, SKIP or "
                + "BATCH");
    BatchNorm ghosts = layer(options().virtualBatchRows(2).build());
    Tensor threeRows = Tensor.of(new float[6], 3, 2);
    assertThatThrownBy(() -> train(ghosts, ghosts.initialState(), threeRows))
        .hasMessageStartingWith("layer bn: the ghost batch 1 has n = 1.0 values");
  }

  @ParameterizedTest
  @EnumSource(names = {"RUNNING", "SKIP"})
  void oneValuePerChannelMayFallBackOnTheAverages(SmallBatchPolicy policy) {
    BatchNorm layer = layer(options().eps(0).smallBatchPolicy(policy).build());
    Shards run = train(layer, layer.initialState(), TWO_ROWS.rows(1, 2));
    assertThat(run.y.toArray()).containsExactly(3, 30);
    assertThat(run.agreed().isSkipped()).isEqualTo(policy == SmallBatchPolicy.SKIP);
    assertThat(run.updated().runningMean()).containsExactly(0, 0);
  }

  @Test
  void fewRowsAreSummedWithoutRounding() {
    float[] values = {0.1f, 1.7f, -1.8f}; // floats hold no digit of their sum
    BatchNorm layer = BatchNorm.of("bn", 1, BatchNormOptions.PYTORCH, RANDOM);
    Shards run = Shards.one(layer, Mode.TRAINING, layer.initialState(), Tensor.of(values, 3, 1), 1);
    double sum = (double) values[0] + values[1] + values[2];
    assertThat(run.agreed().mean(0, 0)).isEqualTo(sum / 3, within(1e-16));
  }

  @Test
  void whatAllRowsShareHasNoGradient() {
    BatchNorm layer = layer(options().gammaInitializer(Initializer.constant(0.7f)).build());
    Tensor x = Tensor.of(new float[] {0.1f, 3, -0.7f, 5, 2.3f, -6, 1, 9}, 4, 2);
    Tensor dy = Tensor.zeros(4, 2);
    dy.fill(1000.1f);
    Shards run = Shards.one(layer, Mode.TRAINING, layer.initialState(), x, 1).backward(dy);
    // The rounding of gamma * invStd alone, times 1,000, would be up to 6e-5.
    assertThat(run.dx.toArray()).containsExactly(new float[8], within(1e-6f));
  }

  @Test
  void oneValuePerChannelMayBeNormalizedByItself() {
    BatchNormOptions options =
        options()
            .smallBatchPolicy(SmallBatchPolicy.BATCH)
            .betaInitializer(Initializer.constant(4))
            .runningAverage(RunningAverage.cumulative())
            .build();
    BatchNorm layer = layer(options);
    Shards run = train(layer, layer.initialState(), TWO_ROWS.rows(1, 2));
    assertThat(run.y.toArray()).containsExactly(4, 4);
    assertThat(run.updated().runningMean()).containsExactly(3, 30);
    assertThat(run.updated().runningVariance()).containsExactly(0, 0);
  }

  @Test
  void besselsCorrectionOfWeightedRowsIsThatOfReliabilityWeights() {
    BatchNorm layer = layer(options().runningAverage(RunningAverage.cumulative()).build());
    Shards run = trainOnWeightedRows(layer, 1, 3);
    double m2 = 1 * 1.5 * 1.5 + 3 * 0.5 * 0.5;
    assertThat(run.updated().runningMean()).containsExactly(2.5, 25);
    assertThat(run.updated().runningVariance())
        .containsExactly(
            new double[] {m2 / (4 - 10 / 4.0), 100 * m2 / (4 - 10 / 4.0)}, within(1e-12));
    // Only the ratios of weights count, however small their sum.
    Shards scaled = trainOnWeightedRows(layer, 0x1p-20f, 3 * 0x1p-20f);
    assertThat(scaled.updated().runningVariance()).isEqualTo(run.updated().runningVariance());
  }

  @Test
  void weightsOfOneHaveTheSampleVarianceOfNone() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH);
    assertThat(trainOnWeightedRows(layer, 1, 1).updated())
        .isEqualTo(train(layer, layer.initialState(), TWO_ROWS).updated());
    for (long n : new long[] {2, 3, 7, 1000, (1L << 53) - 1}) {
      assertThat(ChannelMoments.sampleFactor(n, n)).isEqualTo(n / (n - 1.0));
      assertThat(ChannelMoments.effectiveCount(n, n)).isEqualTo(n);
    }
  }

  @Test
  void oneRowOfAnyWeightHasNoVariance() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH);
    assertThatThrownBy(() -> trainOnWeightedRows(layer, 0, 5))
        .hasMessageStartingWith("layer bn: the mini-batch has n = 1.0 values per channel");
    assertThat(trainOnWeightedRows(layer, 0, 0).y.toArray())
        .as("nothing counts: by the running averages")
        .containsExactly(TWO_ROWS.toArray(), within(1e-3f));
  }

  private static Shards trainOnWeightedRows(BatchNorm layer, float... weights) {
    return new Shards(
        layer,
        Activation.NONE,
        Mode.TRAINING,
        layer.initialState(),
        TWO_ROWS,
        weights,
        new int[] {2},
        1);
  }

  @Test
  void weightsMaySumToLessThanOne() {
    BatchNorm layer = layer(BatchNormOptions.KERAS.toBuilder().eps(0).build());
    Shards run = trainOnWeightedRows(layer, 0.25f, 0.25f);
    assertThat(run.y.toArray()).containsExactly(-1, -1, 1, 1);
    Shards none = trainOnWeightedRows(layer, new float[2]);
    assertThat(none.y.toArray()).as("by the running averages").isEqualTo(TWO_ROWS.toArray());
  }

  @Test
  void renormalizationStartsFromARunningVarianceOfZero() {
    RunningAverage average = RunningAverage.weightOfNew(0.1);
    BatchNorm layer =
        layer(
            options()
                .runningVarianceInitializer(Initializer.zeros())
                .renormalization(Renormalization.constant(3, 5, average))
                .build());
    BatchNormState state = layer.initialState();
    Tensor centered = Tensor.of(new float[] {-1, -10, 1, 10}, 2, 2);
    Shards run = train(layer, state, centered);
    // deviation / sqrt(eps) is far above rMax; the mean is the running one.
    assertThat(run.agreed().ratio(0, 0)).isEqualTo(3);
    assertThat(run.agreed().shift(0, 0)).isZero();
    assertThat(run.updated().runningDeviation())
        .containsExactly(0.1 * Math.sqrt(1 + 1e-5), 0.1 * Math.sqrt(100 + 1e-5));
    // By the averages: (x - 0) / sqrt(0 + eps).
    float[] y = Shards.one(layer, Mode.EVALUATION, state, centered, 1).y.toArray();
    assertThat(y[3]).isCloseTo((float) (10 / Math.sqrt(1e-5)), within(0.1f));
  }

  @Test
  void aStateOfNumbersThatNoLayerCanHaveIsRejected() {
    double[] ones = {1, 1};
    float[] none = {};
    assertThatThrownBy(
            () -> BatchNormState.of(none, none, ones, new double[] {1, -1}, new double[0], 0, 0))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage(
            "channel 1: the running variance would become -1.0; numbers must be finite, variances"
                + " at least 0");
    assertThatThrownBy(
            () -> BatchNormState.of(new float[] {1, Float.NaN}, none, ones, ones, ones, 0, 0))
        .hasMessageStartingWith("channel 1: gamma would become NaN");
    assertThatThrownBy(
            () ->
                BatchNormState.of(
                    none, none, ones, ones, new double[] {Double.POSITIVE_INFINITY, 0}, 0, 0))
        .hasMessageStartingWith("channel 0: the running deviation would become Infinity");
    assertThatThrownBy(() -> BatchNormState.of(new float[3], none, ones, ones, new double[0], 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gamma has 3 values, which do not go with 2 running means");
  }

  @Test
  void gradientsOfGammaAndBetaAreRoundedOnce() {
    Regularizer penalty = Regularizer.l2(0.3);
    BatchNorm layer = layer(options().gammaRegularizer(penalty).betaRegularizer(penalty).build());
    BatchNormState state =
        layer.withParameters(layer.initialState(), new float[] {1, 2}, new float[] {3, 4});
    Shards run = train(layer, state, TWO_ROWS);
    double[] merged = {2, 1 / 3.0, 1 / 7.0, 1 / 11.0, 1 / 13.0}; // n, S1, S2
    float[] beta = layer.betaGradient(merged, run.agreed(), state, 17);
    assertThat(beta)
        .containsExactly(
            (float) (17 * (2 * 0.3 * 3.0) + 1 / 3.0), (float) (17 * (2 * 0.3 * 4.0) + 1 / 7.0));
    float[] gamma = layer.gammaGradient(merged, run.agreed(), state, 17);
    assertThat(gamma[0])
        .isEqualTo((float) (17 * (2 * 0.3 * 1.0) + run.agreed().invStd(0, 0) * (1 / 11.0)));
  }

  @Test
  void theScheduleOpensTheBoundsLinearly() {
    Renormalization schedule = Renormalization.published();
    for (long step : new long[] {0, 5_000}) {
      assertThat(schedule.rMaxAt(step)).isEqualTo(1);
      assertThat(schedule.rMinAt(step)).isEqualTo(1);
      assertThat(schedule.dMaxAt(step)).isZero();
    }
    assertThat(schedule.rMaxAt(22_500)).isEqualTo(2);
    assertThat(schedule.rMinAt(22_500)).isEqualTo(1 / 2.0, within(1e-15));
    assertThat(schedule.dMaxAt(15_000)).isEqualTo(2.5);
    assertThat(schedule.dMaxAt(25_000)).isEqualTo(5);
    assertThat(schedule.rMaxAt(40_000)).isEqualTo(3);
    assertThat(schedule.rMinAt(1_000_000)).isEqualTo(1 / 3.0);
    assertThatThrownBy(() -> Renormalization.constant(0.5, 1, RunningAverage.cumulative()))
        .hasMessageStartingWith("renormalization needs 0 <= rMin <= 1 <= rMax and dMax >= 0");
  }

  @Test
  void boundsMayBeGivenApart() {
    Renormalization apart =
        new Renormalization(0, 1e9, 0.25, 0, 10, 0, RunningAverage.weightOfNew(0.1));
    assertThat(apart.rMinAt(10)).isZero();
    assertThat(apart.dMaxAt(0)).isEqualTo(0.25);
    assertThat(apart.rMaxAt(0)).isEqualTo(1);
  }

  @Test
  void evaluationNeitherRenormalizesNorAdjustsNorAddsNoise() {
    BatchNorm layer =
        layer(
            options()
                .eps(0)
                .adjustment(new Adjustment(0.5, 0.6, 1, 2))
                .noise(ActivationNoise.PUBLISHED)
                .build());
    Shards run = Shards.one(layer, Mode.EVALUATION, layer.initialState(), TWO_ROWS, 1);
    assertThat(run.y.toArray()).containsExactly(TWO_ROWS.toArray());
  }

  @Test
  void theAdjustmentIsDrawnAnewForEachStepWithinItsBounds() {
    BatchNorm layer = layer(options().adjustment(new Adjustment(0.5, 0.6, 1, 2)).build());
    BatchNormState state = layer.initialState();
    Normalization first = train(layer, state, TWO_ROWS).agreed();
    BatchNormState later = train(layer, state, TWO_ROWS).updated();
    Normalization second = train(layer, later, TWO_ROWS).agreed();
    assertThat(first.ratio(0, 0)).isBetween(0.5, 0.6).isNotEqualTo(second.ratio(0, 0));
    assertThat(first.shift(0, 1)).isBetween(1.0, 2.0).isNotEqualTo(first.shift(0, 0));
  }

  @Test
  void noiseHasTheMomentsOfTheExperiment() {
    int rows = 20_000;
    BatchNorm layer =
        BatchNorm.of("bn", 1, options().noise(ActivationNoise.PUBLISHED).build(), RANDOM);
    Tensor zeros = Tensor.zeros(rows, 1);
    Shards run = Shards.one(layer, Mode.TRAINING, layer.initialState(), zeros, 1);
    double mean = 0;
    for (float y : run.y.toArray()) {
      assertThat(Math.abs(y)).isLessThanOrEqualTo(0.6f); // mu in [-0.5, 0.5), m within 0.1 of it
      mean += y / rows;
    }
    for (float y : run.y.toArray()) {
      assertThat((double) y).isCloseTo(mean, within(0.11));
    }
  }

  @Test
  void inferenceIsOneMultiplyAddWithTheBitsOfEvaluation() {
    BatchNorm layer = BatchNorm.of("bn", 2, BatchNormOptions.KERAS, RANDOM);
    BatchNormState state =
        BatchNormState.of(
            new float[] {2, -1},
            new float[] {0.5f, 3},
            new double[] {1.5, -7},
            new double[] {4, 0.3},
            new double[0],
            8,
            8);
    ChannelAffine affine = layer.inference(state);
    Tensor y = Tensor.zeros(TWO_ROWS.shape());
    affine.apply(TWO_ROWS, ChannelLayout.of(TWO_ROWS, 1), Activation.NONE, y);
    float[] expected = TWO_ROWS.toArray();
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) (expected[i] * affine.scale()[i % 2] + affine.offset()[i % 2]);
    }
    assertThat(y.toArray()).containsExactly(expected, within(1e-5f));
    Shards run = Shards.one(layer, Mode.EVALUATION, state, TWO_ROWS, 1);
    assertThat(run.y.toArray()).containsExactly(y.toArray());
    assertThatThrownBy(() -> affine.foldWeights(Tensor.zeros(2, 3), -1))
        .hasMessage("axis -1 of the weights [2, 3] does not hold 2 units");
  }

  @Test
  void inferenceDoesNotCancelFarFromZero() {
    BatchNorm layer = BatchNorm.of("bn", 1, options().eps(0).build(), RANDOM);
    double mean = 1e6 + 0.3;
    BatchNormState state =
        BatchNormState.of(
            new float[] {3},
            new float[] {0.5f},
            new double[] {mean},
            new double[] {0.25},
            new double[0],
            1,
            1);
    Tensor x = Tensor.of(new float[] {1e6f, 1e6f + 1}, 2, 1);
    Tensor y = Tensor.zeros(2, 1);
    layer.inference(state).apply(x, ChannelLayout.of(x, 1), Activation.NONE, y);
    float[] expected = {(float) ((1e6 - mean) * 6 + 0.5), (float) ((1e6 + 1 - mean) * 6 + 0.5)};
    assertThat(y.toArray()).containsExactly(expected, within(1e-6f));
    float[] bias = {(float) mean}; // of a dense layer before it: mean - mean + beta
    assertThat(layer.inference(state).foldBias(bias)[0])
        .isEqualTo((float) ((bias[0] - mean) * 6 + 0.5));
    assertThat(Shards.one(layer, Mode.EVALUATION, state, x, 1).y.toArray())
        .containsExactly(y.toArray());
  }

  @Test
  void weightsFoldWithTheUnitsFirstOrLast() {
    BatchNorm layer = layer(options().eps(0).gammaInitializer(Initializer.uniform(1, 2)).build());
    ChannelAffine affine = layer.inference(layer.initialState());
    float[] scale = affine.scale();
    Tensor ones = Tensor.zeros(2, 2);
    ones.fill(1);
    assertThat(affine.foldWeights(ones, 0).toArray())
        .containsExactly(scale[0], scale[0], scale[1], scale[1]);
    assertThat(affine.foldWeights(ones, -1).toArray())
        .containsExactly(scale[0], scale[1], scale[0], scale[1]);
  }

  @Test
  void penaltiesAddToTheLossAndItsGradient() {
    BatchNorm layer =
        layer(
            options()
                .gammaInitializer(Initializer.constant(3))
                .gammaRegularizer(new Regularizer(0.5, 0.25))
                .betaInitializer(Initializer.constant(-2))
                .betaRegularizer(Regularizer.l1(0.1))
                .build());
    BatchNormState state = layer.initialState();
    assertThat(layer.penalty(state)).isCloseTo(2 * (0.5 * 3 + 0.25 * 9 + 0.1 * 2), within(1e-12));
    Shards run = train(layer, state, TWO_ROWS).backward(Tensor.zeros(2, 2));
    assertThat(run.gammaGradient()).containsOnly((float) (0.5 + 2 * 0.25 * 3));
    assertThat(run.betaGradient()).containsOnly(-0.1f);
  }

  @Test
  void constraintsHoldAfterEachUpdateOfTheParameters() {
    BatchNorm layer =
        layer(
            options()
                .gammaConstraint(Constraint.nonNegative())
                .betaConstraint(Constraint.maxNorm(1))
                .build());
    BatchNormState state =
        layer.withUpdated(
            layer.initialState(), new float[] {-1, 2}, new float[] {3, 4}, true, true);
    assertThat(state.gamma()).containsExactly(0, 2);
    assertThat(state.beta()).containsExactly(0.6f, 0.8f);
    BatchNormState frozen =
        layer.withUpdated(
            layer.initialState(), new float[] {-1, 2}, new float[] {3, 4}, false, true);
    assertThat(frozen.gamma()).containsExactly(-1, 2);
    BatchNormState stored =
        layer.withParameters(layer.initialState(), new float[] {-1, 2}, new float[] {3, 4});
    assertThat(stored.gamma()).containsExactly(-1, 2);
    assertThat(stored.beta()).containsExactly(3, 4);
  }

  @Test
  void presetsDifferInWhatTheTableSays() {
    assertThat(BatchNormOptions.PYTORCH.eps()).isEqualTo(1e-5);
    assertThat(BatchNormOptions.PYTORCH.running().variance()).isEqualTo(RunningVariance.SAMPLE);
    assertThat(BatchNormOptions.KERAS.eps()).isEqualTo(1e-3);
    assertThat(BatchNormOptions.KERAS.running().average())
        .isEqualTo(RunningAverage.weightOfNew(0.01));
    assertThat(BatchNormOptions.KERAS.running().variance()).isEqualTo(RunningVariance.POPULATION);
    assertThat(BatchNormOptions.FLAX)
        .isEqualTo(BatchNormOptions.KERAS.toBuilder().eps(1e-5).build());
    assertThat(BatchNormOptions.PAPER.running().average()).isEqualTo(RunningAverage.cumulative());
    assertThatThrownBy(() -> options().eps(-1).build())
        .hasMessage("eps must be finite and at least 0, was -1.0");
  }

  @Test
  void layersAndStatesTravelToOtherMachines() throws Exception {
    BatchNormOptions options =
        options()
            .renormalization(Renormalization.published())
            .adjustment(new Adjustment(0.9, 1.1, 0, 0))
            .gammaConstraint(Constraint.unitNorm())
            .gammaInitializer(Initializer.heNormal())
            .build();
    BatchNorm layer = layer(options);
    BatchNorm copy = copy(layer);
    assertThat(copy.options()).isEqualTo(options);
    assertThat(copy.initialState()).isEqualTo(copy(layer.initialState()));
  }

  @SuppressWarnings("unchecked")
  private static <T> T copy(T object) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }

  @Test
  void layoutsOfEveryRank() {
    assertThat(ChannelLayout.of(new int[] {8, 3}, 1)).isEqualTo(new ChannelLayout(8, 1, 3, 1));
    assertThat(ChannelLayout.of(new int[] {8, 3, 5, 7}, 1))
        .isEqualTo(new ChannelLayout(8, 1, 3, 35));
    assertThat(ChannelLayout.of(new int[] {8, 5, 7, 3}, -1))
        .isEqualTo(new ChannelLayout(8, 35, 3, 1));
    assertThat(ChannelLayout.of(new int[] {8, 2, 3, 4, 5}, 2, 3))
        .isEqualTo(new ChannelLayout(8, 2, 12, 5));
    assertThatThrownBy(() -> ChannelLayout.of(new int[] {8, 3}, 0))
        .hasMessage(
            "channel axis 0 of the shape [8, 3]: must be one of 1..1, because axis 0 counts the "
                + "rows");
    assertThatThrownBy(() -> ChannelLayout.of(new int[] {8, 3, 4, 5}, 1, 3))
        .hasMessage("channel axes [1, 3] must be adjacent and in ascending order");
    assertThatThrownBy(() -> new BatchSlice(5, 4))
        .hasMessage("first row 5 is outside a mini-batch of 4 rows");
  }

  private static Shards train(BatchNorm layer, BatchNormState state, Tensor x) {
    return Shards.one(layer, Mode.TRAINING, state, x, 1);
  }

  private static BatchNormOptions.Builder options() {
    return BatchNormOptions.PYTORCH.toBuilder();
  }

  private static BatchNorm layer(BatchNormOptions options) {
    return BatchNorm.of("bn", 2, options, RANDOM);
  }
}
