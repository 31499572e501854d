package org.syncbn.sums;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnSumsTest {

  @Test
  void nothingHasNoMoments() {
    Moments moments = new ColumnSums().moments();
    assertThat(moments.count()).isZero();
    assertThat(moments.missing()).isZero();
    assertThat(moments.mean()).isNaN();
    assertThat(moments.populationVariance()).isNaN();
    assertThat(moments.sampleVariance()).isNaN();
    assertThat(moments.populationStandardDeviation()).isNaN();
    assertThat(moments.sampleStandardDeviation()).isNaN();
    assertThat(moments.min()).isNaN();
    assertThat(moments.max()).isNaN();
    assertThat(moments.exactMeanMinus(1)).isNaN();
  }

  @Test
  void oneValueIsItsMeanAndHasNoSampleVariance() {
    Moments moments = sumsOf(0.1).moments();
    assertThat(moments.count()).isOne();
    assertThat(moments.mean()).isEqualTo(0.1);
    assertThat(moments.populationVariance()).isZero();
    assertThat(moments.sampleVariance()).isNaN();
    assertThat(moments.populationStandardDeviation()).isZero();
    assertThat(moments.sampleStandardDeviation()).isNaN();
    assertThat(moments.min()).isEqualTo(0.1);
    assertThat(moments.max()).isEqualTo(0.1);
  }

  @Test
  void mergeIsTheSumsOfBothAndLeavesTheOtherAlone() {
    ColumnSums left = sumsOf(1, 2);
    ColumnSums right = sumsOf(-3, Double.NaN);
    byte[] before = right.toBytes();
    left.merge(right);
    assertThat(left.toBytes()).isEqualTo(sumsOf(1, 2, -3, Double.NaN).toBytes());
    assertThat(right.toBytes()).isEqualTo(before);
  }

  @Test
  void mergeOfItselfDoubles() {
    ColumnSums sums = sumsOf(1, 2.5, -1e300);
    sums.merge(sums);
    assertThat(sums.toBytes()).isEqualTo(sumsOf(1, 2.5, -1e300, 1, 2.5, -1e300).toBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 100})
  void whatIsNotFiniteIsCountedApart(int copies) {
    double[] each = {
      Double.NaN, 3, Double.POSITIVE_INFINITY, 4, Double.NEGATIVE_INFINITY, Double.NaN, 5
    };
    double[] values =
        Stream.generate(() -> each).limit(copies).flatMapToDouble(Arrays::stream).toArray();
    ColumnSums sums = sumsOf(values);
    sums.addNulls(7);
    Moments moments = sums.moments();
    assertThat(moments.count()).isEqualTo(3 * copies);
    assertThat(moments.nanCount()).isEqualTo(2 * copies);
    assertThat(moments.positiveInfinityCount()).isEqualTo(copies);
    assertThat(moments.negativeInfinityCount()).isEqualTo(copies);
    assertThat(moments.nullCount()).isEqualTo(7);
    assertThat(moments.missing()).isEqualTo(4 * copies + 7);
    assertThat(moments.mean()).isEqualTo(4);
    assertThat(moments.populationVariance()).isEqualTo(2.0 / 3);
    assertThat(moments.min()).isEqualTo(3);
    assertThat(moments.max()).isEqualTo(5);
  }

  @Test
  void everyKindOfNanIsCounted() {
    assertThat(sumsOf(Double.longBitsToDouble(0xFFF0_0000_0000_0001L)).moments().nanCount())
        .isOne();
  }

  @Test
  void aColumnOfMissingValuesAloneHasNoMean() {
    double[] values = new double[1000];
    Arrays.fill(values, Double.NaN);
    Moments moments = sumsOf(values).moments();
    assertThat(moments.nanCount()).isEqualTo(1000);
    assertThat(moments.mean()).isNaN();
  }

  @Test
  void bothZerosAreTheSameValue() {
    assertThat(sumsOf(-0.0).toBytes()).isEqualTo(sumsOf(0.0).toBytes());
    double[] zeros = new double[100];
    double[] negative = zeros.clone();
    Arrays.fill(negative, -0.0);
    assertThat(sumsOf(negative).toBytes()).isEqualTo(sumsOf(zeros).toBytes());
    assertThat(sumsOf(negative).moments().min()).isEqualTo(Double.valueOf(0.0));
    assertThat(sumsOf(negative).moments().mean()).isEqualTo(Double.valueOf(0.0));
  }

  @Test
  void aLargeOffsetCancelsNothing() {
    double[] values = {1e15 + 1, 1e15 + 2, 1e15 + 4};
    Moments moments = sumsOf(values).moments();
    assertThat(moments.populationVariance()).isEqualTo(14.0 / 9);
    assertThat(moments.sampleVariance()).isEqualTo(7.0 / 3);
  }

  static Stream<Named<DoubleSupplier>> distributions() {
    Random random = new Random(20261121);
    return Stream.of(
        Named.of("any bit pattern", () -> Double.longBitsToDouble(random.nextLong())),
        Named.of("N(0, 1)", random::nextGaussian),
        Named.of("N(1e9, 1)", () -> 1e9 + random.nextGaussian()),
        Named.of("lognormal", () -> Math.exp(5 * random.nextGaussian())),
        Named.of("subnormals", () -> random.nextGaussian() * 1e-310),
        Named.of("the border of the subnormals", () -> random.nextGaussian() * Double.MIN_NORMAL),
        Named.of("the largest", () -> random.nextBoolean() ? Double.MAX_VALUE : -Double.MAX_VALUE),
        Named.of("the longest significand", () -> Math.nextDown(2.0)),
        Named.of("1 and -1", () -> random.nextBoolean() ? 1.0 : -1.0),
        Named.of("mostly zero", () -> random.nextInt(10) == 0 ? random.nextDouble() : -0.0),
        Named.of("float", () -> (float) random.nextGaussian()),
        Named.of("a hole of exponents", () -> random.nextBoolean() ? 1e-300 : 1e300));
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void momentsEqualThoseOfDecimalArithmetic(DoubleSupplier distribution) {
    double[] values = DoubleStream.generate(distribution).limit(5001).toArray();
    double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
    BigDecimal n = BigDecimal.valueOf(finite.length);
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (double value : finite) {
      BigDecimal exact = new BigDecimal(value);
      sum = sum.add(exact);
      squares = squares.add(exact.multiply(exact));
    }
    // Enough digits that the nearest double of the quotient is that of the exact value.
    MathContext digits = new MathContext(2500);
    BigDecimal spread = n.multiply(squares).subtract(sum.multiply(sum));
    BigDecimal variance = spread.divide(n.multiply(n), digits);
    Moments moments = sumsOf(values).moments();
    assertThat(moments.count()).isEqualTo(finite.length);
    assertThat(moments.mean() + 0.0).isEqualTo(sum.divide(n, digits).doubleValue() + 0.0);
    assertThat(moments.populationVariance()).isEqualTo(variance.doubleValue());
    assertThat(moments.sampleVariance())
        .isEqualTo(spread.divide(n.multiply(n.subtract(BigDecimal.ONE)), digits).doubleValue());
    assertThat(moments.min()).isEqualTo(Arrays.stream(finite).min().getAsDouble() + 0.0);
    assertThat(moments.max()).isEqualTo(Arrays.stream(finite).max().getAsDouble() + 0.0);
    double rounded = moments.mean();
    assertThat(moments.exactMeanMinus(rounded) + 0.0)
        .isEqualTo(sum.divide(n, digits).subtract(new BigDecimal(rounded)).doubleValue() + 0.0);
  }

  @ParameterizedTest
  @MethodSource("distributions")
  void blocksOfEverySizeEqualValuesOneByOne(DoubleSupplier distribution) {
    double[] values = DoubleStream.generate(distribution).limit(4200).toArray();
    for (int length : new int[] {1, 15, 16, 17, 33, 2047, 2048, 2049, 2063, 2064, 2065, 4200}) {
      ColumnSums oneByOne = new ColumnSums();
      for (int i = 4200 - length; i < 4200; i++) {
        oneByOne.add(values[i]);
      }
      ColumnSums block = new ColumnSums();
      block.add(values, 4200 - length, 4200);
      assertThat(block.toBytes()).as("%d values", length).isEqualTo(oneByOne.toBytes());
    }
  }

  @Test
  void aFullBlockOfTheLongestFractionsOverflowsNothing() {
    double value = Math.nextDown(2.0);
    double[] values = new double[ExponentBins.BLOCK];
    Arrays.fill(values, value);
    ColumnSums sums = sumsOf(values);
    BigInteger significand = BigInteger.ONE.shiftLeft(53).subtract(BigInteger.ONE);
    BigInteger count = BigInteger.valueOf(values.length);
    // In units of 2^-1074 a double of [1, 2) is its significand times 2^(1074 - 52).
    assertThat(sums.sum.toBigInteger()).isEqualTo(significand.multiply(count).shiftLeft(1022));
    assertThat(sums.sumOfSquares.toBigInteger())
        .isEqualTo(significand.pow(2).multiply(count).shiftLeft(2044));
  }

  @Test
  void valuesOutsideTheRangeAreNotTouched() {
    double[] values = new double[100];
    Arrays.fill(values, Double.NaN);
    Arrays.fill(values, 20, 60, 2.0);
    ColumnSums sums = new ColumnSums();
    sums.add(values, 20, 60);
    assertThat(sums.moments().count()).isEqualTo(40);
    assertThat(sums.moments().missing()).isZero();
  }

  @Test
  void aRangeOutsideTheArrayIsRejectedAndAddsNothing() {
    ColumnSums sums = new ColumnSums();
    assertThatThrownBy(() -> sums.add(new double[30], 0, 31))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> sums.add(new double[30], 5, 4))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(sums.moments().count()).isZero();
  }

  @Test
  void aNegativeNumberOfNullsIsRejected() {
    assertThatThrownBy(() -> new ColumnSums().addNulls(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A number of nulls must be at least 0, was -1.");
  }

  @Test
  void theVarianceOverflowsToInfinityButTheStandardDeviationDoesNot() {
    Moments moments = sumsOf(1e300, -1e300).moments();
    assertThat(moments.populationVariance()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(moments.populationStandardDeviation()).isEqualTo(1e300);
    assertThat(moments.mean()).isZero();
  }

  @Test
  void theSampleStandardDeviationIsTheRootOfTheExactSampleVariance() {
    double large = 0x1p1000;
    Moments moments = sumsOf(large, 0, -large).moments();
    assertThat(moments.sampleVariance()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(moments.sampleStandardDeviation()).isEqualTo(large);
    assertThat(sumsOf(1, 2, 6).moments().sampleStandardDeviation()).isEqualTo(Math.sqrt(7));
  }

  @Test
  void theVarianceUnderflowsToZeroButTheStandardDeviationDoesNot() {
    Moments moments = sumsOf(1e-310, -1e-310).moments();
    assertThat(moments.populationVariance()).isZero();
    assertThat(moments.populationStandardDeviation()).isEqualTo(1e-310);
  }

  @Test
  void theMeanOfTheLargestDoublesIsTheLargestDouble() {
    double[] values = new double[3000];
    Arrays.fill(values, Double.MAX_VALUE);
    Moments moments = sumsOf(values).moments();
    assertThat(moments.mean()).isEqualTo(Double.MAX_VALUE);
    assertThat(moments.populationVariance()).isZero();
  }

  @Test
  void exactMeanMinusShowsWhatRoundingLeftOut() {
    // (1 + 1 + (1 + 2^-52)) / 3 rounds to 1 and leaves 2^-52 / 3.
    Moments moments = sumsOf(1, 1, Math.nextUp(1.0)).moments();
    assertThat(moments.mean()).isEqualTo(1);
    assertThat(moments.exactMeanMinus(1)).isEqualTo(0x1p-52 / 3);
    assertThat(moments.exactMeanMinus(Double.POSITIVE_INFINITY))
        .isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(moments.exactMeanMinus(Double.NaN)).isNaN();
  }

  @Test
  void momentsStayWhenTheSumsGrow() {
    ColumnSums sums = sumsOf(1, 2);
    Moments before = sums.moments();
    sums.add(1e300);
    assertThat(before.mean()).isEqualTo(1.5);
    assertThat(before.exactMeanMinus(1)).isEqualTo(0.5);
  }

  @Test
  void momentsPrintWhatTheyAre() {
    assertThat(sumsOf(1, 3, Double.NaN).moments())
        .hasToString(
            "Moments(count 2, missing 1, mean 2.0, populationVariance 1.0, min 1.0, max 3.0)");
  }

  private static ColumnSums sumsOf(double... values) {
    ColumnSums sums = new ColumnSums();
    sums.add(values, 0, values.length);
    return sums;
  }
}
