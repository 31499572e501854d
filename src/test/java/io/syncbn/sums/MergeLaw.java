package io.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Tuple;

/**
 * The law that whatever is merged must obey: any order, grouping, skew, empty shards and shape of
 * the merge tree give the same bytes. Usable for every mergeable thing over doubles.
 *
 * @param <S> the partial result
 * @param empty the partial result of nothing
 * @param add adds a value to a partial result; null stands for a missing one
 * @param merge joins two partial results; may change and return the first
 * @param bytes the content, equal when the results are
 */
public record MergeLaw<S>(
    Supplier<S> empty,
    BiConsumer<S, Double> add,
    BinaryOperator<S> merge,
    Function<S, byte[]> bytes) {

  /**
   * Fails unless {@code values}, split and merged at random, give the bytes of one straight run.
   */
  public void holdsFor(List<Double> values, long seed) {
    Random random = new Random(seed);
    List<Double> shuffled = new ArrayList<>(values);
    Collections.shuffle(shuffled, random);
    assertThat(bytes.apply(merged(shards(shuffled, random), random)))
        .isEqualTo(bytes.apply(sumOf(values)));
  }

  /**
   * Values that break sums which round: random bit patterns, extremes, subnormals, both zeros,
   * neighbours that cancel, and ordinary numbers; some missing, some not finite.
   */
  public static Arbitrary<List<Double>> values() {
    return Arbitraries.frequencyOf(
            Tuple.of(4, finite()),
            Tuple.of(
                1,
                Arbitraries.of(
                    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, null)))
        .list()
        .ofMaxSize(60);
  }

  /** The finite ones among {@link #values()}. */
  public static Arbitrary<Double> finite() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(Double::longBitsToDouble).filter(Double::isFinite),
        Arbitraries.longs().between(-9, 9).map(Double::longBitsToDouble).filter(Double::isFinite),
        Arbitraries.longs().between(1, (1L << 52) - 1).map(Double::longBitsToDouble),
        Arbitraries.of(
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.1,
            1e16,
            -1e16,
            Double.MIN_VALUE,
            -Double.MIN_VALUE,
            Double.MIN_NORMAL,
            -Double.MIN_NORMAL,
            Double.MAX_VALUE,
            -Double.MAX_VALUE),
        Arbitraries.integers().between(-1000, 1000).map(i -> 1e9 + i / 7.0));
  }

  private S sumOf(List<Double> values) {
    S sum = empty.get();
    values.forEach(value -> add.accept(sum, value));
    return sum;
  }

  /** Contiguous shards at random cuts: most far apart, some equal, and empty ones at both ends. */
  private List<S> shards(List<Double> values, Random random) {
    int[] cuts =
        IntStream.concat(
                IntStream.of(0, 0, values.size(), values.size()),
                random.ints(random.nextInt(12), 0, values.size() + 1))
            .sorted()
            .toArray();
    List<S> shards = new ArrayList<>();
    for (int i = 1; i < cuts.length; i++) {
      shards.add(sumOf(values.subList(cuts[i - 1], cuts[i])));
    }
    return shards;
  }

  /** Joins any two, in either direction, until one is left: every shape of tree occurs. */
  private S merged(List<S> shards, Random random) {
    while (shards.size() > 1) {
      S right = shards.remove(random.nextInt(shards.size()));
      int left = random.nextInt(shards.size());
      shards.set(left, merge.apply(shards.get(left), right));
    }
    return shards.get(0);
  }
}
