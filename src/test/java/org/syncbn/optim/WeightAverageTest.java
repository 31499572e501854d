package org.syncbn.optim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.Tensor;

class WeightAverageTest {

  /** With a gap, as arrays of weights have that begin at multiples of a cache line. */
  private static final List<Segment> SEGMENTS =
      List.of(new Segment("a", 0, 1, true, true), new Segment("b", 2, 2, false, false));

  private static WeightAverage average(LongToDoubleFunction weightOfNew) {
    WeightAverage average = new WeightAverage(SEGMENTS);
    float[][] weights = {{1, 99, -2, 3}, {2, 99, 0, 3.5f}, {4, 99, 1, -1}, {0.5f, 99, 0.25f, 7}};
    for (float[] of : weights) {
      double fresh = weightOfNew.applyAsDouble(average.count());
      average.add(Tensor.of(of, 4), fresh, Optimizer.Team.ALONE);
    }
    return average;
  }

  @Test
  void averagesAreThoseOfPyTorch() {
    // torch.optim.swa_utils.AveragedModel, and the same with get_ema_multi_avg_fn(0.75)
    assertThat(values(average(count -> 1.0 / (count + 1))))
        .containsExactly(new double[] {1.875, -0.1875, 3.125}, within());
    assertThat(values(average(count -> 0.25)))
        .containsExactly(new double[] {1.578125, -0.59375, 3.3203125}, within());
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-15);
  }

  @Test
  void anAverageIsWrittenBetweenGapsAndGoesOnAfterItWasSaved() {
    WeightAverage average = average(count -> 0.25);
    Tensor weights = Tensor.of(new float[] {9, 9, 9, 9}, 4);
    average.writeTo(weights);
    assertThat(weights.toArray()).containsExactly(1.578125f, 9, -0.59375f, 3.3203125f);
    WeightAverage resumed = new WeightAverage(SEGMENTS);
    resumed.write(0, values(average), 2);
    resumed.write(2, new double[] {values(average)[2]}, 1);
    resumed.restore(average.count());
    resumed.add(weights, 0.5, Optimizer.Team.ALONE);
    average.add(weights, 0.5, Optimizer.Team.ALONE);
    assertThat(values(resumed)).isEqualTo(values(average));
    assertThat(resumed.count()).isEqualTo(5);
  }

  @Test
  void partsOfAnAverageTogetherAreTheWhole() {
    WeightAverage whole = average(count -> 0.3);
    Tensor weights = Tensor.of(new float[] {1, 99, 2, 3}, 4);
    WeightAverage first = part(whole, 0, 3); // ends within the second segment
    WeightAverage second = part(whole, 3, 4);
    double weight = whole.countIn(0.7);
    assertThat(weight).isEqualTo(0.7);
    for (WeightAverage each : List.of(whole, first, second)) {
      each.blend(weights, weight, Optimizer.Team.ALONE);
    }
    Tensor halves = Tensor.zeros(6);
    halves.rows(0, 4).copyFrom(first.halves());
    halves.rows(4, 6).copyFrom(second.halves());
    WeightAverage joined = new WeightAverage(SEGMENTS);
    joined.load(halves);
    assertThat(values(joined)).isEqualTo(values(whole));
  }

  private static WeightAverage part(WeightAverage whole, int from, int to) {
    WeightAverage part = new WeightAverage(SEGMENTS, from, to);
    part.load(WeightAverage.part(whole.halves(), SEGMENTS, from, to));
    return part;
  }

  @Test
  void halvesKeepEveryBit() {
    WeightAverage average = new WeightAverage(SEGMENTS);
    double[] values = {Double.longBitsToDouble(0x3ff000007fa00001L), -0.0, Double.MIN_VALUE};
    average.write(0, values, 3);
    WeightAverage copy = new WeightAverage(SEGMENTS);
    copy.load(average.halves());
    assertThat(values(copy)).isEqualTo(values);
  }

  private static double[] values(WeightAverage average) {
    double[] values = new double[average.size()];
    average.read(0, values, values.length);
    return values;
  }

  @Test
  void anAverageThatForgetsSlowlyStillMoves() {
    WeightAverage average = new WeightAverage(List.of(new Segment("a", 0, 1, true, true)));
    average.add(Tensor.of(new float[] {1}, 1), 1, Optimizer.Team.ALONE);
    float next = Math.nextUp(1f); // a thousandth of this step is far below float32's rounding
    for (int step = 0; step < 10_000; step++) {
      average.add(Tensor.of(new float[] {next}, 1), 1e-3, Optimizer.Team.ALONE);
    }
    assertThat(values(average)[0]).isGreaterThan((1.0 + next) / 2);
  }
}
