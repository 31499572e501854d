package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

  @Test
  void theBitsAreThePublishedOnesOfPhilox4x32With10Rounds() {
    // Known answers of the Random123 distribution, kat_vectors: counter, key -> result.
    assertThat(new CounterRandom(0, 0).bits(0)).isEqualTo(0xe169c58d_6627e8d5L);
    assertThat(new CounterRandom(-1, -1).bits(-1)).isEqualTo(0x41c83b0e_408f276dL);
    assertThat(
            new CounterRandom(0x299f31d0_a4093822L, 0x03707344_13198a2eL)
                .bits(0x85a308d3_243f6a88L))
        .isEqualTo(0x94fdcceb_d16cfe09L);
  }

  @Test
  void anIndexGivesTheSameNumberInAnyOrder() {
    CounterRandom random = CounterRandom.of(7).fork("weights");
    long[] forward = LongStream.range(0, 100).map(random::bits).toArray();
    long[] backward = LongStream.range(0, 100).map(i -> random.bits(99 - i)).toArray();
    for (int i = 0; i < 100; i++) {
      assertThat(backward[99 - i]).isEqualTo(forward[i]);
    }
  }

  @Test
  void streamsOfDifferentKeysAndOrdersDiffer() {
    CounterRandom random = CounterRandom.of(7);
    assertThat(
            LongStream.of(
                    random.bits(0),
                    random.fork(0).bits(0),
                    random.fork(1).bits(0),
                    random.fork(0).fork(1).bits(0),
                    random.fork(1).fork(0).bits(0),
                    random.fork("a").bits(0),
                    random.fork("b").bits(0),
                    CounterRandom.of(8).bits(0))
                .distinct())
        .hasSize(8);
  }

  @Test
  void uniformAndGaussianHaveTheirMoments() {
    CounterRandom random = CounterRandom.of(1);
    int n = 200_000;
    double[] uniform = LongStream.range(0, n).mapToDouble(random::uniform).toArray();
    double[] gaussian = LongStream.range(0, n).mapToDouble(random.fork(1)::gaussian).toArray();
    double standardErrors = 5 / Math.sqrt(n);
    assertThat(Arrays.stream(uniform)).allMatch(u -> u >= 0 && u < 1);
    assertThat(mean(uniform)).isCloseTo(0.5, within(standardErrors * Math.sqrt(1 / 12.0)));
    assertThat(mean(gaussian)).isCloseTo(0, within(standardErrors));
    assertThat(mean(Arrays.stream(gaussian).map(g -> g * g).toArray()))
        .isCloseTo(1, within(standardErrors * Math.sqrt(2)));
    assertThat(mean(Arrays.stream(gaussian).map(g -> g * g * g * g).toArray()))
        .isCloseTo(3, within(standardErrors * Math.sqrt(96)));
  }

  @Test
  void belowCoversItsRangeEvenly() {
    CounterRandom random = CounterRandom.of(3);
    int[] counts = new int[7];
    for (int i = 0; i < 70_000; i++) {
      counts[random.below(7, i)]++;
    }
    assertThat(Arrays.stream(counts)).allMatch(count -> Math.abs(count - 10_000) < 500);
    assertThatThrownBy(() -> random.below(0, 0)).hasMessage("bound must be positive, was 0");
  }

  @Test
  void aPermutationHoldsEveryIndexOnceAndIsNotTheIdentity() {
    int[] order = CounterRandom.of(5).permutation(1000);
    assertThat(Arrays.stream(order).sorted().boxed()).containsExactly(range(1000));
    assertThat(Arrays.stream(order).boxed().toList()).isNotEqualTo(List.of(range(1000)));
    assertThat(CounterRandom.of(5).permutation(0)).isEmpty();
  }

  private static Integer[] range(int size) {
    return IntStream.range(0, size).boxed().toArray(Integer[]::new);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  @Test
  void pairsOfGaussiansAreIndependent() {
    CounterRandom random = CounterRandom.of(12);
    double[] pair = new double[2];
    double[] sums = new double[3]; // of the second, its square, the product
    int draws = 40_000;
    for (int i = 0; i < draws; i++) {
      random.gaussians(i, pair);
      assertThat(pair[0]).isEqualTo(random.gaussian(i));
      sums[0] += pair[1] / draws;
      sums[1] += pair[1] * pair[1] / draws;
      sums[2] += pair[0] * pair[1] / draws;
    }
    assertThat(sums[0]).isCloseTo(0, within(0.02));
    assertThat(sums[1]).isCloseTo(1, within(0.03));
    assertThat(sums[2]).isCloseTo(0, within(0.02));
  }
}
