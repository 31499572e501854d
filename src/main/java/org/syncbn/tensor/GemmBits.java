package org.syncbn.tensor;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.syncbn.tensor.Matrix.Order;

/**
 * Which rearrangements of products leave every bit of the result as it is, on this CPU with this
 * library.
 *
 * <p>Libraries promise nothing of the kind: a kernel may add up in another order when a product has
 * more rows. So each question is answered by computing both ways, once, on random numbers of the
 * exact shapes, until {@value #FEWEST_SUMS} rounded sums agree in every bit or one does not. They
 * agree only if they were added up in the same order, which does not depend on the numbers. Where
 * trying would take too much memory or too many questions were asked, the answer is no.
 * Thread-safe.
 */
public final class GemmBits {

  /** Two orders of as few as four products round alike half of the time, not ten thousand times. */
  private static final int FEWEST_SUMS = 10_000;

  /** One at addresses that are multiples of 64 bytes, and one beside them. */
  private static final int FEWEST_TRIALS = 2;

  /** From a multiple of 64 bytes to where other trials begin, in numbers. */
  private static final int SHIFT = 5;

  /** Products of more numbers than this are not tried. */
  private static final long LARGEST = 1 << 25;

  private static final int MOST_QUESTIONS = 10_000;

  private static final Map<IntBuffer, Boolean> ANSWERS = new ConcurrentHashMap<>();

  private enum Question {
    SHARED_CALL,
    CUT_OUTPUT,
    GROWING_SUM,
    MOVED_ROWS
  }

  /** Whether both ways have the same bits, on numbers of a seed. */
  private interface Trial {
    boolean agrees(int seed);
  }

  private GemmBits() {}

  /**
   * Whether the products {@code C_i = A_i * B + beta * C_i} may be one, with the rows of all A_i
   * one behind the other.
   *
   * @param bOrder how B, of shape [k, n], lies in memory
   * @param beta as in {@link Gemm#multiply}
   * @param rows of each A_i
   */
  public static boolean mayShareACall(Order bOrder, int n, int k, float beta, int[] rows) {
    if (rows.length == 1) {
      return true;
    }
    int all = Arrays.stream(rows).sum();
    int[] key = Arrays.copyOf(rows, rows.length + 5);
    key[rows.length] = Question.SHARED_CALL.ordinal();
    key[rows.length + 1] = bOrder.ordinal();
    key[rows.length + 2] = n;
    key[rows.length + 3] = k;
    key[rows.length + 4] = Float.floatToIntBits(beta);
    return answer(key, all, n, k, seed -> sharesACall(bOrder, n, k, beta, rows, all, seed));
  }

  /**
   * Whether {@code C = A' * B}, of shape [m, n], may be made some of its rows at a time.
   *
   * @param piece how many rows at a time; the last piece may have fewer
   * @param k rows of A and of B
   */
  public static boolean mayCutOutput(int m, int n, int piece, int k) {
    int[] key = {m, n, piece, k, Question.CUT_OUTPUT.ordinal()};
    return piece >= m || answer(key, m, n, k, seed -> cutsOutput(m, n, piece, k, seed));
  }

  /**
   * Whether {@code C + A' * B}, of shape [m, n], may be computed by the product instead of by an
   * addition behind it.
   *
   * @param k rows of A and of B
   */
  public static boolean mayGrowSum(int m, int n, int k) {
    int[] key = {m, n, k, Question.GROWING_SUM.ordinal()};
    return answer(key, m, n, k, seed -> growsSum(m, n, k, seed));
  }

  /**
   * Whether the rows of {@code C = A * B + beta * C} have the same bits wherever they stand among
   * the rows of A.
   *
   * @param rows of A
   * @param k rows of B
   */
  public static boolean mayMoveRows(int rows, int n, int k, float beta) {
    int[] key = {rows, n, k, Float.floatToIntBits(beta), Question.MOVED_ROWS.ordinal(), 0};
    return rows == 1 || answer(key, rows, n, k, seed -> movesRows(rows, n, k, beta, seed));
  }

  private static boolean answer(int[] key, int m, int n, int k, Trial trial) {
    IntBuffer question = IntBuffer.wrap(key);
    Boolean known = ANSWERS.get(question);
    if (known == null) {
      if (ANSWERS.size() >= MOST_QUESTIONS) {
        return false;
      }
      known = (long) m * n + (long) m * k + (long) n * k <= LARGEST && agrees(trial, m, n);
      ANSWERS.put(question, known);
    }
    return known;
  }

  private static boolean agrees(Trial trial, int m, int n) {
    long sums = 0;
    for (int seed = 1; sums < FEWEST_SUMS || seed <= FEWEST_TRIALS; seed++) {
      if (!trial.agrees(seed)) {
        return false;
      }
      sums += Math.max(1, (long) m * n);
    }
    return true;
  }

  private static boolean sharesACall(
      Order bOrder, int n, int k, float beta, int[] rows, int all, int seed) {
    Tensor a = shifted(seed, random(3 * seed, all * k));
    Tensor b = random(3 * seed + 1, k * n);
    Tensor together = shifted(seed, random(3 * seed + 2, all * n));
    Tensor alone = shifted(seed, random(3 * seed + 2, all * n));
    Matrix factor = bOrder == Order.ROW_MAJOR ? matrix(b, k, n) : matrix(b, n, k).transposed();
    rowProduct(0, all, a, factor, beta, together);
    int row = 0;
    for (int some : rows) {
      rowProduct(row, some, a, factor, beta, alone);
      row += some;
    }
    return haveEqualBits(together, alone);
  }

  private static boolean movesRows(int rows, int n, int k, float beta, int seed) {
    Tensor a = random(3 * seed, rows * k);
    Matrix b = matrix(random(3 * seed + 1, k * n), k, n);
    Tensor c = random(3 * seed + 2, rows * n);
    Tensor straight = shifted(seed, c);
    rowProduct(0, rows, shifted(seed, a), b, beta, straight);
    for (int shift = 1; shift < rows; shift = 3 * shift + 2) {
      Tensor moved = shifted(seed, turned(c, shift * n));
      rowProduct(0, rows, shifted(seed, turned(a, shift * k)), b, beta, moved);
      if (!haveEqualBits(moved, turned(straight, shift * n))) {
        return false;
      }
    }
    return true;
  }

  /** A copy that begins with the number at a place; those before it come last. */
  private static Tensor turned(Tensor numbers, int first) {
    float[] values = new float[numbers.size()];
    numbers.read(first, values, 0, values.length - first);
    numbers.read(0, values, values.length - first, first);
    return Tensor.of(values, values.length);
  }

  private static Matrix matrix(Tensor values, int rows, int columns) {
    return Matrix.of(values, 0, rows, columns);
  }

  private static void rowProduct(int row, int rows, Tensor a, Matrix b, float beta, Tensor c) {
    Gemm.multiply(
        Matrix.of(a, row * b.rows(), rows, b.rows()),
        b,
        beta,
        Matrix.of(c, row * b.columns(), rows, b.columns()));
  }

  private static boolean cutsOutput(int m, int n, int piece, int k, int seed) {
    Matrix a = matrix(shifted(seed, random(3 * seed, k * m)), k, m);
    Matrix b = matrix(shifted(seed, random(3 * seed + 1, k * n)), k, n);
    Tensor whole = Tensor.zeros(m * n);
    Tensor inPieces = Tensor.zeros(m * n);
    sumProduct(0, m, a, b, 0, whole);
    for (int row = 0; row < m; row += piece) {
      sumProduct(row, Math.min(piece, m - row), a, b, 0, inPieces);
    }
    return haveEqualBits(whole, inPieces);
  }

  private static boolean growsSum(int m, int n, int k, int seed) {
    Matrix a = matrix(shifted(seed, random(3 * seed, k * m)), k, m);
    Matrix b = matrix(shifted(seed, random(3 * seed + 1, k * n)), k, n);
    Tensor grown = random(3 * seed + 2, m * n);
    Tensor sum = random(3 * seed + 2, m * n);
    Tensor product = Tensor.zeros(m * n);
    sumProduct(0, m, a, b, 1, grown);
    sumProduct(0, m, a, b, 0, product);
    sum.add(product, 0, sum.size());
    return haveEqualBits(grown, sum);
  }

  /** Some rows of {@code C = A' * B + beta * C}. */
  private static void sumProduct(int row, int rows, Matrix a, Matrix b, float beta, Tensor c) {
    Gemm.multiply(
        Matrix.of(a.values(), row, a.rows(), rows, a.columns()).transposed(),
        b,
        beta,
        Matrix.of(c, row * b.columns(), rows, b.columns()));
  }

  /**
   * The same numbers at an address that the first trial has at a multiple of 64 bytes, as weights
   * have theirs, and others beside one, as rows of a shard may have theirs.
   */
  private static Tensor shifted(int seed, Tensor numbers) {
    int shift = (seed - 1) % 2 * SHIFT;
    Tensor view = Tensor.zeros(shift + numbers.size()).rows(shift, shift + numbers.size());
    view.copyFrom(numbers);
    return view;
  }

  /** Numbers in [-1, 1) with all bits of their significands in use. */
  private static Tensor random(int seed, int size) {
    float[] values = new float[size];
    int state = seed * 0x9E3779B9;
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
