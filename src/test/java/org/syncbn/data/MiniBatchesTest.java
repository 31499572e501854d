package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MiniBatchesTest {

  private static final int SEED = 3;

  @Property(tries = 500)
  void miniBatchesDifferByOneRowInAllAndInEveryShardAndTakeEveryRowOnce(
      @ForAll("shards") int[] rows,
      @ForAll @IntRange(max = 3) int epoch,
      @ForAll @IntRange(min = 1, max = 60) int batches) {
    MiniBatches cut = new MiniBatches(SEED, epoch, batches, rows);
    long all = Arrays.stream(rows).asLongStream().sum();

    for (int shard = 0; shard < rows.length; shard++) {
      assertThat(cut.firstRow(shard, 0)).isZero();
      assertThat(cut.firstRow(shard, batches)).isEqualTo(rows[shard]);
    }
    for (int batch = 0; batch < batches; batch++) {
      int sum = 0;
      for (int shard = 0; shard < rows.length; shard++) {
        int taken = cut.rows(shard, batch);
        assertThat(taken).isIn(floor(rows[shard], batches), ceil(rows[shard], batches));
        sum += taken;
      }
      assertThat(cut.rows(batch)).isEqualTo(sum).isIn(floor(all, batches), ceil(all, batches));
    }
  }

  @Provide
  Arbitrary<int[]> shards() {
    Arbitrary<Integer> any =
        Arbitraries.oneOf(
            Arbitraries.just(0),
            Arbitraries.integers().between(1, 9),
            Arbitraries.integers().between(1, 1_000_000));
    return any.array(int[].class).ofMinSize(1).ofMaxSize(70);
  }

  @Test
  void shardsOfFewRowsShareMiniBatchesWithOthersInOtherEpochs() {
    int[] rows = new int[8];
    Arrays.fill(rows, 15);
    Set<List<Integer>> together = new HashSet<>();
    for (int epoch = 0; epoch < 20; epoch++) {
      MiniBatches cut = new MiniBatches(SEED, epoch, 40, rows);
      together.add(IntStream.range(0, 8).filter(shard -> cut.rows(shard, 0) > 0).boxed().toList());
    }
    assertThat(together).hasSizeGreaterThan(10).allMatch(shards -> shards.size() == 3); // 120 / 40
  }

  @Test
  void moreRowsThanAnIntCountsAreCut() {
    int[] rows = {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE};
    long batches = 1L << 32;
    long larger = 3L * Integer.MAX_VALUE - batches; // mini-batches of two rows
    MiniBatches cut = new MiniBatches(SEED, 0, batches, rows);
    assertThat(cut.rows(larger - 1)).isEqualTo(2);
    assertThat(cut.rows(larger)).isEqualTo(1);
    assertThat(cut.rows(batches - 1)).isEqualTo(1);
  }

  private static int floor(long rows, int batches) {
    return (int) (rows / batches);
  }

  private static int ceil(long rows, int batches) {
    return (int) ((rows + batches - 1) / batches);
  }
}
