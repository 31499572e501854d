package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightedSumsTest {

  /** A weight that depends on the value alone, of another magnitude than the value. */
  private static double weightOf(double value) {
    double weight = Math.abs(Math.cbrt(value)) / 3;
    return Double.isFinite(weight) ? weight : 0.1;
  }

  private static void add(ColumnSums sums, Double value) {
    if (value == null) {
      sums.addNull(0.7);
    } else {
      sums.add(value, weightOf(value));
    }
  }

  @Provide
  Arbitrary<List<Double>> values() {
    return MergeLaw.values();
  }

  @Property(tries = 300, seed = "1")
  void anyGroupingOrderAndTreeGivesTheSameBytes(
      @ForAll("values") List<Double> values, @ForAll long seed) {
    new MergeLaw<>(
            ColumnSums::weighted,
            WeightedSumsTest::add,
            (left, right) -> {
              ColumnSums arrived = ColumnSums.fromBytes(left.toBytes());
              arrived.merge(right);
              return arrived;
            },
            ColumnSums::toBytes)
        .holdsFor(values, seed);
  }

  @Property(tries = 200, seed = "2")
  void groupsObeyTheLawOfTheirTables(@ForAll("values") List<Double> values, @ForAll long seed) {
    new MergeLaw<>(
            () -> new GroupSums(1, true),
            (sums, value) -> add(sums.group(groupOf(value)).column(0), value),
            (left, right) -> GroupSums.fromBytes(left.toBytes()).merge(right),
            GroupSums::toBytes)
        .holdsFor(values, seed);
  }

  private static Group groupOf(Double value) {
    if (value == null) {
      return Group.of(Arrays.asList(null, "null"));
    }
    return Group.of(List.of("ü" + Math.getExponent(value) % 3, value > 0 ? "" : "minus"));
  }

  static Stream<Arguments> distributions() {
    Random random = new Random(20261128);
    DoubleSupplier bits = () -> Double.longBitsToDouble(random.nextLong());
    DoubleSupplier positiveBits = () -> Math.abs(bits.getAsDouble());
    DoubleSupplier normal = random::nextGaussian;
    DoubleSupplier offset = () -> 1e9 + random.nextGaussian();
    DoubleSupplier subnormal = () -> random.nextInt(5) * Double.MIN_VALUE;
    DoubleSupplier largest = () -> random.nextBoolean() ? Double.MAX_VALUE : -Double.MAX_VALUE;
    return Stream.of(
        pair("N(0, 1)", normal, "uniform", random::nextDouble),
        pair("N(1e9, 1)", offset, "uniform", random::nextDouble),
        pair("N(1e9, 1)", offset, "counts", () -> random.nextInt(4)),
        pair("any bits", bits, "any bits", positiveBits),
        pair("N(0, 1)", normal, "subnormal", subnormal),
        pair("subnormal", subnormal, "subnormal", subnormal),
        pair("largest", largest, "largest", () -> Math.abs(largest.getAsDouble())));
  }

  private static Arguments pair(
      String valuesName, DoubleSupplier values, String weightsName, DoubleSupplier weights) {
    return Arguments.of(Named.of(valuesName, values), Named.of(weightsName, weights));
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void momentsEqualThoseOfDecimalArithmetic(DoubleSupplier values, DoubleSupplier weights) {
    ColumnSums sums = ColumnSums.weighted();
    BigDecimal v1 = BigDecimal.ZERO;
    BigDecimal v2 = BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    long count = 0;
    for (int i = 0; i < 500; i++) {
      double value = values.getAsDouble();
      double weight = weights.getAsDouble();
      if (!Double.isFinite(weight)) {
        continue;
      }
      sums.add(value, weight);
      if (Double.isFinite(value) && weight > 0) {
        count++;
        BigDecimal x = new BigDecimal(value);
        BigDecimal w = new BigDecimal(weight);
        v1 = v1.add(w);
        v2 = v2.add(w.multiply(w));
        sum = sum.add(w.multiply(x));
        squares = squares.add(w.multiply(x).multiply(x));
      }
    }
    MathContext digits = new MathContext(2500);
    BigDecimal spread = v1.multiply(squares).subtract(sum.multiply(sum));
    BigDecimal square = v1.multiply(v1);
    Moments moments = sums.moments();
    assertThat(moments.count()).isEqualTo(count);
    assertThat(moments.weight()).isEqualTo(v1.doubleValue());
    assertThat(moments.mean() + 0.0).isEqualTo(sum.divide(v1, digits).doubleValue() + 0.0);
    assertThat(moments.populationVariance()).isEqualTo(spread.divide(square, digits).doubleValue());
    assertThat(moments.reliabilityVariance())
        .isEqualTo(spread.divide(square.subtract(v2), digits).doubleValue());
    if (v1.compareTo(BigDecimal.ONE) > 0) {
      assertThat(moments.sampleVariance())
          .isEqualTo(spread.divide(square.subtract(v1), digits).doubleValue());
    } else {
      assertThat(moments.sampleVariance()).isNaN();
    }
    assertThat(moments.exactMeanMinus(moments.mean()) + 0.0)
        .isEqualTo(
            sum.divide(v1, digits).subtract(new BigDecimal(moments.mean())).doubleValue() + 0.0);
  }

  @Test
  void weightsOfOneGiveWhatNoWeightsGive() {
    ColumnSums weighted = ColumnSums.weighted();
    ColumnSums unweighted = new ColumnSums();
    double[] values = new Random(3).doubles(3000, -1e9, 1e12).toArray();
    for (double value : values) {
      weighted.add(value, 1);
    }
    unweighted.add(values, 0, values.length);
    assertSameMoments(weighted.moments(), unweighted.moments());
    ColumnSums block = ColumnSums.weighted();
    block.add(values, 0, values.length);
    assertThat(block.toBytes()).isEqualTo(weighted.toBytes());
  }

  @Test
  void aWeightOfThreeIsARowThreeTimes() {
    ColumnSums weighted = ColumnSums.weighted();
    ColumnSums repeated = new ColumnSums();
    for (double value : new double[] {1e9 + 1, 1e9 + 2.5, -7.1}) {
      weighted.add(value, 3);
      for (int i = 0; i < 3; i++) {
        repeated.add(value);
      }
    }
    assertThat(weighted.moments().count()).isEqualTo(3);
    assertThat(weighted.moments().weight()).isEqualTo(9);
    assertSameMoments(weighted.moments(), repeated.moments());
  }

  private static void assertSameMoments(Moments weighted, Moments unweighted) {
    assertThat(weighted.weight()).isEqualTo(unweighted.weight());
    assertThat(weighted.mean()).isEqualTo(unweighted.mean());
    assertThat(weighted.populationVariance()).isEqualTo(unweighted.populationVariance());
    assertThat(weighted.sampleVariance()).isEqualTo(unweighted.sampleVariance());
    assertThat(weighted.populationStandardDeviation())
        .isEqualTo(unweighted.populationStandardDeviation());
    assertThat(weighted.min()).isEqualTo(unweighted.min());
    assertThat(weighted.max()).isEqualTo(unweighted.max());
  }

  @Test
  void theUnitOfWeightsChangesTheVarianceOfFrequenciesAlone() {
    ColumnSums halves = ColumnSums.weighted();
    ColumnSums ones = ColumnSums.weighted();
    for (double value : new double[] {1, 2, 4}) {
      halves.add(value, 0.5);
      ones.add(value, 1);
    }
    assertThat(halves.moments().reliabilityVariance()).isEqualTo(7.0 / 3);
    assertThat(ones.moments().reliabilityVariance()).isEqualTo(7.0 / 3);
    assertThat(halves.moments().sampleVariance()).isEqualTo(14.0 / 9 * 1.5 / (1.5 - 1));
  }

  @Test
  void whatHasWeightZeroCountsForNothing() {
    ColumnSums sums = ColumnSums.weighted();
    sums.add(Double.NaN, 0);
    sums.add(1e300, 0);
    sums.add(5, -0.0);
    sums.addNull(0);
    assertThat(sums.toBytes()).isEqualTo(ColumnSums.weighted().toBytes());
    sums.add(Double.NaN, 0.5);
    sums.addNull(0.5);
    assertThat(sums.moments().nanCount()).isOne();
    assertThat(sums.moments().missing()).isEqualTo(2);
    assertThat(sums.moments().weight()).isZero();
    assertThat(sums.moments().mean()).isNaN();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, -1e-320, Double.NaN, Double.POSITIVE_INFINITY})
  void otherWeightsAreRejected(double weight) {
    assertThatThrownBy(() -> ColumnSums.weighted().add(1, weight))
        .hasMessage("A weight must be finite and at least 0, was " + weight + ".");
  }

  @Test
  void weightedSumsAndOthersStayApart() {
    assertThatThrownBy(() -> new ColumnSums().add(1, 1)).hasMessageContaining("are unweighted");
    assertThatThrownBy(() -> new TableSums(1).merge(TableSums.weighted(1)))
        .hasMessage("Weighted sums cannot be merged with sums without weights.");
    assertThat(TableSums.weighted(2).empty().isWeighted()).isTrue();
    assertThat(TableSums.fromBytes(TableSums.weighted(2).toBytes()).isWeighted()).isTrue();
  }

  @Test
  void theTotalOfGroupsIsThatOfTheirRows() {
    GroupSums sums = new GroupSums(1, false);
    TableSums together = new TableSums(1);
    for (double value : new double[] {1, 2, -3.5}) {
      sums.group(groupOf(value)).column(0).add(value);
      together.column(0).add(value);
    }
    assertThat(sums.groups()).hasSize(3);
    assertThat(sums.total().toBytes()).isEqualTo(together.toBytes());
    assertThat(GroupSums.of(together).total().toBytes()).isEqualTo(together.toBytes());
  }

  @Test
  void aGroupIsWrittenForPeople() {
    Group group = Group.of(Arrays.asList("a b", null));
    assertThat(group).hasToString("'a b', null").isGreaterThan(Group.of(Arrays.asList(null, "z")));
    assertThat(Group.of(List.of("null"))).isNotEqualTo(Group.of(Arrays.asList((String) null)));
  }
}
