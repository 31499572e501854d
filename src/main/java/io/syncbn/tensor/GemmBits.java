package io.syncbn.tensor;

import io.syncbn.tensor.Gemm.Operand;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Which rearrangements of products leave every bit of the result as it is, on this CPU with this
 * library.
 *
 * <p>Libraries promise nothing of the kind: a kernel may add up in another order when a product has
 * more rows. So each question is answered by computing both ways, once, on random numbers of the
 * exact shapes. Where tens of thousands of rounded sums agree in every bit, they were added up in
 * the same order, which does not depend on the numbers. Thread-safe.
 */
public final class GemmBits {

  /** Products of more numbers than this are not tried, and gain little. */
  private static final long LARGEST = 1 << 24;

  private static final Map<IntBuffer, Boolean> ANSWERS = new ConcurrentHashMap<>();

  private enum Question {
    SHARED_CALL,
    CUT_OUTPUT,
    GROWING_SUM
  }

  private GemmBits() {}

  /**
   * Whether the products {@code C_i = A_i * op(B)} may be one, with the rows of all A_i one behind
   * the other.
   *
   * @param bForm whether {@code op(B)}, of shape [k, n], is B or its transpose
   * @param rows of each A_i
   */
  public static boolean mayShareACall(Operand bForm, int n, int k, int[] rows) {
    if (rows.length == 1) {
      return true;
    }
    int[] key = Arrays.copyOf(rows, rows.length + 4);
    key[rows.length] = Question.SHARED_CALL.ordinal();
    key[rows.length + 1] = bForm.ordinal();
    key[rows.length + 2] = n;
    key[rows.length + 3] = k;
    return answer(key, () -> sharesACall(bForm, n, k, rows));
  }

  /**
   * Whether {@code C = A' * B}, of shape [m, n], may be made some of its rows at a time.
   *
   * @param piece how many rows at a time; the last piece may have fewer
   * @param k rows of A and of B
   */
  public static boolean mayCutOutput(int m, int n, int piece, int k) {
    int[] key = {m, n, piece, k, Question.CUT_OUTPUT.ordinal()};
    return piece >= m || answer(key, () -> cutsOutput(m, n, piece, k));
  }

  /**
   * Whether {@code C + A' * B}, of shape [m, n], may be computed by the product instead of by an
   * addition behind it.
   *
   * @param k rows of A and of B
   */
  public static boolean mayGrowSum(int m, int n, int k) {
    int[] key = {m, n, k, Question.GROWING_SUM.ordinal()};
    return answer(key, () -> growsSum(m, n, k));
  }

  private static boolean answer(int[] key, BooleanSupplier trial) {
    IntBuffer question = IntBuffer.wrap(key);
    Boolean known = ANSWERS.get(question);
    if (known == null) {
      known = trial.getAsBoolean();
      ANSWERS.put(question, known);
    }
    return known;
  }

  private static boolean sharesACall(Operand bForm, int n, int k, int[] rows) {
    int all = Arrays.stream(rows).sum();
    if (isLarge(all, n, k)) {
      return false;
    }
    Tensor a = random(1, all * k);
    Tensor b = random(2, k * n);
    Tensor together = Tensor.zeros(all * n);
    Tensor alone = Tensor.zeros(all * n);
    rowProduct(bForm, 0, all, n, k, a, b, together);
    int row = 0;
    for (int some : rows) {
      rowProduct(bForm, row, some, n, k, a, b, alone);
      row += some;
    }
    return haveEqualBits(together, alone);
  }

  private static void rowProduct(
      Operand bForm, int row, int rows, int n, int k, Tensor a, Tensor b, Tensor c) {
    int bStride = bForm == Operand.PLAIN ? n : k;
    Gemm.multiply(Operand.PLAIN, bForm, rows, n, k, a, row * k, k, b, 0, bStride, 0, c, row * n, n);
  }

  private static boolean cutsOutput(int m, int n, int piece, int k) {
    if (isLarge(m, n, k)) {
      return false;
    }
    Tensor a = random(1, k * m);
    Tensor b = random(2, k * n);
    Tensor whole = Tensor.zeros(m * n);
    Tensor inPieces = Tensor.zeros(m * n);
    sumProduct(0, m, m, n, k, a, b, 0, whole);
    for (int row = 0; row < m; row += piece) {
      sumProduct(row, Math.min(piece, m - row), m, n, k, a, b, 0, inPieces);
    }
    return haveEqualBits(whole, inPieces);
  }

  private static boolean growsSum(int m, int n, int k) {
    if (isLarge(m, n, k)) {
      return false;
    }
    Tensor a = random(1, k * m);
    Tensor b = random(2, k * n);
    Tensor grown = random(3, m * n);
    Tensor sum = random(3, m * n);
    Tensor product = Tensor.zeros(m * n);
    sumProduct(0, m, m, n, k, a, b, 1, grown);
    sumProduct(0, m, m, n, k, a, b, 0, product);
    for (int i = 0; i < sum.size(); i++) {
      sum.set(i, sum.get(i) + product.get(i));
    }
    return haveEqualBits(grown, sum);
  }

  private static void sumProduct(
      int row, int rows, int m, int n, int k, Tensor a, Tensor b, float beta, Tensor c) {
    Gemm.multiply(
        Operand.TRANSPOSED, Operand.PLAIN, rows, n, k, a, row, m, b, 0, n, beta, c, row * n, n);
  }

  private static boolean isLarge(int m, int n, int k) {
    return (long) m * n + (long) m * k + (long) n * k > LARGEST;
  }

  /** Numbers in [-1, 1) with all bits of their significands in use. */
  private static Tensor random(int seed, int size) {
    float[] values = new float[size];
    int state = seed;
    for (int i = 0; i < size; i++) {
      state = state * 1664525 + 1013904223; // Numerical Recipes' linear congruence
      values[i] = (state >> 7) * 0x1p-24f;
    }
    return Tensor.of(values, size);
  }

  private static boolean haveEqualBits(Tensor one, Tensor other) {
    return Arrays.equals(one.toArray(), other.toArray());
  }
}
