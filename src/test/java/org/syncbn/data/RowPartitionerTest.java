package org.syncbn.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.syncbn.tensor.CounterRandom;

class RowPartitionerTest {

  private static final float[] NONE = new float[0];

  @Property(tries = 100)
  void shardsDoNotDependOnTheOrderOrTheSplitsOfTheInput(
      @ForAll @IntRange(min = 1, max = 200) int rows,
      @ForAll @IntRange(min = 1, max = 9) int shards,
      @ForAll @IntRange(min = 1, max = 5) int files,
      @ForAll long seed) {
    RowPartitioner rowPartitioner = new RowPartitioner(shards, 3, 0.25);
    Block all = rows(rows);
    List<ShardData> expected = rowPartitioner.partition(all);

    int[] shuffled = CounterRandom.of(seed).permutation(rows);
    List<List<Block>> pieces = new ArrayList<>();
    for (int file = 0; file < files; file++) {
      int from = rows * file / files;
      int to = rows * (file + 1) / files;
      pieces.add(rowPartitioner.split(all.select(Arrays.copyOfRange(shuffled, from, to))));
    }
    for (int shard = 0; shard < shards; shard++) {
      int s = shard;
      ShardData actual =
          rowPartitioner.assemble(
              pieces.stream().map(piece -> piece.get(s)).toList(), RowMemory.HEAP);
      assertThat(actual).isEqualTo(expected.get(shard));
      assertThat(actual.checksum()).isEqualTo(expected.get(shard).checksum());
    }
  }

  @Test
  void workersThatWouldIdleAreNamed() {
    assertThat(RowPartitioner.idleness(8, 16))
        .hasValueSatisfying(
            sentence -> assertThat(sentence).startsWith("8 shards leave 16 cores idle for 50 %"));
    assertThat(RowPartitioner.idleness(8, 6)).isPresent(); // two rounds of six, of which four idle
    for (int workers : new int[] {1, 2, 3, 4, 8}) {
      assertThat(RowPartitioner.idleness(8, workers)).isEmpty();
    }
  }

  @Test
  void theChecksumTellsRowsApartButNotTheirOrder() {
    Block rows = rows(9);
    Block reversed = rows.select(new int[] {8, 7, 6, 5, 4, 3, 2, 1, 0});
    Block twice = rows.select(new int[] {0, 0, 2, 3, 4, 5, 6, 7, 8});
    Block none = rows.select(new int[0]);
    long checksum = new ShardData(rows, none).checksum();
    assertThat(new ShardData(reversed, none).checksum()).isEqualTo(checksum);
    assertThat(new ShardData(twice, none).checksum()).isNotEqualTo(checksum);
    assertThat(new ShardData(none, rows).checksum()).isNotEqualTo(checksum);
  }

  @Test
  void bytesAndFloatsAreDealtAlike() {
    byte[] bytes = new byte[400];
    float[] floats = new float[400];
    float[] labels = new float[100];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
      floats[i] = bytes[i] & 0xFF;
    }
    RowPartitioner rowPartitioner = new RowPartitioner(4, 0, 0.1);
    List<ShardData> fromBytes = rowPartitioner.partition(Block.ofBytes(100, bytes, labels, NONE));
    List<ShardData> fromFloats =
        rowPartitioner.partition(Block.ofFloats(100, floats, labels, NONE));
    for (int shard = 0; shard < 4; shard++) {
      Block a = fromBytes.get(shard).training();
      Block b = fromFloats.get(shard).training();
      assertThat(a.rows()).isEqualTo(b.rows());
      for (int row = 0; row < a.rows(); row++) {
        assertThat(a.feature(row, 0)).isEqualTo(b.feature(row, 0));
      }
    }
  }

  @Test
  void theHeldOutShareIsAboutTheFractionAndDisjoint() {
    List<ShardData> parts = new RowPartitioner(8, 1, 0.2).partition(rows(5000));
    int training = parts.stream().mapToInt(shard -> shard.training().rows()).sum();
    int validation = parts.stream().mapToInt(shard -> shard.validation().rows()).sum();
    assertThat(training + validation).isEqualTo(5000);
    assertThat(validation).isBetween(900, 1100); // 5000 * 0.2, +- 3.5 standard deviations
  }

  @Test
  void everyEpochAndEveryShardHasAnOrderOfItsOwn() {
    int[] order = RowPartitioner.order(7, 0, 0, 50);
    assertThat(order.clone()).containsExactlyInAnyOrder(IntStream.range(0, 50).toArray());
    assertThat(RowPartitioner.order(7, 0, 0, 50)).isEqualTo(order);
    assertThat(RowPartitioner.order(7, 1, 0, 50)).isNotEqualTo(order);
    assertThat(RowPartitioner.order(7, 0, 1, 50)).isNotEqualTo(order);
    assertThat(RowPartitioner.order(8, 0, 0, 50)).isNotEqualTo(order);
  }

  @Test
  void repeatedRowsThatUnbalanceTheShardsAreSaid() {
    float[] features = new float[4000];
    for (int i = 0; i < 4000; i++) {
      features[i] = i / 240; // just below half of a shard
    }
    long[] rowsOfShards =
        new RowPartitioner(8, 0, 0)
            .partition(Block.ofFloats(4000, features, new float[4000], NONE)).stream()
                .mapToLong(shard -> shard.training().rows())
                .toArray();
    assertThat(RowPartitioner.imbalance(rowsOfShards))
        .hasValueSatisfying(
            sentence ->
                assertThat(sentence).contains("of 8 shards").contains("equal rows share a shard"));
    assertThat(RowPartitioner.imbalance(new long[] {500, 520, 480, 510})).isEmpty();
  }

  @Test
  void rowsThatAreEqualToVeryManyOthersAreSpreadOverAllShards() {
    float[] features = new float[4000];
    for (int i = 1200; i < 4000; i++) {
      features[i] = i;
    }
    Block rows = Block.ofFloats(4000, features, new float[4000], NONE);
    List<ShardData> parts = new RowPartitioner(8, 0, 0).partition(rows);
    for (ShardData part : parts) {
      assertThat(part.training().rows()).isBetween(430, 570);
      assertThat(EqualRows.mostCopies(part.training())).isEqualTo(150);
    }
    assertThat(parts.stream().mapToInt(part -> part.training().rows()).sum()).isEqualTo(4000);
    List<ShardData> halves = new RowPartitioner(8, 0, 0).partition(rows, rows);
    for (int shard = 0; shard < 8; shard++) {
      assertThat(halves.get(shard).training()).isEqualTo(parts.get(shard).training());
      assertThat(halves.get(shard).validation()).isEqualTo(parts.get(shard).training());
    }
  }

  @Test
  void rowsWithFewerCopiesStayInTheShardOfTheirHash() {
    float[] features = new float[4000];
    for (int i = 0; i < 4000; i++) {
      features[i] = Math.max(i, 249); // 250 copies: half of what a shard has
    }
    RowPartitioner partitioner = new RowPartitioner(8, 0, 0);
    Block rows = Block.ofFloats(4000, features, new float[4000], NONE);
    List<ShardData> byHash =
        partitioner.split(rows).stream()
            .map(piece -> partitioner.assemble(List.of(piece), RowMemory.HEAP))
            .toList();
    assertThat(partitioner.partition(rows)).isEqualTo(byHash);
  }

  @Test
  void impossiblePartitionsAreRejected() {
    assertThatThrownBy(() -> new RowPartitioner(0, 0, 0))
        .hasMessage("there must be at least one shard, not 0");
    assertThatThrownBy(() -> new RowPartitioner(1, 0, 1))
        .hasMessage("the validation fraction must be at least 0 and below 1, was 1.0");
  }

  /** Rows with some repetition, so that equal rows meet too. */
  private static Block rows(int count) {
    float[] features = new float[2 * count];
    float[] labels = new float[count];
    for (int i = 0; i < count; i++) {
      features[2 * i] = i % 150 * 0.5f;
      features[2 * i + 1] = -i % 7;
      labels[i] = i % 3;
    }
    return Block.ofFloats(count, features, labels, NONE);
  }
}
