package org.syncbn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ScaleTest {

  @Test
  void ticksAreOneTwoOrFiveTimesAPowerOfTen() {
    assertThat(labels(Axis.Kind.LINEAR, 0.31, 0.92))
        .containsExactly("0.2", "0.4", "0.6", "0.8", "1");
    assertThat(labels(Axis.Kind.LINEAR, -3, 17)).containsExactly("-5", "0", "5", "10", "15", "20");
    assertThat(labels(Axis.Kind.LINEAR, 0, 0.0035))
        .containsExactly("0", "0.001", "0.002", "0.003", "0.004");
  }

  @Test
  void aLogarithmicScaleMarksDecadesAndWithinFewOfThemAlsoTwoAndFive() {
    assertThat(labels(Axis.Kind.LOGARITHMIC, 0.002, 900)).containsExactly("0.01", "1", "100");
    assertThat(labels(Axis.Kind.LOGARITHMIC, 1, 10)).containsExactly("1", "2", "5", "10");
  }

  private static String[] labels(Axis.Kind kind, double... values) {
    return Scale.rounded(kind, DoubleStream.of(values), 250, 26).ticks().stream()
        .map(Scale::label)
        .toArray(String[]::new);
  }

  @Test
  void theEndsOfAnExactScaleAreTheExtremes() {
    Scale scale = Scale.exact(Axis.Kind.LOGARITHMIC, DoubleStream.of(1, 100, 10_000), 40, 440);
    assertThat(scale.at(1)).isEqualTo(40);
    assertThat(scale.at(100)).isCloseTo(240, within(1e-9));
    assertThat(scale.at(10_000)).isEqualTo(440);
  }

  @Test
  void valuesThatCannotBeDrawnHaveNoSay() {
    Scale scale =
        Scale.exact(
            Axis.Kind.LOGARITHMIC,
            DoubleStream.of(-1, 0, Double.NaN, Double.POSITIVE_INFINITY, 1, 10),
            0,
            100);
    assertThat(scale.at(1)).isZero();
    assertThat(scale.at(10)).isEqualTo(100);
    assertThat(scale.holds(0)).isFalse();
    assertThat(scale.holds(Double.NaN)).isFalse();
    assertThat(scale.holds(10)).isTrue();
  }

  @Test
  void oneValueIsInTheMiddleAndNoneLeavesAnEmptyScale() {
    assertThat(Scale.exact(Axis.Kind.LINEAR, DoubleStream.of(-4), 0, 100).at(-4)).isEqualTo(50);
    assertThat(Scale.exact(Axis.Kind.LINEAR, DoubleStream.empty(), 0, 100).ticks())
        .startsWith(0.0)
        .endsWith(1.0);
  }
}
