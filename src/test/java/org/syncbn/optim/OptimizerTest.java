package org.syncbn.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.optim.Transform.ScaleByTrustRatio;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

class OptimizerTest {

  private static final Schedule TENTH = Schedule.constant(0.1);

  private static Tensor vector(float... values) {
    return Tensor.of(values, values.length);
  }

  private static List<Segment> one(int size) {
    return List.of(new Segment("0.weight", 0, size, true, true));
  }

  @Test
  void weightDecayLeavesOutWhatDoesNotDecayAndFixedWeightsStay() {
    Optimizer optimizer =
        new Optimizer(
            Optimizers.withPenalty(1, Optimizers.sgd(TENTH)),
            List.of(
                new Segment("0.weight", 0, 1, true, true),
                new Segment("0.bias", 1, 1, true, false),
                new Segment("1.weight", 2, 1, false, false)));
    Tensor weights = vector(10, 10, 10);
    optimizer.step(weights, vector(0, 0, 5), 1);
    assertThat(weights.toArray()).containsExactly(9, 10, 10);
  }

  @Test
  void arraysMayHaveLearningRatesAndDecaysOfTheirOwn() {
    Optimizer optimizer =
        new Optimizer(
            Optimizers.adamW(TENTH, 0.9, 0.999, 1e-8, 0.5),
            List.of(
                new Segment("0.weight", 0, 1, true, 2, 0.5),
                new Segment("0.bias", 1, 1, true, 0, 3)));
    Tensor weights = vector(10, 10);
    optimizer.step(weights, vector(4, -4), 1); // Adam's first update is the sign
    float[] expected = {10 - 0.1f * 0.5f * (1 + 0.5f * 2 * 10), 10 + 0.1f * 3};
    assertThat(weights.toArray()).containsExactly(expected, within(1e-5f));
  }

  @Test
  void clippingByNormSpansAllWeightsAndClippingByValueEach() {
    List<Segment> segments =
        List.of(new Segment("a", 0, 1, true, true), new Segment("b", 1, 1, true, true));
    List<Transform> sgd = Optimizers.sgd(Schedule.constant(1));
    Tensor weights = vector(0, 0);
    new Optimizer(Optimizers.before(new Transform.ClipByNorm(1), sgd), segments)
        .step(weights, vector(6, 8), 2); // divided: 3, 4
    assertThat(weights.toArray()).containsExactly(new float[] {-0.6f, -0.8f}, within(1e-6f));
    weights = vector(0, 0);
    new Optimizer(Optimizers.before(new Transform.ClipByNorm(5), sgd), segments)
        .step(weights, vector(6, 8), 2);
    assertThat(weights.toArray()).containsExactly(-3, -4);
    weights = vector(0, 0);
    new Optimizer(Optimizers.before(new Transform.ClipByValue(3.5), sgd), segments)
        .step(weights, vector(6, -8), 2);
    assertThat(weights.toArray()).containsExactly(-3, 3.5f);
  }

  @Test
  void lambScalesArraysThatDecayByTheirTrustRatio() {
    // Adam's first update is the sign of the gradient; then 0.5 * weights.
    double[] update = {1 + 1.5, -1 + 2};
    double ratio = 5 / Math.hypot(update[0], update[1]);
    assertThat(lamb(ScaleByTrustRatio.Scope.DECAYED, 1, 0))
        .containsExactly(
            new float[] {
              (float) (3 - 0.1 * ratio * update[0]),
              (float) (4 - 0.1 * ratio * update[1]),
              -0.1f,
              -0.1f
            },
            within(1e-5f));
  }

  @Test
  void lambLetsABetaThatStartsAtZeroMoveAsAdamDoesUnlessAllAreScaled() {
    assertThat(lamb(ScaleByTrustRatio.Scope.DECAYED, 3, 0)[2]).isCloseTo(-0.3f, within(1e-5f));
    // The first step is Adam's, for a norm of 0 gives the ratio 1; then norm 0.1 * sqrt(2) by
    // sqrt(2).
    double grown = -0.1 * (1 + 0.1) * (1 + 0.1);
    assertThat(lamb(ScaleByTrustRatio.Scope.ALL, 3, 0)[2]).isCloseTo((float) grown, within(1e-5f));
  }

  /** Weights 3 and 4, and a bias of two equal numbers, after some steps of one gradient. */
  private static float[] lamb(ScaleByTrustRatio.Scope scope, int steps, float bias) {
    Optimizer optimizer =
        new Optimizer(
            Optimizers.lamb(TENTH, 0.9, 0.999, 1e-6, 0.5, scope),
            List.of(
                new Segment("0.weight", 0, 2, true, true),
                new Segment("0.bias", 2, 2, true, false)));
    Tensor weights = vector(3, 4, bias, bias);
    for (int step = 0; step < steps; step++) {
      optimizer.step(weights, vector(1, -1, 2, 2), 1);
    }
    return weights.toArray();
  }

  @Test
  void anOptimizerThatIsLoadedWithoutStateBeginsAnew() {
    Optimizer optimizer = new Optimizer(Optimizers.adam(TENTH, 0.9, 0.999, 1e-8), one(1));
    Optimizer fresh = new Optimizer(Optimizers.adam(TENTH, 0.9, 0.999, 1e-8), one(1));
    optimizer.step(vector(1), vector(-5), 1);
    optimizer.load(List.of());
    optimizer.goTo(0, 1);
    assertThat(optimizer.arrays()).isEmpty();
    Tensor weights = vector(1);
    Tensor expected = vector(1);
    optimizer.step(weights, vector(2), 1);
    fresh.step(expected, vector(2), 1);
    assertThat(weights.toArray()).containsExactly(expected.toArray());
  }

  static Stream<Arguments> optimizersOfPyTorch() {
    List<Transform> damped =
        List.of(
            new Transform.Momentum(0.9, 0.5, Transform.Momentum.Form.CLASSIC),
            new Transform.ScaleByLearningRate(TENTH));
    List<Transform> adagrad =
        List.of(new Transform.ScaleByAdagrad(0.5, 1e-10), new Transform.ScaleByLearningRate(TENTH));
    List<Transform> rmsprop =
        Optimizers.rmsprop(TENTH, 0.99, 1e-8, Transform.ScaleByRms.Center.MEAN, 0.9);
    return Stream.of(
        Arguments.of(
            "SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.1)",
            Optimizers.withPenalty(0.1, Optimizers.nesterov(TENTH, 0.9)),
            new float[] {0.201668646f, -0.403337292f, -0.114219357f}),
        Arguments.of(
            "SGD(0.1, momentum=0.9, dampening=0.5)",
            damped,
            new float[] {0.6945f, -1.389f, 1.778f}),
        Arguments.of(
            "SGD(0.1) after clip_grad_norm_(1)",
            Optimizers.before(new Transform.ClipByNorm(1), Optimizers.sgd(TENTH)),
            new float[] {0.9345346504f, -1.8690693008f, 2.7381386016f}),
        Arguments.of(
            "Adam(0.1, weight_decay=0.1)",
            Optimizers.withPenalty(0.1, Optimizers.adam(TENTH, 0.9, 0.999, 1e-8)),
            new float[] {0.7056952880f, -1.7057867704f, 2.7062294713f}),
        Arguments.of(
            "RMSprop(0.1, momentum=0.9, centered=True, weight_decay=0.1)",
            Optimizers.withPenalty(0.1, rmsprop),
            new float[] {-4.1329888890f, 3.1735403001f, -2.2025546828f}),
        Arguments.of(
            "Adagrad(0.1, initial_accumulator_value=0.5, weight_decay=0.1)",
            Optimizers.withPenalty(0.1, adagrad),
            new float[] {0.7848547016f, -1.7519625667f, 2.7384636230f}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizersOfPyTorch")
  void optionsTogetherMeanWhatTheyMeanInPyTorch(
      String name, List<Transform> transforms, float[] expected) {
    Optimizer optimizer = new Optimizer(transforms, one(3));
    Tensor weights = vector(1, -2, 3);
    for (int step = 1; step <= 3; step++) {
      optimizer.step(weights, vector(0.5f * step, -step, 2 * step), 1);
    }
    assertThat(weights.toArray()).containsExactly(expected, within(2e-6f));
  }

  static Stream<List<Transform>> optimizers() {
    return Stream.of(
        Optimizers.nesterov(new Schedule.Cosine(0.1, 0, 20), 0.9),
        Optimizers.rmsprop(TENTH, 0.9, 1e-7, Transform.ScaleByRms.Center.MEAN, 0.5),
        Optimizers.before(new Transform.ClipByNorm(1), Optimizers.adam(TENTH, 0.9, 0.999, 1e-8)),
        Optimizers.adagrad(TENTH, 1e-10),
        Optimizers.lamb(TENTH, 0.9, 0.999, 1e-6, 0.01, ScaleByTrustRatio.Scope.ALL));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aRestoredOptimizerGoesOnWithTheSameBits(List<Transform> transforms) {
    int size = 5000; // more than one run
    Tensor weights = gradient(size, 100);
    Optimizer through = new Optimizer(transforms, one(size));
    for (int step = 0; step < 3; step++) {
      through.step(weights, gradient(size, step), 2);
    }
    Map<String, float[]> saved = saved(through);
    Tensor savedWeights = Tensor.of(weights.toArray(), size);
    through.step(weights, gradient(size, 3), 2);

    Optimizer resumed = new Optimizer(transforms, one(size));
    restore(resumed, 3, saved);
    resumed.step(savedWeights, gradient(size, 3), 2);
    assertThat(savedWeights.toArray()).isEqualTo(weights.toArray());
  }

  @Test
  void gapsBetweenArraysOfWeightsAreNeitherMovedNorSaved() {
    List<Segment> apart =
        List.of(new Segment("a", 0, 1, true, true), new Segment("b", 3, 2, true, true));
    Optimizer optimizer = new Optimizer(Optimizers.momentum(TENTH, 0.9), apart);
    Tensor weights = vector(10, 10, 10, 10, 10);
    optimizer.step(weights, vector(1, 9, 9, 2, 3), 1);
    assertThat(weights.toArray()).containsExactly(9.9f, 10, 10, 9.8f, 9.7f);
    assertThat(saved(optimizer).get("momentum")).containsExactly(1, 2, 3);
    List<Segment> together =
        List.of(new Segment("a", 0, 1, true, true), new Segment("b", 1, 2, true, true));
    Optimizer resumed = new Optimizer(Optimizers.momentum(TENTH, 0.9), together);
    restore(resumed, 1, saved(optimizer));
    assertThat(saved(resumed).get("momentum")).containsExactly(1, 2, 3);
    float[] run = new float[2];
    optimizer.state().get("momentum").read(1, run, 2);
    assertThat(run).containsExactly(2, 3);
  }

  private static Map<String, float[]> saved(Optimizer optimizer) {
    Map<String, float[]> saved = new TreeMap<>();
    optimizer
        .state()
        .forEach(
            (name, values) -> {
              float[] copy = new float[values.size()];
              values.read(0, copy, copy.length);
              saved.put(name, copy);
            });
    return saved;
  }

  private static void restore(Optimizer optimizer, long steps, Map<String, float[]> saved) {
    optimizer.state().forEach((name, values) -> values.write(0, saved.get(name), values.size()));
    optimizer.goTo(steps, 1);
  }

  private static Tensor gradient(int size, long key) {
    CounterRandom random = CounterRandom.of(8).fork(key);
    Tensor gradient = Tensor.zeros(size);
    for (int i = 0; i < size; i++) {
      gradient.set(i, (float) (random.uniform(i) - 0.5));
    }
    return gradient;
  }

  @Test
  void aStepThatIsNotFiniteNamesTheArrayAndChangesNothing() {
    List<Segment> segments =
        List.of(
            new Segment("0.weight", 0, 3000, true, true),
            new Segment("0.bias", 3000, 2, true, false));
    List<Transform> adam = Optimizers.adam(TENTH, 0.9, 0.999, 1e-8);
    // The square of 1e21 is no float32, though 1e21 is one and Adam's update is about 1.
    notFinite(adam, segments, 0, 1e21f, "the optimizer's adam.square of 0.weight is not finite");
    notFinite(adam, segments, 3001, 1e21f, "the optimizer's adam.square of 0.bias is not finite");
    notFinite(adam, segments, 2999, Float.NaN, "the gradient of 0.weight is not finite");
    List<Transform> large = Optimizers.sgd(Schedule.constant(1e30));
    notFinite(large, segments, 2500, 1e10f, "0.weight is not finite");
    List<Transform> clipped = Optimizers.before(new Transform.ClipByNorm(1), adam);
    notFinite(
        clipped, segments, 3000, Float.POSITIVE_INFINITY, "the gradient of 0.bias is not finite");
  }

  private static void notFinite(
      List<Transform> transforms, List<Segment> segments, int at, float value, String sentence) {
    int size = 3002;
    Optimizer optimizer = new Optimizer(transforms, segments);
    Optimizer other = new Optimizer(transforms, segments);
    Tensor weights = gradient(size, 100);
    Tensor same = gradient(size, 100);
    for (Optimizer each : List.of(optimizer, other)) {
      each.step(each == optimizer ? weights : same, gradient(size, 0), 2e4);
    }
    Tensor gradient = gradient(size, 1);
    gradient.set(at, value);
    assertThatThrownBy(
            () -> optimizer.prepare(weights, gradient, 1, Tensor.zeros(size), Optimizer.Team.ALONE))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage(sentence);
    assertThat(optimizer.steps()).isOne();
    assertThat(weights.toArray()).isEqualTo(same.toArray());
    optimizer.step(weights, gradient(size, 2), 2e4);
    other.step(same, gradient(size, 2), 2e4);
    assertThat(weights.toArray()).isEqualTo(same.toArray());
  }

  @Test
  void threadsThatShareAStepDoNotChangeItsBits() {
    int size = 100_000;
    List<Segment> segments =
        List.of(
            new Segment("0.weight", 0, 70_001, true, true),
            new Segment("0.bias", 70_001, size - 70_001, true, false));
    Optimizer.Team backwards =
        (pieces, work) ->
            IntStream.range(0, pieces).parallel().map(i -> pieces - 1 - i).forEach(work);
    optimizers()
        .forEach(
            transforms -> {
              Optimizer alone = new Optimizer(transforms, segments);
              Optimizer shared = new Optimizer(transforms, segments);
              Tensor weights = gradient(size, 100);
              Tensor target = Tensor.zeros(size);
              shared.prepare(weights, gradient(size, 1), 2, target, backwards);
              alone.step(weights, gradient(size, 1), 2);
              assertThat(target.toArray()).isEqualTo(weights.toArray());
            });
  }

  @Test
  void gradientsOfOtherWeightsAreRejected() {
    Optimizer optimizer = new Optimizer(Optimizers.momentum(TENTH, 0.9), one(2));
    assertThatThrownBy(() -> optimizer.step(vector(1, 2), vector(1), 1))
        .hasMessage("the optimizer moves 2 weights, but was given 2 and 1 gradients");
  }

  @Test
  void aScaledScheduleHasProportionalRatesAtEveryStep() {
    Schedule cosine = new Schedule.Cosine(1, 0.2, 100);
    for (Schedule schedule :
        List.of(
            Schedule.constant(0.3),
            new Schedule.Step(1, 0.5, 10),
            new Schedule.Exponential(1, 0.25, 10),
            cosine,
            new Schedule.Polynomial(1, 0.1, 10, 2),
            Schedule.OneCycle.of(1).over(100, 10),
            new Schedule.Milestones(1, 0.5, Optional.of(List.of(3L, 50L)), Optional.empty()),
            cosine.afterWarmUp(10))) {
      Schedule half = schedule.scaledWithBatch(128, 256);
      for (long step = 0; step < 120; step++) {
        assertThat(half.rate(step)).isEqualTo(schedule.rate(step) / 2);
      }
    }
  }

  @Test
  void lengthsInEpochsAndOfTheWholeRunBecomeSteps() {
    Optional<Long> noSteps = Optional.empty();
    Schedule whole = new Schedule.Cosine(1, 0.2, noSteps, Optional.empty());
    assertThat(whole.over(60, 20)).isEqualTo(new Schedule.Cosine(1, 0.2, 60));
    assertThat(new Schedule.Cosine(1, 0.2, 9).over(60, 20))
        .isEqualTo(new Schedule.Cosine(1, 0.2, 9));
    assertThat(new Schedule.Step(1, 0.5, noSteps, Optional.of(1.5)).over(60, 20))
        .isEqualTo(new Schedule.Step(1, 0.5, 30));
    assertThat(new Schedule.Exponential(1, 0.5, noSteps, Optional.empty()).over(60, 20))
        .isEqualTo(new Schedule.Exponential(1, 0.5, 60));
    assertThat(new Schedule.Polynomial(1, 0, noSteps, Optional.of(0.001), 2).over(60, 20))
        .isEqualTo(new Schedule.Polynomial(1, 0, 1, 2)); // never less than a step

    Schedule warm = new Schedule.WarmUp(whole, noSteps, Optional.of(0.5));
    assertThat(warm.over(60, 20)).isEqualTo(new Schedule.Cosine(1, 0.2, 50).afterWarmUp(10));
    assertThat(warm.times(2).over(60, 20).rate(9)).isEqualTo(2);
    assertThatThrownBy(() -> warm.rate(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aLengthIsGivenOnceAndIsAboveZero() {
    Optional<Long> noSteps = Optional.empty();
    assertThatThrownBy(() -> new Schedule.Cosine(1, 0, Optional.of(3L), Optional.of(1.0)))
        .hasMessage("a schedule has a length in steps or in epochs, not in both");
    assertThatThrownBy(() -> new Schedule.Cosine(1, 0, noSteps, Optional.of(0.0)))
        .hasMessage("the epochs of a schedule must be a number above 0, was 0.0");
    assertThatThrownBy(() -> new Schedule.Step(1, 0.5, noSteps, Optional.empty()))
        .hasMessage("set its length with everySteps or everyEpochs");
  }

  static Stream<Arguments> schedulesOfPyTorch() {
    return Stream.of(
        Arguments.of(
            "OneCycleLR(0.5, total_steps=10)",
            Schedule.OneCycle.of(0.5).over(10, 10),
            new double[] {
              0.02,
              0.26,
              0.5,
              0.47524231600673683,
              0.40587282697488153,
              0.30563101096814466,
              0.19437098903185537,
              0.09412917302511849,
              0.024759683993263143,
              2e-06
            }),
        Arguments.of(
            "OneCycleLR(0.5, total_steps=7, pct_start=0.5, div_factor=10, final_div_factor=100)",
            new Schedule.OneCycle(
                0.5, 0.5, 10, 100, true, 0.85, 0.95, Optional.of(7L), Optional.empty()),
            new double[] {
              0.05,
              0.20547117626563682,
              0.45702882373436315,
              0.47526697475862917,
              0.3058246032555895,
              0.09453342198578131,
              0.0005
            }),
        Arguments.of(
            "MultiStepLR(0.1, [2, 5], gamma=0.1)",
            new Schedule.Milestones(0.1, 0.1, Optional.of(List.of(2L, 5L)), Optional.empty()),
            new double[] {0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schedulesOfPyTorch")
  void schedulesAreThoseOfPyTorch(String name, Schedule schedule, double[] expected) {
    assertThat(IntStream.range(0, expected.length).mapToDouble(schedule::rate).toArray())
        .containsExactly(expected, within(1e-15));
    assertThat(schedule.rate(1000)).isCloseTo(expected[expected.length - 1], within(1e-15));
  }

  @Test
  void aWarmUpHoldsTheFirstMomentumOfACycle() {
    Schedule cycle = Schedule.OneCycle.of(0.5).over(10, 10);
    Schedule warm = cycle.afterWarmUp(3);
    assertThat(warm.momentum(2)).hasValue(0.95);
    assertThat(warm.momentum(5)).isEqualTo(cycle.momentum(2)).hasValue(0.85);
    assertThat(Schedule.constant(1).momentum(0)).isEmpty();
    assertThatThrownBy(
            () ->
                new Schedule.OneCycle(
                    1, 0.3, 25, 1e4, true, 0.9, 0.8, Optional.empty(), Optional.empty()))
        .hasMessage("0 <= baseMomentum <= maxMomentum < 1 is wanted, not 0.9 and 0.8");
  }

  @Test
  void milestonesAscendAndComeInStepsOrEpochs() {
    Optional<List<Long>> noSteps = Optional.empty();
    assertThat(
            new Schedule.Milestones(1, 0.5, noSteps, Optional.of(List.of(1.5, 2.0))).over(60, 20))
        .isEqualTo(
            new Schedule.Milestones(1, 0.5, Optional.of(List.of(30L, 40L)), Optional.empty()));
    assertThatThrownBy(() -> new Schedule.Milestones(1, 0.5, noSteps, Optional.empty()))
        .hasMessage("set milestones with steps or with epochs");
    assertThatThrownBy(
            () -> new Schedule.Milestones(1, 0.5, Optional.of(List.of(3L, 3L)), Optional.empty()))
        .hasMessage("milestones must be above 0 and ascend, were [3, 3]");
  }

  @Test
  void schedulesFollowTheirFormulas() {
    assertThat(new Schedule.Step(1, 0.5, 10).rate(29)).isEqualTo(0.25);
    assertThat(new Schedule.Exponential(1, 0.25, 10).rate(5)).isEqualTo(0.5);
    Schedule cosine = new Schedule.Cosine(1, 0.2, 100);
    assertThat(cosine.rate(0)).isEqualTo(1);
    assertThat(cosine.rate(50)).isCloseTo(0.6, within(1e-12));
    assertThat(cosine.rate(1000)).isEqualTo(0.2);
    assertThat(new Schedule.Polynomial(1, 0, 10, 2).rate(5)).isEqualTo(0.25);
    Schedule warm = Schedule.constant(0.1).afterWarmUp(4).scaledWithBatch(1024, 256);
    assertThat(Stream.of(0L, 1L, 2L, 3L, 4L).map(warm::rate))
        .containsExactly(0.1, 0.2, 0.30000000000000004, 0.4, 0.4);
    assertThat(cosine.afterWarmUp(10).rate(60)).isEqualTo(cosine.rate(50));
    assertThatThrownBy(() -> Schedule.constant(-1))
        .hasMessage("a learning rate must be finite and at least 0, was -1.0");
  }
}
