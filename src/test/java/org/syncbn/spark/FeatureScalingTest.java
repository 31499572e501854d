package org.syncbn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.syncbn.spark.files.DataException;
import org.syncbn.sums.ColumnSums;
import org.syncbn.sums.Moments;
import org.syncbn.sums.Quartiles;

class FeatureScalingTest {

  private static Moments moments(double... values) {
    ColumnSums sums = new ColumnSums();
    sums.add(values, 0, values.length);
    return sums.moments();
  }

  private static FeatureScaling batchNorm(double eps, double... values) {
    return FeatureScaling.batchNorm(List.of("x"), List.of(moments(values)), eps);
  }

  private static FeatureScaling minMax(double lower, double upper, double... values) {
    return FeatureScaling.minMax(List.of("x"), List.of(moments(values)), lower, upper);
  }

  @Test
  void batchNormSubtractsTheMeanAndDividesByTheRootOfVarianceAndEps() {
    FeatureScaling scaling = batchNorm(0.25, 1, 2, 4);
    assertThat(scaling.center(0)).isEqualTo(7.0 / 3);
    assertThat(scaling.divisor(0)).isEqualTo(Math.sqrt(14.0 / 9 + 0.25));
    assertThat(scaling.apply(0, 5)).isEqualTo((5 - 7.0 / 3) / Math.sqrt(14.0 / 9 + 0.25));
    assertThat(scaling.normalizedMean(0)).isZero();
  }

  @Test
  void aConstantBecomesZeroWithAndWithoutEps() {
    assertThat(batchNorm(1e-5, 0.1, 0.1, 0.1).apply(0, 0.1)).isZero();
    assertThat(batchNorm(0, 0.1, 0.1, 0.1).apply(0, 0.1)).isZero();
    assertThat(minMax(-1, 2, 0.1, 0.1, 0.1).apply(0, 0.1)).isEqualTo(-1);
  }

  @Test
  void variancesBeyondDoublesAreDividedByTheExactStandardDeviation() {
    assertThat(moments(1e300, -1e300).populationVariance()).isInfinite();
    assertThat(batchNorm(1e-5, 1e300, -1e300).apply(0, 1e300)).isEqualTo(1);
    assertThat(moments(1e-300, -1e-300).populationVariance()).isZero();
    assertThat(batchNorm(0, 1e-300, -1e-300).apply(0, 1e-300)).isEqualTo(1);
    assertThat(batchNorm(1e-6, 1e-300, -1e-300).divisor(0)).isEqualTo(1e-3);
  }

  @Test
  void differencesBeyondDoublesDoNotOverflow() {
    double max = Double.MAX_VALUE;
    assertThat(batchNorm(1e-5, max, -max).apply(0, max)).isEqualTo(1);
    assertThat(minMax(0, 1, max, -max).apply(0, max)).isEqualTo(1);
    assertThat(minMax(0, 1, max, -max).apply(0, -max)).isZero();
    assertThat(minMax(0, 1, max, -max).apply(0, 0)).isEqualTo(0.5);
  }

  @Property
  void minMaxMeetsTheEndsExactlyAndStaysBetweenThem(
      @ForAll @Size(min = 2, max = 20) double[] values,
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double end,
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double otherEnd) {
    double lower = Math.min(end, otherEnd);
    double upper = Math.max(end, otherEnd);
    Moments moments = moments(values);
    if (lower == upper || moments.min() == moments.max()) {
      return;
    }
    FeatureScaling scaling = minMax(lower, upper, values);
    assertThat(scaling.apply(0, moments.min())).isEqualTo(lower);
    assertThat(scaling.apply(0, moments.max())).isEqualTo(upper);
    for (double value : values) {
      assertThat(scaling.apply(0, value)).isBetween(lower, upper);
    }
    assertThat(scaling.apply(0, Double.MAX_VALUE)).isEqualTo(upper);
    assertThat(scaling.apply(0, -Double.MAX_VALUE)).isEqualTo(lower);
  }

  @Test
  void aFeatureWithoutValuesIsRejected() {
    assertThatThrownBy(() -> batchNorm(1e-5, Double.NaN))
        .isInstanceOf(DataException.class)
        .hasMessage("All values of 'x' are missing; exclude the column.");
    assertThatThrownBy(() -> minMax(0, 1)).isInstanceOf(DataException.class);
  }

  @Test
  void wrongOptionsAreRejected() {
    assertThatThrownBy(() -> batchNorm(-1e-5, 1, 2)).hasMessageContaining("was -1.0E-5");
    assertThatThrownBy(() -> batchNorm(Double.NaN, 1, 2)).hasMessageContaining("was NaN");
    assertThatThrownBy(() -> minMax(1, 1, 1, 2)).hasMessageContaining("was 1.0 to 1.0");
    assertThatThrownBy(() -> minMax(-1e308, 1e308, 1, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void maxAbsDividesByTheLargestAbsoluteValue() {
    FeatureScaling scaling = FeatureScaling.maxAbs(List.of("x"), List.of(moments(-8, 2)));
    assertThat(scaling.apply(0, -8)).isEqualTo(-1);
    assertThat(scaling.apply(0, 2)).isEqualTo(0.25);
    assertThat(scaling.keepsZero(0)).isTrue();
    FeatureScaling zeros = FeatureScaling.maxAbs(List.of("x"), List.of(moments(0, 0)));
    assertThat(zeros.apply(0, 0)).isZero();
    assertThat(zeros.isSpreadless(0)).isTrue();
  }

  @Test
  void unitVarianceDividesByTheStandardDeviationWithoutCentring() {
    FeatureScaling scaling = FeatureScaling.unitVariance(List.of("x"), List.of(moments(10, 14)), 0);
    assertThat(scaling.apply(0, 10)).isEqualTo(5);
    assertThat(scaling.keepsZero(0)).isTrue();
    FeatureScaling constant = FeatureScaling.unitVariance(List.of("x"), List.of(moments(7, 7)), 0);
    assertThat(constant.apply(0, 7)).isZero();
    assertThat(constant.inverse().apply(0, 0)).isEqualTo(7);
  }

  @Test
  void robustSubtractsTheMedianAndDividesByTheQuartileRange() {
    FeatureScaling scaling =
        FeatureScaling.robust(
            List.of("x", "y"),
            List.of(moments(1, 100), moments(-Double.MAX_VALUE, Double.MAX_VALUE)),
            List.of(new Quartiles(2, 3, 6), new Quartiles(-Double.MAX_VALUE, 0, Double.MAX_VALUE)));
    assertThat(scaling.apply(0, 5)).isEqualTo((5 - 3) / 4.0);
    assertThat(scaling.keepsZero(0)).isFalse();
    assertThat(scaling.apply(1, Double.MAX_VALUE)).isEqualTo(0.5);
  }

  @Test
  void whatHasNoSpreadCanStayAsItIs() {
    FeatureScaling scaling = minMax(-1, 1, 7, 7);
    assertThat(scaling.isSpreadless(0)).isTrue();
    assertThat(scaling.keepingSpreadless().apply(0, 7)).isEqualTo(7);
    assertThat(scaling.keepingSpreadless().inverse().apply(0, 7)).isEqualTo(7);
    assertThat(minMax(-1, 1, 7, 8).keepingSpreadless().apply(0, 8)).isEqualTo(1);
    assertThat(FeatureScaling.identity(2).apply(1, 1e300)).isEqualTo(1e300);
  }

  @Property
  void theInverseTakesValuesBackWithinAFewUnits(
      @ForAll @Size(min = 2, max = 20) double[] any,
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double lower) {
    double[] values = Arrays.stream(any).map(x -> x / 4).toArray();
    Moments moments = moments(values);
    List<String> names = List.of("x");
    List<Moments> list = List.of(moments);
    Quartiles quartiles = new Quartiles(moments.min(), moments.mean(), moments.max());
    double spread = Math.max(Math.abs(moments.min()), Math.abs(moments.max()));
    for (FeatureScaling scaling :
        List.of(
            FeatureScaling.batchNorm(names, list, 0),
            FeatureScaling.unitVariance(names, list, 0),
            FeatureScaling.maxAbs(names, list),
            FeatureScaling.minMax(names, list, 0, 1),
            FeatureScaling.robust(names, list, List.of(quartiles)))) {
      for (double value : values) {
        double back = scaling.inverse().apply(0, scaling.apply(0, value));
        // |x - center| is at most twice the largest absolute value.
        assertThat(Math.abs(back / 4 - value / 4))
            .isLessThanOrEqualTo(11 * 0x1p-53 * (spread / 4) + Double.MIN_VALUE);
      }
    }
    FeatureScaling constant = minMax(lower, lower + 1, 3.25, 3.25);
    assertThat(constant.inverse().apply(0, constant.apply(0, 3.25))).isEqualTo(3.25);
  }
}
