package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.tensor.Gemm.Operand;

class GemmTest {

  private static final CounterRandom RANDOM = CounterRandom.of(7).fork("gemm");

  static Stream<MatrixProduct> libraries() {
    return Stream.of(new OpenBlasProduct(), new NetlibProduct());
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void equalsSumsInDoubleForEveryFormOffsetAndStride(MatrixProduct library) {
    int m = 5;
    int n = 7;
    int k = 33;
    for (Operand aForm : Operand.values()) {
      for (Operand bForm : Operand.values()) {
        for (float beta : new float[] {0, 1}) {
          int aStride = (aForm == Operand.PLAIN ? k : m) + 2;
          int bStride = (bForm == Operand.PLAIN ? n : k) + 1;
          int cStride = n + 3;
          Tensor a = random(3 + 40 * 40);
          Tensor b = random(1 + 40 * 40);
          Tensor c = random(2 + 40 * 40);
          float[] before = c.toArray();
          library.multiply(
              aForm, bForm, m, n, k, a, 3, aStride, b, 1, bStride, beta, c, 2, cStride);
          for (int at = 0; at < c.size(); at++) {
            int row = (at - 2) / cStride;
            int column = (at - 2) % cStride;
            if (at < 2 || row >= m || column >= n) {
              assertThat(c.get(at)).as("outside of C").isEqualTo(before[at]);
              continue;
            }
            double sum = beta * before[at];
            for (int i = 0; i < k; i++) {
              double left =
                  a.get(3 + (aForm == Operand.PLAIN ? row * aStride + i : i * aStride + row));
              double right =
                  b.get(1 + (bForm == Operand.PLAIN ? i * bStride + column : column * bStride + i));
              sum += left * right;
            }
            assertThat((double) c.get(at)).isCloseTo(sum, within(1e-5));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void overwritesEvenNaNWhenBetaIsZero(MatrixProduct library) {
    int[][] shapes = {{1, 1, 1}, {1, 70, 40}, {70, 1, 40}, {7, 5, 0}, {6, 9, 3}, {130, 140, 300}};
    for (int[] shape : shapes) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      Tensor c = filled(m * n, Float.NaN);
      Tensor a = filled(m * k, 2);
      Tensor b = filled(n * k, 3);
      library.multiply(Operand.PLAIN, Operand.PLAIN, m, n, k, a, 0, k, b, 0, n, 0, c, 0, n);
      assertThat(c.toArray()).containsOnly(6 * k);
    }
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void passesOnNaNEvenTimesZero(MatrixProduct library) {
    int m = 9;
    int n = 6;
    int k = 40;
    Tensor a = filled(m * k, 1);
    a.set(3 * k + 7, Float.NaN);
    Tensor c = filled(m * n, 1);
    library.multiply(
        Operand.PLAIN, Operand.PLAIN, m, n, k, a, 0, k, filled(n * k, 0), 0, n, 0, c, 0, n);
    for (int i = 0; i < m * n; i++) {
      assertThat(c.get(i)).isEqualTo(Float.valueOf(i / n == 3 ? Float.NaN : 0));
    }
  }

  private static Tensor filled(int size, float value) {
    Tensor tensor = Tensor.zeros(size);
    tensor.fill(value);
    return tensor;
  }

  @Test
  void repeatsItsBits() {
    Tensor a = random(31 * 257);
    Tensor b = random(257 * 65);
    Tensor first = Tensor.zeros(31, 65);
    Tensor second = Tensor.zeros(31, 65);
    for (Tensor c : new Tensor[] {first, second}) {
      Gemm.multiply(Operand.PLAIN, Operand.PLAIN, 31, 65, 257, a, 0, 257, b, 0, 65, 0, c, 0, 65);
    }
    assertThat(second.toArray()).isEqualTo(first.toArray());
  }

  @Test
  void worksOnViewsOfRows() {
    Tensor whole = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor c = Tensor.zeros(2, 2);
    Tensor identity = Tensor.of(new float[] {1, 0, 0, 1}, 2, 2);
    Gemm.multiply(
        Operand.PLAIN, Operand.PLAIN, 2, 2, 2, whole.rows(1, 3), 0, 2, identity, 0, 2, 0, c, 0, 2);
    assertThat(c.toArray()).containsExactly(3, 4, 5, 6);
  }

  @Test
  void rejectsAMatrixThatExceedsItsTensor() {
    Tensor small = Tensor.zeros(3);
    Tensor large = Tensor.zeros(4);
    assertThatThrownBy(
            () ->
                Gemm.multiply(
                    Operand.PLAIN,
                    Operand.PLAIN,
                    2,
                    2,
                    2,
                    large,
                    0,
                    2,
                    small,
                    0,
                    2,
                    0,
                    large,
                    0,
                    2))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage(
            "matrix B of 2 rows, 2 columns, stride 2 at offset 0 does not lie inside Tensor[3]");
  }

  @Test
  void namesTheLibraryThatComputes() {
    assertThat(Gemm.description()).matches("(OpenBLAS [0-9.]+ \\w+)|(netlib \\w+)");
  }

  private static Tensor random(int size) {
    Tensor tensor = Tensor.zeros(size);
    for (int i = 0; i < size; i++) {
      tensor.set(i, (float) (RANDOM.uniform(i + 31L * size) - 0.5));
    }
    return tensor;
  }
}
