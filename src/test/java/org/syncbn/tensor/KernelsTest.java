package org.syncbn.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All kernels give the bits of the formulas, written out value by value. */
class KernelsTest {

  private static final int ROWS = 7;
  private static final int BEHIND = 16; // numbers that do not count
  private static final int AT = 3; // where a run of a tensor begins

  private final CounterRandom random = CounterRandom.of(7);

  /** Each implementation with lengths that are primes, and with those around powers of two. */
  static Stream<Case> cases() {
    IntStream primes = IntStream.of(3, 5, 7, 11, 13, 17, 23, 31, 61, 127, 251, 509);
    IntStream powers =
        IntStream.of(4, 8, 16, 32, 64, 128, 256, 512)
            .flatMap(power -> IntStream.rangeClosed(power - 2, power + 2));
    List<Kernels> all =
        Stream.concat(Stream.of(new ScalarKernels()), KernelChoice.load().stream()).toList();
    return IntStream.concat(IntStream.of(0, 1), IntStream.concat(primes, powers))
        .filter(length -> length <= Kernels.TILE)
        .distinct()
        .boxed()
        .flatMap(length -> all.stream().map(kernels -> new Case(kernels, length)));
  }

  /** What computes how many columns. */
  record Case(Kernels kernels, int length) {

    @Override
    public String toString() {
      return kernels.getClass().getSimpleName() + ", length " + length;
    }
  }

  /** Numbers of many magnitudes, subnormal ones included, and zeros of both signs. */
  private float[] values(int length, String name) {
    CounterRandom numbers = random.fork(name);
    float[] values = new float[length + BEHIND];
    Arrays.fill(values, 3); // neither read nor changed
    for (int i = 0; i < length; i++) {
      double magnitude = Math.pow(2, numbers.below(60, 2 * i + 1) - 40);
      values[i] = (float) (numbers.gaussian(2 * i) * magnitude);
    }
    for (int i = 0; i < length; i += 5) {
      values[i] = i % 2 == 0 ? -0f : Float.MIN_VALUE;
    }
    return values;
  }

  private double[] doubles(int length, String name) {
    float[] values = values(length, name);
    return IntStream.range(0, values.length).mapToDouble(i -> values[i] / 3.0).toArray();
  }

  private float[][] tile(int length, String name) {
    return IntStream.range(0, ROWS)
        .mapToObj(row -> values(length, name + row))
        .toArray(float[][]::new);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bytesAreUnsignedAndTimesAFactor(Case of) {
    int offset = 3;
    byte[] source = new byte[offset + of.length()]; // nothing behind the last one
    for (int i = 0; i < source.length; i++) {
      source[i] = (byte) random.below(256, i);
    }
    float[] target = values(of.length(), "target");
    float[] expected = target.clone();
    float factor = 1 / 255f;

    of.kernels().widen(source, offset, factor, target, of.length());

    for (int i = 0; i < of.length(); i++) {
      expected[i] = Byte.toUnsignedInt(source[offset + i]) * factor;
    }
    assertThat(target).isEqualTo(expected);
  }

  /** A tensor of rows with numbers before, between and behind them. */
  private Tensor rows(float[][] values) {
    Tensor tensor = Tensor.zeros(2, stride(values) * ROWS + AT);
    tensor.fill(3);
    Tensor half = tensor.rows(1, 2); // that does not begin where its memory does
    for (int row = 0; row < ROWS; row++) {
      half.write(AT + row * stride(values), values[row], 0, values[row].length);
    }
    return half;
  }

  private static int stride(float[][] values) {
    return values[0].length + 5;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void deviationsAndTheirSquaresAreAddedRowAfterRow(Case of) {
    float[][] x = tile(of.length(), "x");
    float[] origin = values(of.length(), "origin");
    float[] sum = values(of.length(), "sum");
    float[] squares = values(of.length(), "squares");
    float[] expectedSum = sum.clone();
    float[] expectedSquares = squares.clone();
    for (float[] row : x) {
      for (int i = 0; i < of.length(); i++) {
        float deviation = row[i] - origin[i];
        expectedSum[i] = expectedSum[i] + deviation;
        expectedSquares[i] = expectedSquares[i] + deviation * deviation;
      }
    }

    of.kernels().addDeviations(rows(x), AT, stride(x), ROWS, of.length(), origin, sum, squares);

    assertThat(sum).isEqualTo(expectedSum);
    assertThat(squares).isEqualTo(expectedSquares);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAndTheirProductsAreAddedRowAfterRow(Case of) {
    for (boolean rectified : new boolean[] {false, true}) {
      float[][] x = tile(of.length(), "x");
      float[][] dy = tile(of.length(), "dy");
      Kernels.Forward columns = forward(of.length());
      float[] sum = values(of.length(), "sum");
      float[] products = values(of.length(), "products");
      float[] expectedSum = sum.clone();
      float[] expectedProducts = products.clone();
      for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < of.length(); i++) {
          float gradient = passed(dy[row][i], normalized(x[row][i], i, columns), rectified);
          expectedSum[i] = expectedSum[i] + gradient;
          expectedProducts[i] = expectedProducts[i] + gradient * (x[row][i] - columns.center()[i]);
        }
      }

      of.kernels()
          .addProducts(
              rows(x),
              rows(dy),
              AT,
              stride(x),
              ROWS,
              of.length(),
              columns,
              rectified,
              sum,
              products);

      assertThat(sum).isEqualTo(expectedSum);
      assertThat(products).isEqualTo(expectedProducts);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void sumsOfARunMoveToTheOriginInDouble(Case of) {
    float[] runSum = values(of.length(), "run sum");
    float[] runSquares = values(of.length(), "run squares");
    float[] first = values(of.length(), "first");
    float[] origin = values(of.length(), "origin");
    double[] sum = doubles(of.length(), "sum");
    double[] squares = doubles(of.length(), "squares");
    double[] expectedSum = sum.clone();
    double[] expectedSquares = squares.clone();
    for (int i = 0; i < of.length(); i++) {
      double shift = (double) first[i] - origin[i];
      expectedSum[i] = expectedSum[i] + (runSum[i] + 16 * shift);
      expectedSquares[i] =
          expectedSquares[i] + (runSquares[i] + shift * (2.0 * runSum[i] + 16 * shift));
    }

    of.kernels().addRun(runSum, runSquares, 16, first, origin, sum, squares, of.length());

    assertThat(sum).isEqualTo(expectedSum);
    assertThat(squares).isEqualTo(expectedSquares);
  }

  /** A tensor that has numbers before and behind a run of values. */
  private Tensor tensor(float[] values) {
    Tensor tensor = Tensor.zeros(2, AT + values.length);
    tensor.fill(3);
    Tensor row = tensor.rows(1, 2); // that does not begin where its memory does
    row.write(AT, values, 0, values.length);
    return row;
  }

  private Kernels.Forward forward(int length) {
    return new Kernels.Forward(
        values(length, "center"), values(length, "scale"), values(length, "offset"));
  }

  private static float normalized(float x, int i, Kernels.Forward columns) {
    return (x - columns.center()[i]) * columns.scale()[i] + columns.offset()[i];
  }

  private static float passed(float dy, float y, boolean isRectified) {
    return isRectified ? (y > 0 ? dy : 0) + 0f : dy;
  }

  private static float rectified(float y, boolean isRectified) {
    return isRectified ? Math.max(0f, y) : y;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void normalizationTakesCenterScaleAndOffsetOfEachColumn(Case of) {
    for (boolean rectifies : new boolean[] {false, true}) {
      Kernels.Forward columns = forward(of.length());
      float[] x = values(of.length(), "x");
      float[] expected = x.clone();
      for (int i = 0; i < of.length(); i++) {
        expected[i] = rectified(normalized(x[i], i, columns), rectifies);
      }
      Tensor source = tensor(x);
      Tensor target = tensor(values(of.length(), "y"));

      of.kernels().normalize(source, target, AT, of.length(), columns, rectifies);
      assertThat(target.toArray()).isEqualTo(tensor(expected).toArray());
      assertThat(source.toArray()).isEqualTo(tensor(x).toArray());

      of.kernels().normalize(source, source, AT, of.length(), columns, rectifies);
      assertThat(source.toArray()).isEqualTo(tensor(expected).toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsOfTheInputPassWhereYIsAboveZero(Case of) {
    for (boolean rectified : new boolean[] {false, true}) {
      Kernels.Backward columns =
          new Kernels.Backward(
              forward(of.length()),
              values(of.length(), "dy factor"),
              values(of.length(), "x factor"),
              values(of.length(), "dx offset"));
      float[] x = values(of.length(), "x");
      float[] dy = values(of.length(), "dy");
      float[] expected = dy.clone();
      for (int i = 0; i < of.length(); i++) {
        float y = normalized(x[i], i, columns.forward());
        float passed = passed(dy[i], y, rectified);
        float deviation = x[i] - columns.forward().center()[i];
        expected[i] =
            columns.dyFactor()[i] * passed
                + (columns.xFactor()[i] * deviation + columns.offset()[i]);
      }
      Tensor values = tensor(x);
      Tensor gradients = tensor(dy);
      Tensor target = tensor(values(of.length(), "dx"));

      of.kernels().inputGradient(values, gradients, target, AT, of.length(), columns, rectified);
      assertThat(target.toArray()).isEqualTo(tensor(expected).toArray());
      assertThat(gradients.toArray()).isEqualTo(tensor(dy).toArray());

      of.kernels().inputGradient(values, gradients, gradients, AT, of.length(), columns, rectified);
      assertThat(gradients.toArray()).isEqualTo(tensor(expected).toArray());
      assertThat(values.toArray()).isEqualTo(tensor(x).toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsNoNumberStaysSo(Case of) {
    float[] x = values(of.length(), "x");
    for (int i = 0; i < of.length(); i += 3) {
      x[i] = Float.NaN;
    }
    float[] ones = new float[of.length() + BEHIND];
    Arrays.fill(ones, 1);
    Kernels.Forward columns = new Kernels.Forward(ones, ones, ones);
    Tensor y = tensor(values(of.length(), "y"));
    Tensor dx = tensor(values(of.length(), "dx"));

    of.kernels().normalize(tensor(x), y, AT, of.length(), columns, true);
    of.kernels()
        .inputGradient(
            tensor(x),
            tensor(ones),
            dx,
            AT,
            of.length(),
            new Kernels.Backward(columns, ones, new float[ones.length], ones),
            true);

    for (int i = 0; i < of.length(); i++) {
      assertThat(Float.isNaN(y.get(AT + i))).as("y of column %d", i).isEqualTo(i % 3 == 0);
      assertThat(Float.isNaN(dx.get(AT + i))).as("dx of column %d", i).isEqualTo(i % 3 == 0);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsThatAreNotFiniteAreNoNumbersWhereYIsNotAboveZero(Case of) {
    float[] y = new float[of.length() + BEHIND];
    float[] dy = new float[of.length() + BEHIND];
    float[] expected = new float[of.length()];
    float[] infinite = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};
    for (int i = 0; i < of.length(); i++) {
      y[i] = i % 2 == 0 ? -i : i;
      dy[i] = infinite[i % 3];
      expected[i] = i % 2 == 0 ? Float.NaN : dy[i];
    }
    float[] zeros = new float[of.length() + BEHIND];
    float[] ones = zeros.clone();
    Arrays.fill(ones, 1);
    Kernels.Forward same = new Kernels.Forward(zeros, ones, zeros);
    Tensor dx = tensor(dy);
    float[] sum = zeros.clone();

    of.kernels()
        .inputGradient(
            tensor(y),
            dx,
            dx,
            AT,
            of.length(),
            new Kernels.Backward(same, ones, zeros, zeros),
            true);
    of.kernels()
        .addProducts(tensor(y), tensor(dy), AT, 1, 1, of.length(), same, true, sum, zeros.clone());

    float[] passed = new float[of.length()];
    dx.read(AT, passed, 0, of.length());
    assertThat(passed).isEqualTo(expected);
    assertThat(Arrays.copyOf(sum, of.length())).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void numbersThatAreNotFiniteStayInTheirColumn(Case of) {
    float[][] x = tile(of.length(), "x");
    for (int i = 0; i < of.length(); i += 3) {
      x[i % ROWS][i] = i % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
    }
    float[] sum = new float[of.length() + BEHIND];
    float[] squares = new float[of.length() + BEHIND];

    of.kernels()
        .addDeviations(
            rows(x), AT, stride(x), ROWS, of.length(), new float[sum.length], sum, squares);

    for (int i = 0; i < of.length(); i++) {
      assertThat(Float.isFinite(sum[i])).as("column %d", i).isEqualTo(i % 3 != 0);
    }
  }

  @Test
  void theVectorApiIsTriedWhereTheBuildHasIt() {
    boolean hasModule = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    assertThat(KernelChoice.load().isPresent()).isEqualTo(hasModule);
  }
}
