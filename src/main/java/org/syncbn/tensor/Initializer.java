package org.syncbn.tensor;

import java.io.Serializable;
import java.util.function.IntToDoubleFunction;

/**
 * How the first values of a weight, a scale or a running statistic are drawn.
 *
 * <p>A pure function of (size, fan-in, fan-out, random stream): the i-th value does not depend on
 * who draws it. Weights have their units last ({@code [fanIn, units]} once flattened), as dense and
 * channels-last convolution layers store them. The caller states the fans, because a convolution
 * counts its window into both: {@code fanIn = height * width * inputs}, {@code fanOut = height *
 * width * outputs}. Implementations are immutable, hence thread-safe.
 */
public sealed interface Initializer extends Serializable {

  /**
   * Draws values.
   *
   * @param fanIn how many inputs feed one output
   * @param fanOut how many outputs one input feeds
   */
  float[] values(int size, int fanIn, int fanOut, CounterRandom random);

  /** Draws all numbers of a tensor. */
  default void fill(Tensor tensor, int fanIn, int fanOut, CounterRandom random) {
    tensor.write(0, values(tensor.size(), fanIn, fanOut, random), 0, tensor.size());
  }

  /** All 0. */
  static Initializer zeros() {
    return new Constant(0);
  }

  /** All 1. */
  static Initializer ones() {
    return new Constant(1);
  }

  /** All one value. */
  static Initializer constant(float value) {
    return new Constant(value);
  }

  /** Uniform in [low, high). */
  static Initializer uniform(double low, double high) {
    return new Uniform(low, high);
  }

  /** Normal with a mean and a standard deviation. */
  static Initializer normal(double mean, double standardDeviation) {
    return new Normal(mean, standardDeviation);
  }

  /** Normal, redrawn while farther than two standard deviations from the mean. */
  static Initializer truncatedNormal(double mean, double standardDeviation) {
    return new TruncatedNormal(mean, standardDeviation);
  }

  /** Uniform with variance {@code 2 / (fanIn + fanOut)} (Glorot and Bengio 2010, equation 16). */
  static Initializer glorotUniform() {
    return new VarianceScaling(1, Fan.AVERAGE, Distribution.UNIFORM);
  }

  /** Truncated normal with variance {@code 2 / (fanIn + fanOut)} (Glorot and Bengio 2010). */
  static Initializer glorotNormal() {
    return new VarianceScaling(1, Fan.AVERAGE, Distribution.TRUNCATED_NORMAL);
  }

  /** Uniform with variance {@code 2 / fanIn} (He et al. 2015, equation 10). */
  static Initializer heUniform() {
    return new VarianceScaling(2, Fan.IN, Distribution.UNIFORM);
  }

  /** Truncated normal with variance {@code 2 / fanIn} (He et al. 2015, equation 10). */
  static Initializer heNormal() {
    return new VarianceScaling(2, Fan.IN, Distribution.TRUNCATED_NORMAL);
  }

  /** Uniform with variance {@code 1 / fanIn} (LeCun et al. 1998, section 4.6). */
  static Initializer lecunUniform() {
    return new VarianceScaling(1, Fan.IN, Distribution.UNIFORM);
  }

  /** Truncated normal with variance {@code 1 / fanIn} (LeCun et al. 1998, section 4.6). */
  static Initializer lecunNormal() {
    return new VarianceScaling(1, Fan.IN, Distribution.TRUNCATED_NORMAL);
  }

  /**
   * Uniform in {@code [-1, 1) / sqrt(fanIn)}: PyTorch's default for dense layers and their bias.
   */
  static Initializer fanInUniform() {
    return new VarianceScaling(1.0 / 3, Fan.IN, Distribution.UNIFORM);
  }

  /** {@code gain} times a matrix with orthonormal rows or columns (Saxe et al. 2014). */
  static Initializer orthogonal(double gain) {
    return new Orthogonal(gain);
  }

  /** Which fan a variance is divided by. */
  enum Fan {
    /** Inputs of one output: keeps the variance of activations. */
    IN,
    /** Outputs of one input: keeps the variance of gradients. */
    OUT,
    /** Half the sum of both. */
    AVERAGE
  }

  /** The shape of a distribution whose variance is given. */
  enum Distribution {
    /** Uniform around 0. */
    UNIFORM,
    /** Normal around 0. */
    NORMAL,
    /** Normal around 0, cut at two of its standard deviations, then scaled to the variance. */
    TRUNCATED_NORMAL
  }

  /**
   * One value everywhere.
   *
   * @param value the value
   */
  record Constant(float value) implements Initializer {

    @Override
    public float[] values(int size, int fanIn, int fanOut, CounterRandom random) {
      return draw(size, i -> value);
    }
  }

  /**
   * Uniform in [low, high).
   *
   * @param low included
   * @param high excluded
   */
  record Uniform(double low, double high) implements Initializer {

    /** Throws if the interval is empty. */
    public Uniform {
      if (!(low <= high)) {
        throw new IllegalArgumentException("uniform in [" + low + ", " + high + ") is empty");
      }
    }

    @Override
    public float[] values(int size, int fanIn, int fanOut, CounterRandom random) {
      return draw(size, i -> low + (high - low) * random.uniform(i));
    }
  }

  /**
   * Normal.
   *
   * @param mean its mean
   * @param standardDeviation its standard deviation, at least 0
   */
  record Normal(double mean, double standardDeviation) implements Initializer {

    /** Throws if the standard deviation is negative. */
    public Normal {
      requireDeviation(standardDeviation);
    }

    @Override
    public float[] values(int size, int fanIn, int fanOut, CounterRandom random) {
      return draw(size, i -> mean + standardDeviation * random.gaussian(i));
    }
  }

  /**
   * Normal, redrawn while farther than two standard deviations from the mean.
   *
   * @param mean its mean
   * @param standardDeviation of the normal before the cut, at least 0
   */
  record TruncatedNormal(double mean, double standardDeviation) implements Initializer {

    /** Throws if the standard deviation is negative. */
    public TruncatedNormal {
      requireDeviation(standardDeviation);
    }

    @Override
    public float[] values(int size, int fanIn, int fanOut, CounterRandom random) {
      return draw(size, i -> mean + standardDeviation * truncatedGaussian(random, i));
    }
  }

  /**
   * Mean 0 and variance {@code scale / fan}.
   *
   * @param scale the numerator, above 0
   * @param fan the denominator
   * @param distribution the shape
   */
  record VarianceScaling(double scale, Fan fan, Distribution distribution) implements Initializer {

    /** The standard deviation of a standard normal cut at two. */
    private static final double TRUNCATED_DEVIATION = 0.87962566103423978;

    /** Throws if the scale is not positive. */
    public VarianceScaling {
      if (!(scale > 0)) {
        throw new IllegalArgumentException("scale must be positive, was " + scale);
      }
    }

    @Override
    public float[] values(int size, int fanIn, int fanOut, CounterRandom random) {
      double denominator =
          switch (fan) {
            case IN -> fanIn;
            case OUT -> fanOut;
            case AVERAGE -> (fanIn + (double) fanOut) / 2;
          };
      double deviation = Math.sqrt(scale / Math.max(1, denominator));
      Initializer form =
          switch (distribution) {
            case UNIFORM -> uniform(-Math.sqrt(3) * deviation, Math.sqrt(3) * deviation);
            case NORMAL -> normal(0, deviation);
            case TRUNCATED_NORMAL -> truncatedNormal(0, deviation / TRUNCATED_DEVIATION);
          };
      return form.values(size, fanIn, fanOut, random);
    }
  }

  /**
   * A matrix {@code [fanIn, size / fanIn]} whose columns (rows, if there are fewer) are orthogonal
   * and of length {@code gain}: Gaussian vectors, orthogonalized by Gram and Schmidt, twice.
   *
   * @param gain the length
   */
  record Orthogonal(double gain) implements Initializer {

    @Override
    public float[] values(int size, int fanIn, int fanOut, CounterRandom random) {
      if (fanIn <= 0 || size % fanIn != 0) {
        throw new IllegalArgumentException(
            size + " values are not a matrix with " + fanIn + " rows");
      }
      int columns = size / fanIn;
      int length = Math.max(fanIn, columns);
      int count = Math.min(fanIn, columns);
      double[][] vectors = new double[count][length];
      for (int v = 0; v < count; v++) {
        for (int i = 0; i < length; i++) {
          vectors[v][i] = random.gaussian((long) v * length + i);
        }
        removeProjections(vectors, v);
        removeProjections(vectors, v); // once more: the first pass leaves rounding errors
        scale(vectors[v], 1 / Math.sqrt(dot(vectors[v], vectors[v])));
      }
      float[] values = new float[size];
      for (int row = 0; row < fanIn; row++) {
        for (int column = 0; column < columns; column++) {
          double value = columns <= fanIn ? vectors[column][row] : vectors[row][column];
          values[row * columns + column] = (float) (gain * value);
        }
      }
      return values;
    }

    private static void removeProjections(double[][] vectors, int last) {
      for (int v = 0; v < last; v++) {
        double projection = dot(vectors[v], vectors[last]);
        for (int i = 0; i < vectors[last].length; i++) {
          vectors[last][i] -= projection * vectors[v][i];
        }
      }
      scale(vectors[last], 1 / Math.sqrt(dot(vectors[last], vectors[last])));
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }

    private static void scale(double[] vector, double factor) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] *= factor;
      }
    }
  }

  private static float[] draw(int size, IntToDoubleFunction value) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) value.applyAsDouble(i);
    }
    return values;
  }

  private static double truncatedGaussian(CounterRandom random, int index) {
    double gaussian = random.gaussian(index);
    for (long attempt = 1; Math.abs(gaussian) > 2; attempt++) {
      gaussian = random.gaussian(index + (attempt << 32)); // indices that no other value uses
    }
    return gaussian;
  }

  private static void requireDeviation(double standardDeviation) {
    if (!(standardDeviation >= 0)) {
      throw new IllegalArgumentException(
          "a standard deviation must be at least 0, was " + standardDeviation);
    }
  }
}
