package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializerTest {

  private static final int SIZE = 100_000;
  private static final CounterRandom RANDOM = CounterRandom.of(2);

  @Test
  void constantsAreConstant() {
    assertThat(Initializer.zeros().values(3, 1, 1, RANDOM)).containsExactly(0, 0, 0);
    assertThat(Initializer.ones().values(2, 1, 1, RANDOM)).containsExactly(1, 1);
    Tensor tensor = Tensor.zeros(2, 2);
    Initializer.constant(7).fill(tensor, 2, 2, RANDOM);
    assertThat(tensor.toArray()).containsOnly(7);
  }

  @ParameterizedTest
  @CsvSource({
    "glorotUniform, 2 / (in + out), 0.0066666667",
    "glorotNormal, 2 / (in + out), 0.0066666667",
    "heUniform, 2 / in, 0.02",
    "heNormal, 2 / in, 0.02",
    "lecunUniform, 1 / in, 0.01",
    "lecunNormal, 1 / in, 0.01",
    "fanInUniform, 1 / (3 in), 0.0033333333"
  })
  void scaledVariancesAreThoseOfThePapers(String name, String formula, double variance) {
    Initializer initializer =
        switch (name) {
          case "glorotUniform" -> Initializer.glorotUniform();
          case "glorotNormal" -> Initializer.glorotNormal();
          case "heUniform" -> Initializer.heUniform();
          case "heNormal" -> Initializer.heNormal();
          case "lecunUniform" -> Initializer.lecunUniform();
          case "lecunNormal" -> Initializer.lecunNormal();
          default -> Initializer.fanInUniform();
        };
    float[] values = initializer.values(SIZE, 100, 200, RANDOM);
    assertThat(moment(values, 1)).isCloseTo(0, within(5 * Math.sqrt(variance / SIZE)));
    assertThat(moment(values, 2)).as(formula).isCloseTo(variance, within(0.02 * variance));
    double bound = Math.sqrt(variance) * (name.endsWith("Uniform") ? Math.sqrt(3) : 2 / 0.8796);
    for (float value : values) {
      assertThat(Math.abs(value)).isLessThanOrEqualTo((float) bound);
    }
  }

  @Test
  void theOtherFormsOfVarianceScaling() {
    Initializer out =
        new Initializer.VarianceScaling(1, Initializer.Fan.OUT, Initializer.Distribution.NORMAL);
    assertThat(moment(out.values(SIZE, 100, 200, RANDOM), 2)).isCloseTo(1 / 200.0, within(1e-4));
    assertThat(moment(Initializer.normal(3, 0.5).values(SIZE, 1, 1, RANDOM), 1))
        .isCloseTo(3, within(0.01));
    assertThat(Initializer.truncatedNormal(1, 0.5).values(SIZE, 1, 1, RANDOM))
        .satisfies(
            values -> {
              for (float value : values) {
                assertThat(value).isBetween(0f, 2f);
              }
            });
  }

  @ParameterizedTest
  @CsvSource({"20, 7", "7, 20", "9, 9", "1, 4"})
  void orthogonalMatricesAreOrthogonal(int rows, int columns) {
    float[] q = Initializer.orthogonal(2).values(rows * columns, rows, columns, RANDOM);
    boolean tall = columns <= rows;
    int count = Math.min(rows, columns);
    for (int a = 0; a < count; a++) {
      for (int b = 0; b < count; b++) {
        double dot = 0;
        for (int i = 0; i < Math.max(rows, columns); i++) {
          dot +=
              tall
                  ? (double) q[i * columns + a] * q[i * columns + b]
                  : (double) q[a * columns + i] * q[b * columns + i];
        }
        assertThat(dot).isCloseTo(a == b ? 4 : 0, within(1e-5));
      }
    }
  }

  @Test
  void valuesAreAFunctionOfTheStreamAndTheIndex() {
    Initializer initializer = Initializer.heNormal();
    float[] few = initializer.values(10, 5, 5, RANDOM);
    float[] many = initializer.values(20, 5, 5, RANDOM);
    assertThat(IntStream.range(0, 10)).allMatch(i -> few[i] == many[i]);
    assertThat(initializer.values(10, 5, 5, RANDOM.fork(1))).isNotEqualTo(few);
  }

  @Test
  void whatCannotBeDrawnIsRejected() {
    assertThatThrownBy(() -> Initializer.uniform(1, 0))
        .hasMessage("uniform in [1.0, 0.0) is empty");
    assertThatThrownBy(() -> Initializer.normal(0, -1))
        .hasMessage("a standard deviation must be at least 0, was -1.0");
    assertThatThrownBy(() -> Initializer.orthogonal(1).values(10, 3, 3, RANDOM))
        .hasMessage("10 values are not a matrix with 3 rows");
  }

  private static double moment(float[] values, int power) {
    return IntStream.range(0, values.length)
        .mapToDouble(i -> Math.pow(values[i], power))
        .average()
        .orElseThrow();
  }
}
