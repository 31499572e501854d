package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.syncbn.tensor.Matrix.Order;

/** Where the answer is yes, other numbers than those of the trial have the same bits both ways. */
class GemmBitsTest {

  private static final int[] ROWS = {31, 32, 32, 33};

  @ParameterizedTest
  @CsvSource({
    "ROW_MAJOR,256,784,0",
    "ROW_MAJOR,256,784,1",
    "COLUMN_MAJOR,256,256,0",
    "ROW_MAJOR,10,256,1",
    "ROW_MAJOR,1,8,0"
  })
  void aSharedCallHasTheBitsOfCallsAlone(Order order, int n, int k, float beta) {
    int all = Arrays.stream(ROWS).sum();
    boolean may = GemmBits.mayShareACall(order, n, k, beta, ROWS);
    assertThat(GemmBits.mayShareACall(order, n, k, beta, ROWS)).isEqualTo(may);
    for (int repetition = 0; may && repetition < 20; repetition++) {
      CounterRandom random = CounterRandom.of(repetition);
      Tensor a = gaussian(random.fork("a"), all * k);
      Tensor b = gaussian(random.fork("b"), k * n);
      Tensor together = gaussian(random.fork("c"), all * n);
      Tensor alone = gaussian(random.fork("c"), all * n);
      Matrix factor =
          order == Order.ROW_MAJOR ? Matrix.of(b, 0, k, n) : Matrix.of(b, 0, n, k).transposed();
      Gemm.multiply(Matrix.of(a, 0, all, k), factor, beta, Matrix.of(together, 0, all, n));
      int row = 0;
      for (int rows : ROWS) {
        Gemm.multiply(
            Matrix.of(a, row * k, rows, k), factor, beta, Matrix.of(alone, row * n, rows, n));
        row += rows;
      }
      assertThat(together.toArray()).isEqualTo(alone.toArray());
    }
  }

  @ParameterizedTest
  @CsvSource({"256,10,784,1", "256,31,784,0", "256,17,31,1", "8,10,784,1", "1,10,784,0"})
  void movedRowsKeepTheirBitsWhateverTheNumbers(int rows, int n, int k, float beta) {
    boolean may = GemmBits.mayMoveRows(rows, n, k, beta);
    assertThat(may || rows > 1).as("a row alone has no place to move to").isTrue();
    for (int repetition = 0; may && repetition < 20; repetition++) {
      CounterRandom random = CounterRandom.of(repetition);
      float[] a = gaussian(random.fork("a"), rows * k).toArray();
      Tensor b = gaussian(random.fork("b"), k * n);
      float[] straight = product(Tensor.of(a, rows * k), b, rows, n, k, beta);
      float[] backwards = new float[rows * k];
      float[] expected = new float[rows * n];
      for (int row = 0; row < rows; row++) {
        int from = rows - 1 - row;
        System.arraycopy(a, from * k, backwards, row * k, k);
        System.arraycopy(straight, from * n, expected, row * n, n);
      }
      assertThat(product(Tensor.of(backwards, rows * k), b, rows, n, k, beta)).isEqualTo(expected);
    }
  }

  /** {@code A * B + beta * 0.3}. */
  private static float[] product(Tensor a, Tensor b, int rows, int n, int k, float beta) {
    float[] bias = new float[rows * n];
    Arrays.fill(bias, 0.3f);
    Tensor c = Tensor.of(bias, rows * n);
    Gemm.multiply(Matrix.of(a, 0, rows, k), Matrix.of(b, 0, k, n), beta, Matrix.of(c, 0, rows, n));
    return c.toArray();
  }

  @ParameterizedTest
  @CsvSource({"784,256,97,32", "256,256,97,33", "256,10,100,32", "12,1,5,3"})
  void piecesAndSumsInsideTheProductHaveTheBitsOfTheWhole(int m, int n, int piece, int k) {
    CounterRandom random = CounterRandom.of(m);
    Tensor a = gaussian(random.fork("a"), k * m);
    Tensor b = gaussian(random.fork("b"), k * n);
    Tensor whole = Tensor.zeros(m * n);
    product(0, m, m, n, k, a, b, 0, whole);
    if (GemmBits.mayCutOutput(m, n, piece, k)) {
      Tensor inPieces = Tensor.zeros(m * n);
      for (int row = 0; row < m; row += piece) {
        product(row, Math.min(piece, m - row), m, n, k, a, b, 0, inPieces);
      }
      assertThat(inPieces.toArray()).isEqualTo(whole.toArray());
    }
    if (GemmBits.mayGrowSum(m, n, k)) {
      Tensor grown = gaussian(random.fork("c"), m * n);
      Tensor sum = gaussian(random.fork("c"), m * n);
      product(0, m, m, n, k, a, b, 1, grown);
      sum.add(whole, 0, sum.size());
      assertThat(grown.toArray()).isEqualTo(sum.toArray());
    }
  }

  private static void product(
      int row, int rows, int m, int n, int k, Tensor a, Tensor b, float beta, Tensor c) {
    Gemm.multiply(
        Matrix.of(a, row, k, rows, m).transposed(),
        Matrix.of(b, 0, k, n),
        beta,
        Matrix.of(c, row * n, rows, n));
  }

  private static Tensor gaussian(CounterRandom random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.gaussian(i);
    }
    return Tensor.of(values, size);
  }
}
