package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.syncbn.tensor.Matrix.Order;

class GemmTest {

  private static final CounterRandom RANDOM = CounterRandom.of(7).fork("gemm");

  static Stream<MatrixProduct> libraries() {
    return Stream.of(new OpenBlasProduct(), new NetlibProduct());
  }

  @Test
  void theOpenBlasOfTheBuildIsTheOneThatRunsAndThatSparkTakes() {
    assertThat(new OpenBlasProduct().description()).startsWith("OpenBLAS 0.3.31 ");
    assertThat(System.getProperty("dev.ludovic.netlib.blas.nativeLibPath"))
        .isEqualTo(System.getProperty("dev.ludovic.netlib.lapack.nativeLibPath"))
        .contains("openblas-0.3.31");
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void equalsSumsInDoubleForEveryFormOffsetAndStride(MatrixProduct library) {
    int m = 5;
    int n = 7;
    int k = 33;
    for (Order aOrder : Order.values()) {
      for (Order bOrder : Order.values()) {
        for (float beta : new float[] {0, 1}) {
          Matrix a = matrix(random(3 + 40 * 40), 3, m, k, 2, aOrder);
          Matrix b = matrix(random(1 + 40 * 40), 1, k, n, 1, bOrder);
          Tensor values = random(2 + 40 * 40);
          float[] before = values.toArray();
          Matrix c = matrix(values, 2, m, n, 3, Order.ROW_MAJOR);
          library.multiply(a, b, beta, c);
          for (int at = 0; at < values.size(); at++) {
            int row = (at - 2) / c.stride();
            int column = (at - 2) % c.stride();
            if (at < 2 || row >= m || column >= n) {
              assertThat(values.get(at)).as("outside of C").isEqualTo(before[at]);
              continue;
            }
            double sum = beta * before[at];
            for (int i = 0; i < k; i++) {
              sum += number(a, row, i) * number(b, i, column);
            }
            assertThat((double) values.get(at)).isCloseTo(sum, within(1e-5));
          }
        }
      }
    }
  }

  private static Matrix matrix(
      Tensor values, int offset, int rows, int columns, int gap, Order order) {
    int line = order == Order.ROW_MAJOR ? columns : rows;
    return new Matrix(values, offset, rows, columns, line + gap, order);
  }

  private static double number(Matrix matrix, int row, int column) {
    boolean byRows = matrix.order() == Order.ROW_MAJOR;
    int line = byRows ? row : column;
    return matrix.values().get(matrix.offset() + line * matrix.stride() + (byRows ? column : row));
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
      Matrix a = Matrix.of(filled(m * k, 2), 0, m, k);
      Matrix b = Matrix.of(filled(n * k, 3), 0, k, n);
      library.multiply(a, b, 0, Matrix.of(c, 0, m, n));
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
    Matrix zeros = Matrix.of(filled(n * k, 0), 0, k, n);
    library.multiply(Matrix.of(a, 0, m, k), zeros, 0, Matrix.of(c, 0, m, n));
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
      Gemm.multiply(Matrix.of(a, 0, 31, 257), Matrix.of(b, 0, 257, 65), 0, Matrix.of(c, 0, 31, 65));
    }
    assertThat(second.toArray()).isEqualTo(first.toArray());
  }

  @Test
  void worksOnViewsOfRows() {
    Tensor whole = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor c = Tensor.zeros(2, 2);
    Tensor identity = Tensor.of(new float[] {1, 0, 0, 1}, 2, 2);
    Gemm.multiply(
        Matrix.of(whole.rows(1, 3), 0, 2, 2),
        Matrix.of(identity, 0, 2, 2),
        0,
        Matrix.of(c, 0, 2, 2));
    assertThat(c.toArray()).containsExactly(3, 4, 5, 6);
  }

  @Test
  void rejectsAMatrixThatExceedsItsTensor() {
    assertThatThrownBy(() -> Matrix.of(Tensor.zeros(3), 0, 2, 2))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage(
            "a matrix of 2 lines of 2 numbers, stride 2, at offset 0 does not lie inside"
                + " Tensor[3]");
  }

  @Test
  void rejectsMatricesThatDoNotFitEachOther() {
    Matrix a = Matrix.of(Tensor.zeros(6), 0, 2, 3);
    Matrix c = Matrix.of(Tensor.zeros(4), 0, 2, 2);
    assertThatThrownBy(() -> Gemm.multiply(a, a, 0, c))
        .hasMessage("a product of 2 x 3 and 2 x 3 does not fit into rows of 2 x 2");
    assertThatThrownBy(() -> Gemm.multiply(a, a.transposed(), 0, c.transposed()))
        .hasMessage("a product of 2 x 3 and 3 x 2 does not fit into columns of 2 x 2");
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
