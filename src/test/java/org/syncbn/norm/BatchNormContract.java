package org.syncbn.norm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Initializer;
import org.syncbn.tensor.Tensor;

/**
 * The equivalence that rules all ways to run synchronized batch normalization: however the rows of
 * a mini-batch are spread over shards, the step is that of one machine. Extend it and say how a
 * step is run.
 */
public abstract class BatchNormContract {

  /** One training step: what it read. */
  public record Step(
      BatchNorm layer,
      Activation activation,
      BatchNormState state,
      Tensor x,
      float[] weights,
      Tensor dy,
      int channelAxis) {}

  /** One training step: what it gave, over all rows. */
  public record Result(
      Tensor y, Tensor dx, float[] gammaGradient, float[] betaGradient, BatchNormState updated) {}

  /** Runs a step with the rows cut into shards of the given sizes, in order. */
  protected abstract Result run(Step step, int... shardRows);

  @Property(tries = 50, seed = "41")
  void anyCutIsOneMachineUpToRounding(@ForAll long seed) {
    Step step = randomStep(CounterRandom.of(seed));
    Result one = run(step, rows(step));
    Result many = run(step, randomCut(rows(step), CounterRandom.of(seed).fork("cut")));
    assertClose("y", many.y.toArray(), one.y.toArray(), 1);
    assertClose("dx", many.dx.toArray(), one.dx.toArray(), gradientScale(step));
    assertClose("dgamma", many.gammaGradient, one.gammaGradient, rows(step));
    assertClose("dbeta", many.betaGradient, one.betaGradient, rows(step));
    assertClose("mean", many.updated.runningMean(), one.updated.runningMean(), 1);
    assertClose("variance", many.updated.runningVariance(), one.updated.runningVariance(), 1);
    assertClose("deviation", many.updated.runningDeviation(), one.updated.runningDeviation(), 1);
  }

  @Property(tries = 50, seed = "40")
  void anyCutIsTheReference(@ForAll long seed) {
    CounterRandom random = CounterRandom.of(seed);
    BatchNormOptions options =
        BatchNormOptions.PYTORCH.toBuilder()
            .gammaInitializer(Initializer.uniform(0.5, 1.5))
            .betaInitializer(Initializer.normal(0, 1))
            .runningAverage(RunningAverage.weightOfNew(1))
            .smallBatchPolicy(SmallBatchPolicy.RUNNING)
            .build();
    Step step = randomStep(random, options);
    Result result = run(step, randomCut(rows(step), random.fork("cut")));
    for (int c = 0; c < step.layer.channels(); c++) {
      int[] places = places(step, c);
      double[] weights = weights(step, places);
      if (Arrays.stream(weights).filter(w -> w > 0).count() <= 1) {
        continue; // one value, or none, has no variance
      }
      double[] dy = at(step.dy, places);
      double gamma = step.state.gamma()[c];
      double beta = step.state.beta()[c];
      BatchNormReference reference =
          new BatchNormReference(at(step.x, places), weights, gamma, beta, options.eps());
      if (step.activation == Activation.RELU) {
        for (int i = 0; i < dy.length; i++) {
          dy[i] = reference.y[i] > 0 ? dy[i] : 0;
          reference.y[i] = Math.max(0, reference.y[i]);
        }
      }
      reference.backward(dy);
      assertClose("y", at(result.y, places), reference.y, 1);
      assertClose("dx", at(result.dx, places), reference.dx, gradientScale(step));
      assertThat((double) result.gammaGradient[c])
          .isCloseTo(reference.dGamma, within(2e-6 * places.length));
      assertThat((double) result.betaGradient[c])
          .isCloseTo(reference.dBeta, within(2e-6 * places.length));
      assertThat(result.updated.runningMean()[c]).isCloseTo(reference.mean, within(2e-6));
      assertThat(result.updated.runningVariance()[c] / reference.sampleVariance)
          .isCloseTo(1, within(2e-6));
    }
  }

  /** Where the values of a channel are. */
  private static int[] places(Step step, int channel) {
    ChannelLayout layout = ChannelLayout.of(step.x, step.channelAxis);
    return IntStream.range(0, layout.size())
        .filter(i -> i / layout.inner() % layout.channels() == channel)
        .toArray();
  }

  private static double[] at(Tensor tensor, int[] places) {
    return Arrays.stream(places).mapToDouble(tensor::get).toArray();
  }

  private static double[] weights(Step step, int[] places) {
    int rowSize = step.x.rowSize();
    return Arrays.stream(places)
        .mapToDouble(i -> step.weights.length == 0 ? 1 : step.weights[i / rowSize])
        .toArray();
  }

  @Property(tries = 25, seed = "42")
  void theSameCutHasTheSameBitsAndEmptyShardsChangeNone(@ForAll long seed) {
    Step step = randomStep(CounterRandom.of(seed));
    int[] cut = randomCut(rows(step), CounterRandom.of(seed).fork("cut"));
    int[] withEmpty = new int[2 * cut.length + 1];
    for (int s = 0; s < cut.length; s++) {
      withEmpty[2 * s + 1] = cut[s];
    }
    Result first = run(step, cut);
    assertSameBits(run(step, cut), first);
    assertSameBits(run(step, withEmpty), first);
  }

  private static void assertSameBits(Result actual, Result expected) {
    assertThat(actual.y.toArray()).isEqualTo(expected.y.toArray());
    assertThat(actual.dx.toArray()).isEqualTo(expected.dx.toArray());
    assertThat(actual.gammaGradient).isEqualTo(expected.gammaGradient);
    assertThat(actual.betaGradient).isEqualTo(expected.betaGradient);
    assertThat(actual.updated).isEqualTo(expected.updated);
  }

  /** Any options, any layout, values off 0, sometimes weights. */
  private static Step randomStep(CounterRandom random) {
    return randomStep(random, randomOptions(random.fork("o")));
  }

  private static Step randomStep(CounterRandom random, BatchNormOptions options) {
    int rows = 2 + random.below(24, 0);
    int channels = 1 + random.below(5, 1);
    int[] shape =
        switch (random.below(4, 2)) {
          case 0 -> new int[] {rows, channels};
          case 1 -> new int[] {rows, channels, 3};
          case 2 -> new int[] {rows, 2, 3, channels};
          default -> new int[] {rows, channels, 9, 60}; // wider than a tile
        };
    int axis = shape.length == 4 && shape[1] == 2 && shape[2] == 3 ? 3 : 1;
    BatchNorm layer = BatchNorm.of("bn", channels, options, random);
    double[] positive = doubles(Initializer.uniform(0.5, 2), channels, random.fork("v"));
    BatchNormState initial = layer.initialState();
    BatchNormState state =
        BatchNormState.of(
            initial.gamma(),
            initial.beta(),
            doubles(Initializer.normal(1, 1), channels, random.fork("m")),
            positive,
            layer.options().extensions().renormalization().isNone() ? new double[0] : positive,
            random.below(10, 3),
            random.below(10, 3));
    Tensor x = Tensor.zeros(shape);
    Initializer.normal(2, 1.5).fill(x, 1, 1, random.fork("x"));
    Tensor dy = Tensor.zeros(shape);
    Initializer.normal(0.3, 1).fill(dy, 1, 1, random.fork("dy"));
    float[] weights = new float[random.below(3, 4) == 0 ? rows : 0];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.below(4, 100 + i);
    }
    Activation activation = Activation.values()[random.below(2, 5)];
    return new Step(layer, activation, state, x, weights, dy, axis);
  }

  private static BatchNormOptions randomOptions(CounterRandom random) {
    BatchNormOptions[] presets = {
      BatchNormOptions.PYTORCH, BatchNormOptions.KERAS,
      BatchNormOptions.FLAX, BatchNormOptions.PAPER
    };
    BatchNormOptions.Builder options =
        presets[random.below(4, 0)].toBuilder()
            .smallBatchPolicy(SmallBatchPolicy.RUNNING)
            .gamma(Parameter.values()[random.below(3, 1)])
            .beta(Parameter.values()[random.below(3, 2)])
            .gammaInitializer(Initializer.uniform(0.5, 1.5))
            .betaInitializer(Initializer.normal(0, 1))
            .gammaRegularizer(new Regularizer(0.1, 0.01));
    if (random.below(3, 3) == 0) {
      options.virtualBatchRows(2 + random.below(7, 4));
    }
    if (random.below(3, 5) == 0) {
      options.renormalization(Renormalization.constant(1.5, 0.5, RunningAverage.debiased(0.1)));
    }
    if (random.below(3, 6) == 0) {
      options.adjustment(new Adjustment(0.9, 1.1, -0.1, 0.1));
    }
    if (random.below(4, 7) == 0) {
      options.noise(ActivationNoise.PUBLISHED);
    }
    if (random.below(6, 8) == 0) {
      options.trainingSource(StatisticsSource.RUNNING);
    }
    if (random.below(6, 9) == 0) {
      options.runningUpdate(RunningUpdate.OFF);
    }
    return options.build();
  }

  private static int[] randomCut(int rows, CounterRandom random) {
    int[] bounds = new int[1 + random.below(9, 0)];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = random.below(rows + 1, i + 1);
    }
    Arrays.sort(bounds);
    int[] cut = new int[bounds.length + 1];
    for (int i = 0; i <= bounds.length; i++) {
      cut[i] = (i == bounds.length ? rows : bounds[i]) - (i == 0 ? 0 : bounds[i - 1]);
    }
    return cut;
  }

  private static int rows(Step step) {
    return step.x.dimension(0);
  }

  /** What dx cancels from: a ghost batch of few rows may have an invStd far above 1. */
  private static double gradientScale(Step step) {
    double dy = 0;
    for (float value : step.dy.toArray()) {
      dy = Math.max(dy, Math.abs(value));
    }
    return 10 * dy;
  }

  private static double[] doubles(Initializer initializer, int size, CounterRandom random) {
    return doubles(initializer.values(size, 1, 1, random));
  }

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static void assertClose(String what, float[] actual, float[] expected, double scale) {
    assertClose(what, doubles(actual), doubles(expected), scale);
  }

  private static void assertClose(String what, double[] actual, double[] expected, double scale) {
    double largest = Math.max(scale, Arrays.stream(expected).map(Math::abs).max().orElse(0));
    Closeness.assertClose(what, actual, expected, 2e-6 * largest);
  }
}
