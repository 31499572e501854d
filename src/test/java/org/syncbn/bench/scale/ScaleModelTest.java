package org.syncbn.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.syncbn.bench.scale.ScaleModel.Processors;

/** The fit of the model, and what it computes. */
class ScaleModelTest {

  @Test
  void leastSquaresOfAnExactSumFindItsTerms() {
    double[][] rows = {{1, 0, 2}, {1, 1, 0}, {1, 2, 5}, {1, 3, 1}};
    double[] values = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      values[i] = 3 * rows[i][0] + 0.5 * rows[i][2];
    }
    assertThat(NonNegativeFit.solve(rows, values))
        .containsExactly(new double[] {3, 0, 0.5}, within(1e-9));
  }

  @Test
  void aTermThatWouldBeNegativeIsLeftOut() {
    double[][] rows = {{1, 1}, {1, 2}, {1, 3}};
    double[] values = {3, 2, 1}; // 4 - x
    assertThat(NonNegativeFit.solve(rows, values))
        .containsExactly(new double[] {2, 0}, within(1e-9));
  }

  @Test
  void nothingFitsValuesBelowZeroBetterThanNothing() {
    assertThat(NonNegativeFit.solve(new double[][] {{1}, {2}}, new double[] {-1, -1}))
        .containsExactly(0);
  }

  @Test
  void aModelReturnsTheTimesThatItWasFittedTo() {
    ScaleModel truth =
        new ScaleModel(ScaleEngine.STAR, new double[] {1e-3, 2e-4, 0, 1.1, 3e-10, 2e-9});
    List<ScalePoint> points = points(truth);
    assertThat(ScaleModel.isDetermined(points)).isTrue();
    ScaleModel fitted = ScaleModel.fit(ScaleEngine.STAR, points);
    for (ScalePoint point : points) {
      assertThat(fitted.error(point)).isLessThan(1e-6);
    }
    ScaleCase far = new ScaleCase(ScaleEngine.STAR, 64, 10_000_000, 10_000);
    assertThat(fitted.seconds(far, Processors.OWN))
        .isCloseTo(truth.seconds(far, Processors.OWN), within(1e-3));
  }

  @Test
  void measurementsAtOneRateOrOfFewStepsMakeNoModel() {
    List<ScalePoint> points =
        points(new ScaleModel(ScaleEngine.STAR, new double[] {1, 1, 1, 1, 1, 1}));
    assertThat(ScaleModel.isDetermined(points.subList(0, 11))).isFalse();
    assertThat(
            ScaleModel.isDetermined(
                points.stream().filter(point -> point.step().megabits() == 100).toList()))
        .isFalse();
  }

  @Test
  void processorsOfTheirOwnHandleOnlyWhatTheirMachineSendsAndReceives() {
    ScaleModel bytes = new ScaleModel(ScaleEngine.STAR, new double[] {0, 0, 0, 0, 1, 0});
    ScaleCase step = new ScaleCase(ScaleEngine.STAR, 8, 1_000_000, 1_000);
    assertThat(bytes.seconds(step, Processors.OWN)).isEqualTo(step.bytes().driver());
    ScaleModel weights = new ScaleModel(ScaleEngine.STAR, new double[] {0, 0, 0, 0, 0, 1});
    assertThat(weights.seconds(step, Processors.OWN)).isEqualTo(1_000_000);
  }

  @Test
  void executorsSendOneAnotherGradientsAndWeightsInSlices() {
    ScaleCase slices = new ScaleCase(ScaleEngine.SLICES, 8, 1_000_000, 1_000);
    assertThat(slices.peerMessages()).isEqualTo(2 * 7);
    ScaleModel messages = new ScaleModel(ScaleEngine.SLICES, new double[] {0, 0, 1, 0, 0, 0});
    assertThat(messages.seconds(slices, Processors.OWN)).isEqualTo(2 * 7);
    assertThat(new ScaleCase(ScaleEngine.STAR, 8, 1_000_000, 1_000).peerMessages()).isZero();
    assertThat(new ScaleCase(ScaleEngine.TREE, 8, 10_000, 1_000).peerMessages()).isZero();
    assertThat(new ScaleCase(ScaleEngine.TREE, 8, 10_000_000, 1_000).peerMessages()).isEqualTo(7);
  }

  @Test
  void linksNeedTheirBytesAtTheirRate() {
    ScaleCase star = new ScaleCase(ScaleEngine.STAR, 8, 1_000_000, 1_000);
    assertThat(star.busiestDirection()).isBetween(32_000_000L, 32_100_000L);
    assertThat(star.linkSeconds()).isCloseTo(2 * 32e6 * 8 / 1e9, within(0.002));
  }

  @Test
  void aPointHasMeanBytesOfTheBusierDirectionOfTheBusiestLinkAndMedianSeconds() {
    List<LinkCounters> first = counters(1, 1, 0, 0, 5, 5);
    List<LinkCounters> second = counters(11, 41, 90, 2, 8, 75);
    List<LinkCounters> third = counters(31, 51, 100, 4, 20, 285); // the second executor is late
    List<ScalePoint.Sample> samples =
        List.of(ScalePoint.Sample.of(first, second, 0.5), ScalePoint.Sample.of(second, third, 1.5));
    ScaleCase step = new ScaleCase(ScaleEngine.TREE, 2, 1_000, 100);
    assertThat(ScalePoint.of(step, samples)).isEqualTo(new ScalePoint(step, 140, 25, 1));
  }

  @Test
  void stepsOfSlicesInWhichTheDriverFetchesTheirStateAreLeftOut() {
    ScalePoint.Sample usual = new ScalePoint.Sample(counters(20, 10, 4_000, 4_000), 0.5);
    ScalePoint.Sample fetched = new ScalePoint.Sample(counters(20, 8_000, 12_000, 4_000), 2);
    ScaleCase slices = new ScaleCase(ScaleEngine.SLICES, 1, 1_000, 100);
    assertThat(ScalePoint.of(slices, List.of(usual, fetched, usual)))
        .isEqualTo(new ScalePoint(slices, 4_000, 20, 0.5));
    ScaleCase star = new ScaleCase(ScaleEngine.STAR, 1, 1_000, 100);
    assertThat(ScalePoint.of(star, List.of(usual, fetched)).busiestLink()).isEqualTo(8_000);
  }

  private static List<LinkCounters> counters(long... sentThenReceived) {
    List<LinkCounters> counters = new ArrayList<>();
    for (int i = 0; i < sentThenReceived.length; i += 2) {
      counters.add(new LinkCounters(sentThenReceived[i], sentThenReceived[i + 1]));
    }
    return counters;
  }

  private static List<ScalePoint> points(ScaleModel truth) {
    List<ScalePoint> points = new ArrayList<>();
    for (int executors : new int[] {1, 2, 4, 8}) {
      for (long weights : new long[] {100_000, 1_000_000, 10_000_000}) {
        for (int megabits : new int[] {100, 1_000}) {
          ScaleCase step = new ScaleCase(truth.engine(), executors, weights, megabits);
          points.add(new ScalePoint(step, 0, 0, truth.seconds(step, Processors.SHARED)));
        }
      }
    }
    return points;
  }
}
