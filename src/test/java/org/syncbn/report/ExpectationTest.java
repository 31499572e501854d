package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.syncbn.report.Expectation.Precision;
import org.syncbn.report.Expectation.Scale;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

class ExpectationTest {

  private static final double EPS = 1e-5;

  @Provide
  Arbitrary<double[]> columns() {
    Arbitrary<Double> offset = Arbitraries.of(0.0, 1e-300, 1.0, -3e6, 1e9, 1e15, 1e120);
    Arbitrary<Double> scale = Arbitraries.of(0.0, 1e-300, 1e-9, 1.0, 1e7, 1e140);
    Arbitrary<double[]> units =
        Arbitraries.doubles().between(-1, 1).array(double[].class).ofMinSize(1).ofMaxSize(60);
    return net.jqwik.api.Combinators.combine(offset, scale, units)
        .as((o, s, u) -> Arrays.stream(u).map(x -> o + s * x).toArray());
  }

  @Property(tries = 2000)
  void batchNormStaysWithinTheBound(@ForAll("columns") double[] values) {
    Moments input = moments(values);
    double divisor = Math.sqrt(input.populationVariance() + EPS);
    double[] output = map(values, x -> (x - input.mean()) / divisor);
    Expectation expected = Expectation.batchNorm(input, input, EPS, Precision.DOUBLE);
    assertThat(expected.deviations(moments(output))).isEmpty();
    double[] floats = map(output, x -> (float) x);
    Expectation inFloats = Expectation.batchNorm(input, input, EPS, Precision.FLOAT);
    assertThat(inFloats.deviations(moments(floats))).isEmpty();
  }

  @Property(tries = 2000)
  void minMaxStaysWithinTheBound(@ForAll("columns") double[] values) {
    Moments input = moments(values);
    double spread = input.max() - input.min();
    double[] output =
        map(
            values,
            x -> spread == 0 ? -1 : Math.min(3, (x - input.min()) / spread * (3 - -1) + -1));
    Expectation expected = Expectation.minMax(input, input, -1, 3, Precision.DOUBLE);
    assertThat(expected.deviations(moments(output))).isEmpty();
  }

  static Stream<Scale> scales(Moments moments) {
    double quarter = moments.min() / 2 + moments.max() / 2;
    return Stream.of(
        Scale.batchNorm(moments, EPS),
        Scale.unitVariance(moments, 0),
        Scale.maxAbs(moments),
        Scale.robust(new Quartiles(moments.min(), quarter, moments.max())),
        Scale.IDENTITY);
  }

  @Property(tries = 1000)
  void everyScaleStaysWithinTheBoundThereAndBack(@ForAll("columns") double[] values) {
    Moments input = moments(values);
    scales(input)
        .forEach(
            scale -> {
              double[] there =
                  map(
                      values,
                      x ->
                          scale.divisor() == 0
                              ? 0
                              : (x * scale.unit() - scale.center() * scale.unit())
                                  / scale.divisor());
              Moments normalized = moments(there);
              assertThat(
                      Expectation.of(input, input, scale, Precision.DOUBLE).deviations(normalized))
                  .isEmpty();
              double[] back =
                  map(there, y -> y * (scale.divisor() / scale.unit()) + scale.center());
              assertThat(
                      Expectation.restored(normalized, scale, 0, 1, Precision.DOUBLE)
                          .deviations(moments(back)))
                  .isEmpty();
            });
  }

  @Test
  void maxAbsStaysBetweenMinusOneAndOne() {
    Moments input = moments(-8, 2);
    Expectation expected = Expectation.maxAbs(input, input, Precision.DOUBLE);
    assertThat(expected.deviations(moments(-1, 0.25))).isEmpty();
    assertThat(expected.deviations(moments(-1.125, 0.375))).hasSize(2);
    Expectation beyond = Expectation.maxAbs(moments(-8, 16), moments(-8, 2), Precision.DOUBLE);
    assertThat(beyond.deviations(moments(-1, 2))).isEmpty();
  }

  @Property(tries = 500)
  void replacementsByTheMeanAreCountedIn(@ForAll("columns") double[] values) {
    ColumnSums sums = new ColumnSums();
    sums.add(values, 0, values.length);
    sums.addNulls(values.length / 2 + 1);
    Moments input = sums.moments();
    double divisor = Math.sqrt(input.populationVariance() + EPS);
    double[] output = map(values, x -> (x - input.mean()) / divisor);
    double[] filled = Arrays.copyOf(output, values.length + values.length / 2 + 1);
    Expectation expected =
        Expectation.batchNorm(input, input, EPS, Precision.DOUBLE).withMissingReplaced();
    assertThat(expected.deviations(moments(filled))).isEmpty();
    assertThat(expected.missing()).isZero();
  }

  @Test
  void theMeanAndVarianceAreTheDocumentedFormulas() {
    Moments input = moments(1e9, 1e9 + 1, 1e9 + 3);
    double variance = 14 / 9.0;
    double divisor = Math.sqrt(variance + EPS);
    Expectation expected = Expectation.batchNorm(input, input, EPS, Precision.DOUBLE);
    assertThat(expected.mean()).isEqualTo(input.exactMeanMinus(input.mean()) / divisor).isNotZero();
    assertThat(expected.populationVariance()).isCloseTo(variance / (variance + EPS), within(1e-15));
    assertThat(expected.meanBound()).isCloseTo(16 * 0x1p-53, within(1e-20));
    assertThat(expected.varianceBound()).isCloseTo(32 * 0x1p-53, within(1e-19));
  }

  @Test
  void aSlightlyWrongScaleShiftOrValueIsNoticed() {
    double[] values = IntStream.range(0, 1000).mapToDouble(i -> 1e6 + Math.sin(i)).toArray();
    Moments input = moments(values);
    double divisor = Math.sqrt(input.populationVariance() + EPS);
    Expectation expected = Expectation.batchNorm(input, input, EPS, Precision.DOUBLE);
    assertThat(deviation(expected, values, x -> (x - input.mean()) / divisor * (1 + 1e-14)))
        .contains("its variance is");
    assertThat(deviation(expected, values, x -> (x - input.mean() - 1e-8) / divisor))
        .contains("its mean is");
    assertThat(deviation(expected, values, x -> x == values[7] ? Double.NaN : 0))
        .contains("it has 999 values and 1 missing ones, not 1000 and 0");
    double unbiased = Math.sqrt(input.sampleVariance() + EPS);
    assertThat(deviation(expected, values, x -> (x - input.mean()) / unbiased))
        .contains("its variance is");
    assertThat(
            deviation(
                expected, values, x -> (x - input.mean()) / input.populationStandardDeviation()))
        .as("without eps")
        .contains("its variance is");
  }

  @Test
  void aVarianceBeyondDoublesDoesNotHideAWrongScale() {
    for (double[] values : new double[][] {{-1e200, 3e200, 0}, {-1e-200, 3e-200, 0}}) {
      Moments input = moments(values);
      Expectation expected = Expectation.batchNorm(input, input, 0, Precision.DOUBLE);
      double divisor = input.populationStandardDeviation();
      assertThat(deviation(expected, values, x -> (x - input.mean()) / divisor)).isEmpty();
      assertThat(deviation(expected, values, x -> (x - input.mean()) / divisor * (1 + 1e-14)))
          .contains("its variance is");
    }
  }

  @Test
  void missingValuesThatBecameAnotherNumberThanTheMeanAreNoticed() {
    ColumnSums sums = new ColumnSums();
    sums.add(new double[] {0, 2, 4, 10}, 0, 4); // mean 4
    sums.addNulls(1);
    Expectation expected =
        Expectation.minMax(sums.moments(), sums.moments(), -1, 1, Precision.DOUBLE)
            .withMissingReplaced();
    assertThat(expected.deviations(moments(-1, -0.6, -0.2, 1, -0.2))).isEmpty();
    assertThat(expected.deviations(moments(-1, -0.6, -0.2, 1, 0))).isNotEmpty();
  }

  @Test
  void minMaxChecksTheEndsAndTheRange() {
    double[] values = {2, 4, 10};
    Expectation expected =
        Expectation.minMax(moments(values), moments(values), 0, 1, Precision.DOUBLE);
    assertThat(deviation(expected, values, x -> (x - 2) / 8)).isEmpty();
    assertThat(deviation(expected, values, x -> (x - 2) / 8 * (1 - 0x1p-53)))
        .contains("its values go from 0.0 to");
    assertThat(deviation(expected, values, x -> (x - 2) / 8 * (1 + 0x1p-52)))
        .contains("are beyond 0.0 to 1.0");
    Moments narrower = moments(3, 5);
    Expectation clamped = Expectation.minMax(moments(values), narrower, 0, 1, Precision.DOUBLE);
    assertThat(clamped.mean()).isNaN();
    assertThat(deviation(clamped, values, x -> Math.min(1, Math.max(0, (x - 3) / 2)))).isEmpty();
    assertThat(deviation(clamped, values, x -> (x - 3) / 2)).contains("are beyond");
  }

  @Test
  void ofNothingNothingIsExpected() {
    ColumnSums nulls = new ColumnSums();
    nulls.addNulls(2);
    Expectation kept = Expectation.batchNorm(nulls.moments(), moments(3, 7), 0, Precision.DOUBLE);
    assertThat(kept.deviations(nulls.moments())).isEmpty();
    assertThat(kept.withMissingReplaced().deviations(moments(0, 0))).isEmpty();
    assertThat(kept.withMissingReplaced().deviations(moments(0, 1))).isNotEmpty();
  }

  private static String deviation(
      Expectation expected, double[] values, DoubleUnaryOperator normalization) {
    return String.join("; ", expected.deviations(moments(map(values, normalization))));
  }

  private static double[] map(double[] values, DoubleUnaryOperator function) {
    return Arrays.stream(values).map(function).toArray();
  }

  private static Moments moments(double... values) {
    ColumnSums sums = new ColumnSums();
    sums.add(values, 0, values.length);
    return sums.moments();
  }
}
