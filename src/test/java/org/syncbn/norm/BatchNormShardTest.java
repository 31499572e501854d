package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;
import org.syncbn.tensor.TileLoops;

class BatchNormShardTest extends BatchNormContract {

  private static final CounterRandom RANDOM = CounterRandom.of(7);

  @Override
  protected Result run(Step step, int... shardRows) {
    Shards shards =
        new Shards(
                step.layer(),
                step.activation(),
                Mode.TRAINING,
                step.state(),
                step.x(),
                step.weights(),
                shardRows,
                step.channelAxis())
            .backward(step.dy());
    return new Result(
        shards.y, shards.dx, shards.gammaGradient(), shards.betaGradient(), shards.updated());
  }

  @Example
  void twoValuesBecomeMinusOneAndOne() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH.toBuilder().eps(0).build(), 1);
    Shards run =
        Shards.one(
            layer, Mode.TRAINING, layer.initialState(), Tensor.of(new float[] {3, 7}, 2, 1), 1);
    assertThat(run.y.toArray()).containsExactly(-1, 1);
    assertThat(run.agreed().mean(0, 0)).isEqualTo(5);
    assertThat(run.agreed().populationVariance(0, 0)).isEqualTo(4);
    assertThat(run.updated().runningVariance()).containsExactly(0.9 * 1 + 0.1 * 8);
  }

  /** Central differences of fourth order, of the loss sum(y * dy). */
  @Property(tries = 40, seed = "43")
  void gradientsAreCentralDifferences(@ForAll long seed) {
    CounterRandom random = CounterRandom.of(seed);
    int rows = 4 + random.below(8, 0);
    int channels = 1 + random.below(3, 1);
    int inner = 1 + random.below(2, 2);
    BatchNormOptions.Builder options =
        BatchNormOptions.KERAS.toBuilder()
            .gammaInitializer(Initializer.uniform(0.5, 1.5))
            .betaInitializer(Initializer.normal(0, 1))
            .noise(random.below(2, 3) == 0 ? ActivationNoise.NONE : ActivationNoise.PUBLISHED)
            .virtualBatchRows(random.below(2, 4) == 0 ? 0 : 4)
            .smallBatchPolicy(SmallBatchPolicy.RUNNING)
            .trainingSource(
                random.below(4, 5) == 0 ? StatisticsSource.RUNNING : StatisticsSource.BATCH);
    if (random.below(2, 6) == 0) {
      options.adjustment(new Adjustment(0.9, 1.1, -0.1, 0.1));
    }
    boolean renormalized = random.below(2, 7) == 0;
    if (renormalized) {
      options.renormalization(Renormalization.constant(1.5, 0.5, RunningAverage.weightOfNew(0.1)));
    }
    BatchNorm layer = layer(options.build(), channels);
    BatchNormState initial = layer.initialState();
    // r and d are constants of the backward pass; far from the batch they are at their bounds.
    double[] runningMean = filled(channels, renormalized ? -20 : 0.5);
    BatchNormState state =
        BatchNormState.of(
            initial.gamma(),
            initial.beta(),
            runningMean,
            filled(channels, 1.2),
            renormalized ? filled(channels, 0.1) : new double[0],
            3,
            3);
    float[] weights = new float[random.below(2, 8) == 0 ? rows : 0];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.below(3, 100 + i) + (i % 4 == 0 ? 1 : 0);
    }
    Tensor x = normal(1, 2, random.fork("x"), rows, channels, inner);
    Tensor dy = normal(0, 1, random.fork("dy"), rows, channels, inner);
    Shards run = shards(layer, state, x, weights).backward(dy);

    double largest = 1 + magnitude(run.dx.toArray());
    for (int i = 0; i < x.size(); i++) {
      float at = x.get(i);
      int index = i;
      double expected =
          difference(
              h -> {
                x.set(index, at + h);
                return loss(shards(layer, state, x, weights).y, dy);
              });
      x.set(i, at);
      assertThat((double) run.dx.get(i)).as("dx " + i).isCloseTo(expected, within(2e-3 * largest));
    }
    for (int c = 0; c < channels; c++) {
      int channel = c;
      assertThat((double) run.gammaGradient()[c])
          .isCloseTo(
              difference(
                  h -> {
                    float[] gamma = state.gamma();
                    gamma[channel] += h;
                    BatchNormState moved = layer.withParameters(state, gamma, state.beta());
                    return loss(shards(layer, moved, x, weights).y, dy);
                  }),
              within(2e-3 * (1 + Math.abs(run.gammaGradient()[c]))));
      assertThat((double) run.betaGradient()[c])
          .isCloseTo(
              difference(
                  h -> {
                    float[] beta = state.beta();
                    beta[channel] += h;
                    BatchNormState moved = layer.withParameters(state, state.gamma(), beta);
                    return loss(shards(layer, moved, x, weights).y, dy);
                  }),
              within(2e-3 * (1 + Math.abs(run.betaGradient()[c]))));
    }
  }

  private interface Loss {
    double at(float step);
  }

  private static double difference(Loss loss) {
    float h = 0x1p-5f;
    return (8 * (loss.at(h) - loss.at(-h)) - (loss.at(2 * h) - loss.at(-2 * h))) / (12 * h);
  }

  private static double loss(Tensor y, Tensor dy) {
    double sum = 0;
    for (int i = 0; i < y.size(); i++) {
      sum += (double) y.get(i) * dy.get(i);
    }
    return sum;
  }

  /**
   * Santurkar et al. 2018, theorem 4.1, an equality at eps = 0: {@code |dx|^2 = gamma^2 / variance
   * * (|dy|^2 - (sum dy)^2 / m - (sum dy * xHat)^2 / m)}.
   */
  @Example
  void theGradientShrinksAsTheoremFourOneSays() {
    BatchNorm layer =
        layer(
            BatchNormOptions.PYTORCH.toBuilder()
                .eps(0)
                .gammaInitializer(Initializer.uniform(0.5, 1.5))
                .build(),
            4);
    int m = 50;
    Tensor x = normal(3, 2, RANDOM.fork("x"), m, 4);
    Tensor dy = normal(0.5, 1, RANDOM.fork("dy"), m, 4);
    BatchNormState state = layer.initialState();
    Shards run = Shards.one(layer, Mode.TRAINING, state, x, 1).backward(dy);
    for (int c = 0; c < 4; c++) {
      double invStd = run.agreed().invStd(0, c);
      double squares = 0;
      double sum = 0;
      double product = 0;
      double actual = 0;
      for (int i = c; i < x.size(); i += 4) {
        double xHat = (x.get(i) - run.agreed().mean(0, c)) * invStd;
        squares += dy.get(i) * dy.get(i);
        sum += dy.get(i);
        product += dy.get(i) * xHat;
        actual += run.dx.get(i) * run.dx.get(i);
      }
      double factor = state.gamma()[c] * invStd;
      double expected = factor * factor * (squares - sum * sum / m - product * product / m);
      assertThat(actual).isCloseTo(expected, within(1e-5 * expected));
    }
  }

  @Example
  void aMeanAMillionDeviationsAwayCostsNothing() {
    for (double mean : new double[] {1e4, -1e6}) {
      for (int[] shape : new int[][] {{3000, 2}, {100, 2, 15, 2}}) {
        Tensor x = normal(mean, 1, RANDOM, shape);
        BatchNorm layer = layer(BatchNormOptions.PYTORCH.toBuilder().eps(0).build(), 2);
        double[] variances = variances(x, 2);
        assertVariance(layer, layer.initialState(), x, variances, 1e-6);
      }
    }
  }

  @Example
  void wholeNumbersNearTheLastOnesOfAFloatKeepTheirVarianceWithoutRunningAverages() {
    // 16,777,216 + {0, 2, ..., 14} in each eighth of the rows: the variance is 4 * (64 - 1) / 12.
    int rows = 1000;
    Tensor x = Tensor.zeros(8 * rows, 1);
    for (int i = 0; i < x.size(); i++) {
      x.set(i, 0x1p24f + 2 * (i / rows));
    }
    BatchNormOptions untracked =
        BatchNormOptions.PYTORCH.toBuilder()
            .runningUpdate(RunningUpdate.OFF)
            .evaluationSource(StatisticsSource.BATCH)
            .build();
    BatchNorm layer = layer(untracked, 1);
    BatchNormState state = layer.initialState();
    int[] shards = {rows, 5, 0, 3 * rows, 4 * rows - 5};
    for (int[] cut : new int[][] {{8 * rows}, shards}) {
      Shards run =
          new Shards(layer, Activation.NONE, Mode.TRAINING, state, x, new float[0], cut, 1);
      assertThat(run.agreed().mean(0, 0)).isCloseTo(0x1p24 + 7, within(1e-8));
      assertThat(run.agreed().populationVariance(0, 0)).isCloseTo(21, within(1e-7));
    }
  }

  private static void assertVariance(
      BatchNorm layer, BatchNormState state, Tensor x, double[] variances, double tolerance) {
    Shards run = Shards.one(layer, Mode.TRAINING, state, x, 1);
    for (int c = 0; c < variances.length; c++) {
      assertThat(run.agreed().populationVariance(0, c) / variances[c])
          .isCloseTo(1, within(tolerance));
    }
  }

  @Example
  void anOutlierInFrontOfABlockDoesNotSpoilTheVariance() {
    Tensor x = normal(0, 1, RANDOM, 4096, 1);
    for (int row = 0; row < 4096; row += 16) {
      x.set(row, 1e6f);
    }
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 1);
    assertVariance(layer, layer.initialState(), x, variances(x, 1), 1e-6);
  }

  @Example
  void valuesWhoseSquaresOverflowFloatAreSummedInDouble() {
    Tensor x = Tensor.of(new float[] {1e30f, 3e30f, -1e38f, 3e38f}, 2, 2);
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 2);
    Shards run = Shards.one(layer, Mode.TRAINING, layer.initialState(), x, 1);
    assertThat(run.agreed().populationVariance(0, 0) / Math.pow(1e38 / 2, 2))
        .isCloseTo(1, within(1e-6));
    assertThat(run.agreed().populationVariance(0, 1) / Math.pow(3e38 / 2, 2))
        .isCloseTo(1, within(1e-6));
  }

  @Example
  void poisonedRowsOfWeightZeroReachNothing() {
    for (Activation activation : Activation.values()) {
      for (int virtualRows : new int[] {0, 4}) {
        BatchNorm layer =
            layer(
                BatchNormOptions.PYTORCH.toBuilder()
                    .virtualBatchRows(virtualRows)
                    .smallBatchPolicy(SmallBatchPolicy.RUNNING)
                    .build(),
                3);
        checkPoison(layer, activation, 1, 9, 3);
        checkPoison(layer, activation, 1, 9, 3, 5);
        checkPoison(layer, activation, 2, 9, 2, 3);
      }
    }
  }

  private static void checkPoison(BatchNorm layer, Activation activation, int axis, int... shape) {
    float[] weights = {1, 0, 2, 0.5f, 0, 1, 1, 0, 3};
    Tensor clean = normal(1, 2, RANDOM.fork("x"), shape);
    Tensor dy = normal(0, 1, RANDOM.fork("dy"), shape);
    Tensor poisoned = Tensor.of(clean.toArray(), shape);
    for (int row = 0; row < weights.length; row++) {
      if (weights[row] == 0) {
        poisoned.rows(row, row + 1).fill(Float.NaN);
        dy.rows(row, row + 1).fill(0);
      }
    }
    int[] cut = {4, 5};
    BatchNormState state = layer.initialState();
    Shards expected =
        new Shards(layer, activation, Mode.TRAINING, state, clean, weights, cut, axis).backward(dy);
    Shards run =
        new Shards(layer, activation, Mode.TRAINING, state, poisoned, weights, cut, axis)
            .backward(dy);
    assertThat(run.forward).isEqualTo(expected.forward);
    assertThat(run.backward).isEqualTo(expected.backward);
    for (int row = 0; row < weights.length; row++) {
      float[] dx = run.dx.rows(row, row + 1).toArray();
      if (weights[row] == 0) {
        assertThat(dx).containsOnly(0);
      } else {
        assertThat(dx).isEqualTo(expected.dx.rows(row, row + 1).toArray());
        assertThat(run.y.rows(row, row + 1).toArray())
            .isEqualTo(expected.y.rows(row, row + 1).toArray());
      }
    }
  }

  @Example
  void positionsAreMaskedAsRowsAre() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 3);
    Tensor x = normal(1, 2, RANDOM, 4, 3, 5);
    Tensor dy = normal(0, 1, RANDOM.fork(1), 4, 3, 5);
    float[] perRow = {1, 0, 2, 1};
    float[] perPosition = new float[20];
    for (int i = 0; i < 20; i++) {
      perPosition[i] = perRow[i / 5];
    }
    Shards rows = weighted(layer, layer.initialState(), x, perRow, 1).backward(dy);
    Shards positions = weighted(layer, layer.initialState(), x, perPosition, 1).backward(dy);
    assertThat(positions.y.toArray()).isEqualTo(rows.y.toArray());
    assertThat(positions.dx.toArray()).isEqualTo(rows.dx.toArray());
  }

  @Example
  void fusedReluHasTheBitsOfReluBehindTheLayer() {
    for (Mode mode : Mode.values()) {
      for (int virtualRows : new int[] {0, 8}) {
        for (ActivationNoise noise :
            new ActivationNoise[] {ActivationNoise.NONE, ActivationNoise.PUBLISHED}) {
          BatchNorm layer =
              layer(
                  BatchNormOptions.PYTORCH.toBuilder()
                      .gammaInitializer(Initializer.normal(0, 1))
                      .betaInitializer(Initializer.normal(0, 1))
                      .virtualBatchRows(virtualRows)
                      .noise(noise)
                      .build(),
                  5);
          Tensor x = normal(1, 2, RANDOM.fork("x"), 60, 5);
          x.rows(3, 4).fill(0);
          Tensor dy = normal(0, 1, RANDOM.fork("dy"), 60, 5);
          int[] whole = {60};
          Shards plain =
              new Shards(
                  layer, Activation.NONE, mode, layer.initialState(), x, new float[0], whole, 1);
          Tensor gated = Tensor.zeros(60, 5);
          Tensor y = Tensor.zeros(60, 5);
          for (int i = 0; i < y.size(); i++) {
            y.set(i, Math.max(0, plain.y.get(i)));
            gated.set(i, plain.y.get(i) > 0 ? dy.get(i) : 0);
          }
          plain.backward(gated);
          Shards fused =
              new Shards(
                      layer, Activation.RELU, mode, layer.initialState(), x, new float[0], whole, 1)
                  .backward(dy);
          assertThat(fused.y.toArray()).isEqualTo(y.toArray());
          assertThat(fused.backward).isEqualTo(plain.backward);
          assertThat(fused.dx.toArray()).isEqualTo(plain.dx.toArray());
        }
      }
    }
  }

  @Example
  void theGateIsOpenFromTheLeastSubnormalUp() {
    float[] y = {
      0, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE, 1e-20f
    };
    float[] dy = {-3, 3, -3, 3, 3, -3, 5};
    TileLoops.gate(y, dy, 0, dy.length);
    assertThat(dy).containsExactly(0, 0, -3, 0, 3, 0, 5);
  }

  @Example
  void everyLayoutNormalizesTheSameValues() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 4);
    int n = 5;
    int length = 6;
    Tensor first = normal(1, 2, RANDOM, n, 4, length);
    Tensor last = Tensor.zeros(n, length, 4);
    for (int i = 0; i < first.size(); i++) {
      int position = i % length;
      int channel = i / length % 4;
      last.set((i / length / 4 * length + position) * 4 + channel, first.get(i));
    }
    Shards a = Shards.one(layer, Mode.TRAINING, layer.initialState(), first, 1);
    Shards b = Shards.one(layer, Mode.TRAINING, layer.initialState(), last, -1);
    for (int i = 0; i < first.size(); i++) {
      int at = (i / length / 4 * length + i % length) * 4 + i / length % 4;
      assertThat(b.y.get(at)).isCloseTo(a.y.get(i), within(1e-6f));
    }
  }

  @Example
  void aRunOfAxesHasOneStatisticForEachPosition() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 6);
    Tensor x = normal(1, 2, RANDOM, 8, 2, 3);
    Shards run = Shards.one(layer, Mode.TRAINING, layer.initialState(), x, 1, 2);
    Shards flat = Shards.one(layer, Mode.TRAINING, layer.initialState(), x.reshape(8, 6), 1);
    assertThat(run.y.toArray()).isEqualTo(flat.y.toArray());
  }

  @Example
  void resultsMayOverwriteInputs() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 3);
    Tensor x = normal(1, 2, RANDOM, 700, 3);
    Tensor dy = normal(0, 1, RANDOM.fork(1), 700, 3);
    Shards expected = Shards.one(layer, Mode.TRAINING, layer.initialState(), x, 1).backward(dy);
    BatchNormShard shard = new BatchNormShard(layer, Activation.NONE);
    shard.begin(Mode.TRAINING, ChannelLayout.of(x, 1), BatchSlice.whole(700), layer.initialState());
    shard.agree(expected.forward);
    shard.applyGradient(expected.backward, x, dy, dy);
    shard.apply(x, x);
    assertThat(dy.toArray()).isEqualTo(expected.dx.toArray());
    assertThat(x.toArray()).isEqualTo(expected.y.toArray());
  }

  @Example
  void aSteadyStepAllocatesNothing() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 32);
    BatchNormState state = layer.initialState();
    Tensor x = normal(0, 1, RANDOM, 64, 32);
    Tensor y = Tensor.zeros(64, 32);
    ChannelLayout layout = ChannelLayout.of(x, 1);
    BatchSlice slice = BatchSlice.whole(64);
    BatchNormShard shard = new BatchNormShard(layer, Activation.RELU);
    double[] forward = new double[layer.statisticsLength(Mode.TRAINING, 64)];
    double[] backward = new double[layer.gradientLength(64)];
    Runnable step =
        () -> {
          shard.begin(Mode.TRAINING, layout, slice, state);
          shard.observe(x, forward);
          shard.agree(forward);
          shard.apply(x, y);
          shard.observeGradient(x, y, backward);
          shard.applyGradient(backward, x, y, y);
        };
    step.run();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      step.run();
    }
    long perStep = (threads.getCurrentThreadAllocatedBytes() - before) / 100;
    assertThat(perStep).isLessThan(64); // a tensor of this size is 8,192 bytes
  }

  @Example
  void aContributionThatIsMissingInTheBackwardPassIsNoticed() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 2);
    Tensor x = normal(0, 1, RANDOM, 8, 2);
    BatchNormShard shard = new BatchNormShard(layer, Activation.NONE);
    shard.begin(Mode.TRAINING, ChannelLayout.of(x, 1), BatchSlice.whole(8), layer.initialState());
    double[] forward = new double[6];
    double[] backward = new double[5];
    shard.observe(x, forward);
    shard.agree(forward);
    shard.observeGradient(x, x, backward);
    backward[0] -= 2;
    assertThatThrownBy(() -> shard.applyGradient(backward, x, x, x))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "layer bn: the backward sums are over n = 6.0 values per channel, the forward sums"
                + " over 8.0: the partial sums of a shard are missing or were merged twice");
  }

  @Example
  void whatDoesNotFitIsRejectedWithASentence() {
    BatchNorm layer = layer(BatchNormOptions.PYTORCH, 2);
    BatchNormShard shard = new BatchNormShard(layer, Activation.NONE);
    BatchNormState state = layer.initialState();
    ChannelLayout layout = ChannelLayout.of(new int[] {4, 2}, 1);
    assertThatThrownBy(
            () ->
                shard.begin(
                    Mode.TRAINING,
                    ChannelLayout.of(new int[] {4, 3}, 1),
                    BatchSlice.whole(4),
                    state))
        .hasMessage("layer bn has 2 channels, its input 3, its state 2");
    assertThatThrownBy(() -> shard.begin(Mode.TRAINING, layout, new BatchSlice(1, 4), state))
        .hasMessage("rows 1 to 5 are outside a mini-batch of 4");
    assertThatThrownBy(
            () ->
                shard.begin(Mode.TRAINING, layout, BatchSlice.whole(4), state, new float[] {1, 2}))
        .hasMessage("2 weights fit neither 4 rows nor 4 positions");
    assertThatThrownBy(
            () ->
                shard.begin(
                    Mode.TRAINING, layout, BatchSlice.whole(4), state, new float[] {1, 2, 3, -1}))
        .hasMessage("a weight must be finite and at least 0, was -1.0");
    shard.begin(Mode.TRAINING, layout, BatchSlice.whole(4), state);
    assertThatThrownBy(() -> shard.observe(Tensor.zeros(4, 2), new double[4]))
        .hasMessage("layer bn: the forward contribution has 4 numbers, not 6");
    assertThatThrownBy(() -> shard.observe(Tensor.zeros(4, 3), new double[6]))
        .hasMessageStartingWith("layer bn: x is a Tensor[4, 3], not ChannelLayout[rows=4,");
  }

  private static Shards shards(BatchNorm layer, BatchNormState state, Tensor x, float[] weights) {
    return weighted(layer, state, x, weights, 1);
  }

  private static Shards weighted(
      BatchNorm layer, BatchNormState state, Tensor x, float[] weights, int axis) {
    int[] whole = {x.dimension(0)};
    return new Shards(layer, Activation.NONE, Mode.TRAINING, state, x, weights, whole, axis);
  }

  private static BatchNorm layer(BatchNormOptions options, int channels) {
    return BatchNorm.of("bn", channels, options, RANDOM);
  }

  private static Tensor normal(double mean, double deviation, CounterRandom random, int... shape) {
    Tensor tensor = Tensor.zeros(shape);
    Initializer.normal(mean, deviation).fill(tensor, 1, 1, random);
    return tensor;
  }

  private static double[] filled(int size, double value) {
    double[] values = new double[size];
    Arrays.fill(values, value);
    return values;
  }

  private static double magnitude(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** Channels at axis 1: the mean first, then the squares around it. */
  private static double[] variances(Tensor x, int channels) {
    int inner = x.rowSize() / channels;
    double[] variances = new double[channels];
    for (int c = 0; c < channels; c++) {
      int channel = c;
      double[] values =
          IntStream.range(0, x.size())
              .filter(i -> i / inner % channels == channel)
              .mapToDouble(x::get)
              .toArray();
      variances[c] =
          new BatchNormReference(values, filled(values.length, 1), 1, 0, 0).populationVariance;
    }
    return variances;
  }
}
