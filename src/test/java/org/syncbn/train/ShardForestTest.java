package org.syncbn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/** The law of the forest: any order of arrival and any grouping give the same bits. */
class ShardForestTest {

  private static final int VALUES = 5;

  @Property(tries = 300)
  void everyOrderAndEveryGroupingGivesTheSameBits(
      @ForAll @IntRange(min = 1, max = 40) int shards,
      @ForAll @IntRange(min = 1, max = 6) int groups,
      @ForAll long seed) {
    ShardForest inOrder = new ShardForest(shards);
    for (int shard = 0; shard < shards; shard++) {
      inOrder.add(shard, contribution(seed, shard));
    }

    CounterRandom random = CounterRandom.of(seed).fork("order");
    List<ShardForest> forests = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      forests.add(new ShardForest(shards));
    }
    for (int shard : random.permutation(shards)) {
      ShardTimes times = ShardTimes.ofNanos(10 * shard);
      forests
          .get(random.below(groups, 1000 + shard))
          .add(new ShardForest.Node(0, shard, contribution(seed, shard), times));
    }
    // Unite the groups pair by pair, at random, some of them through the wire.
    for (int round = 0; forests.size() > 1; round++) {
      ShardForest right = forests.remove(random.below(forests.size(), 2000 + round));
      ShardForest left = forests.get(random.below(forests.size(), 3000 + round));
      if ((random.bits(4000 + round) & 1) == 0) {
        left.merge(right);
      } else {
        WireFormat.decodeNodes(WireFormat.encode(right.roots())).forEach(left::add);
      }
    }

    Merged merged = forests.get(0).merged();
    assertThat(bits(merged)).isEqualTo(bits(inOrder.merged()));
    assertThat(merged.times().shards()).isEqualTo(shards);
    for (int shard = 0; shard < shards; shard++) {
      assertThat(merged.times().nanos(shard)).isEqualTo(10 * shard);
    }
  }

  @Test
  void siblingsJoinLeftPlusRightAndRemainingRootsFoldFromLeftToRight() {
    // ((a0 + a1) + (a2 + a3)) + (a4 + a5), then + a6: any other tree rounds differently here.
    double[] a = {1, 0x1p-53, 0x1p-53, 0x1p-53, 1, 0x1p-53, 0x1p-52};
    ShardForest forest = new ShardForest(a.length);
    for (int shard = a.length - 1; shard >= 0; shard--) {
      forest.add(shard, new Contribution.Sums(new double[] {a[shard]}));
    }
    assertThat(forest.merged().sums())
        .containsExactly((((a[0] + a[1]) + (a[2] + a[3])) + (a[4] + a[5])) + a[6]);
  }

  @Test
  void anAlignedRangeOfShardsIsOneNode() {
    ShardForest forest = new ShardForest(8);
    for (int shard = 4; shard < 8; shard++) {
      forest.add(shard, new Contribution.Sums(new double[] {shard}));
    }
    assertThat(forest.roots())
        .singleElement()
        .satisfies(
            node -> {
              assertThat(node.level()).isEqualTo(2);
              assertThat(node.index()).isEqualTo(1);
            });
  }

  @Test
  void aShardWithoutRowsIsNotZeros() {
    Tensor negativeZero = Tensor.of(new float[] {-0.0f}, 1);
    Merged merged =
        new ShardForest(2)
            .add(0, new Contribution.Gradients(negativeZero, new double[] {-0.0}))
            .add(1, Contribution.EMPTY)
            .merged();
    assertThat(Float.floatToRawIntBits(merged.gradients().get(0)))
        .isEqualTo(Float.floatToRawIntBits(-0.0f));
    assertThat(Double.doubleToRawLongBits(merged.sums()[0]))
        .isEqualTo(Double.doubleToRawLongBits(-0.0));
  }

  @Test
  void onlyEmptyShardsAreEmptyTogether() {
    Merged merged =
        new ShardForest(2).add(1, Contribution.EMPTY).add(0, Contribution.EMPTY).merged();
    assertThat(merged.isEmpty()).isTrue();
    assertThatThrownBy(merged::sums).hasMessage("no shard had a row in this exchange");
  }

  @Test
  void aShardThatAnswersTwiceIsAnError() {
    ShardForest forest = new ShardForest(4).add(2, sums()).add(3, sums());
    assertThatThrownBy(() -> forest.add(3, sums()))
        .hasMessage("shard 3 answered an exchange twice");
    assertThatThrownBy(() -> forest.add(new ShardForest.Node(2, 0, sums())))
        .hasMessage("shard 2 answered an exchange twice");
  }

  @Test
  void aMissingShardIsAnError() {
    ShardForest forest = new ShardForest(3).add(0, sums()).add(2, sums());
    assertThatThrownBy(forest::merged).hasMessage("shard 1 of 3 did not answer the exchange");
  }

  @Test
  void aNodeBeyondTheShardsIsAnError() {
    ShardForest forest = new ShardForest(3);
    assertThatThrownBy(() -> forest.add(3, sums())).hasMessage("no node (0, 3) over 3 shards");
    assertThatThrownBy(() -> forest.add(new ShardForest.Node(2, 0, sums())))
        .hasMessage("no node (2, 0) over 3 shards");
  }

  @Test
  void differentAnswersDoNotMix() {
    ShardForest forest = new ShardForest(2).add(0, sums());
    assertThatThrownBy(() -> forest.add(1, new Contribution.Sums(new double[2])))
        .hasMessage("two shards answered differently in one exchange: 1 and 2 values");
  }

  private static Contribution sums() {
    return new Contribution.Sums(new double[1]);
  }

  /** Values whose sum depends on the order; every fifth shard has no row. */
  private static Contribution contribution(long seed, int shard) {
    if (shard % 5 == 4) {
      return Contribution.EMPTY;
    }
    CounterRandom random = CounterRandom.of(seed).fork(shard);
    float[] gradients = new float[VALUES];
    double[] sums = new double[VALUES];
    for (int i = 0; i < VALUES; i++) {
      gradients[i] = (float) (random.gaussian(i) * Math.scalb(1, random.below(30, 100 + i)));
      sums[i] = random.gaussian(200 + i) * Math.scalb(1, random.below(60, 300 + i));
    }
    return new Contribution.Gradients(Tensor.of(gradients, VALUES), sums);
  }

  private static List<Long> bits(Merged merged) {
    List<Long> bits = new ArrayList<>();
    if (merged.isEmpty()) {
      return bits;
    }
    for (float value : merged.gradients().toArray()) {
      bits.add((long) Float.floatToRawIntBits(value));
    }
    for (double value : merged.sums()) {
      bits.add(Double.doubleToRawLongBits(value));
    }
    return bits;
  }
}
