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
        new ScaleModel(ScaleEngine.STAR, new double[] {1e-3, 2e-4, 1.1, 3e-10, 2e-9});
    List<ScalePoint> points = points(truth);
    ScaleModel fitted = ScaleModel.fit(ScaleEngine.STAR, points);
    for (ScalePoint point : points) {
      assertThat(fitted.error(point)).isLessThan(1e-6);
    }
    ScaleCase far = new ScaleCase(ScaleEngine.STAR, 64, 10_000_000, 10_000);
    assertThat(fitted.seconds(far, Processors.OWN))
        .isCloseTo(truth.seconds(far, Processors.OWN), within(1e-3));
  }

  @Test
  void processorsOfTheirOwnHandleOnlyWhatTheirMachineSendsAndReceives() {
    ScaleModel bytes = new ScaleModel(ScaleEngine.STAR, new double[] {0, 0, 0, 1, 0});
    ScaleCase step = new ScaleCase(ScaleEngine.STAR, 8, 1_000_000, 1_000);
    assertThat(bytes.seconds(step, Processors.OWN)).isEqualTo(step.bytes().driver());
    ScaleModel weights = new ScaleModel(ScaleEngine.STAR, new double[] {0, 0, 0, 0, 1});
    assertThat(weights.seconds(step, Processors.OWN)).isEqualTo(1_000_000);
  }

  @Test
  void linksNeedTheirBytesAtTheirRate() {
    ScaleCase star = new ScaleCase(ScaleEngine.STAR, 8, 1_000_000, 1_000);
    assertThat(star.busiestDirection()).isBetween(32_000_000L, 32_100_000L);
    assertThat(star.linkSeconds()).isCloseTo(2 * 32e6 * 8 / 1e9, within(0.002));
  }

  @Test
  void aPointHasMediansOfTheBusierDirectionOfTheBusiestLink() {
    ScaleCase step = new ScaleCase(ScaleEngine.TREE, 2, 1_000, 100);
    List<LinkCounters> before =
        List.of(new LinkCounters(1, 1), new LinkCounters(0, 0), new LinkCounters(5, 5));
    List<LinkCounters> after =
        List.of(new LinkCounters(11, 41), new LinkCounters(90, 2), new LinkCounters(8, 75));
    ScalePoint.Sample sample = ScalePoint.Sample.of(before, after, 0.5);
    assertThat(sample).isEqualTo(new ScalePoint.Sample(90, 40, 0.5));
    ScalePoint.Sample snapshot = new ScalePoint.Sample(9_000, 9_000, 5);
    assertThat(ScalePoint.of(step, List.of(sample, snapshot, sample)))
        .isEqualTo(new ScalePoint(step, 90, 40, 0.5));
    assertThat(ScalePoint.of(step, List.of(sample, new ScalePoint.Sample(92, 44, 1.5))))
        .isEqualTo(new ScalePoint(step, 91, 42, 1));
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
