package org.syncbn.sums;

import static net.jqwik.api.RandomDistribution.uniform;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
   * Lists of values that break sums which round; one value in six is missing or not finite.
   *
   * <p>A list is of one family, for wildly mixed values are too weak: the largest swallows all the
   * others in any order. The families are ordinary numbers beside a large offset, numbers of many
   * magnitudes that cancel, and any bit patterns, subnormals and extremes among them.
   */
  public static Arbitrary<List<Double>> values() {
    Arbitrary<Double> fractions =
        Arbitraries.integers().between(-1000, 1000).withDistribution(uniform()).map(i -> i / 7.0);
    Arbitrary<Double> magnitudes =
        Arbitraries.integers()
            .between(0, 300)
            .withDistribution(uniform())
            .map(exponent -> Math.scalb(1 / 3.0, exponent));
    Arbitrary<Double> bitPatterns =
        Arbitraries.longs()
            .withDistribution(uniform())
            .map(Double::longBitsToDouble)
            .filter(Double::isFinite);
    Arbitrary<Double> subnormals =
        Arbitraries.longs()
            .between(0, (1L << 52) - 1)
            .withDistribution(uniform())
            .map(Double::longBitsToDouble);
    Arbitrary<Double> extremes =
        Arbitraries.of(
            0.0,
            -0.0,
            Double.MIN_VALUE,
            -Double.MIN_VALUE,
            Double.MIN_NORMAL,
            Double.MAX_VALUE,
            -Double.MAX_VALUE);
    return Arbitraries.frequencyOf(
            Tuple.of(2, someMissing(fractions.map(fraction -> 1e9 + fraction))),
            Tuple.of(4, someMissing(magnitudes).map(MergeLaw::withNegatives)),
            Tuple.of(2, someMissing(Arbitraries.oneOf(bitPatterns, subnormals, extremes))))
        .withoutEdgeCases();
  }

  private static Arbitrary<List<Double>> someMissing(Arbitrary<Double> values) {
    return Arbitraries.frequencyOf(
            Tuple.of(5, values),
            Tuple.of(
                1,
                Arbitraries.of(
                    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, null)))
        .list()
        .ofMaxSize(60)
        .withSizeDistribution(uniform());
  }

  private static List<Double> withNegatives(List<Double> values) {
    return Stream.concat(
            values.stream(), values.stream().filter(Objects::nonNull).map(value -> -value))
        .toList();
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
