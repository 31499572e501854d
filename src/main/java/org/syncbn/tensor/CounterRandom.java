package org.syncbn.tensor;

import java.io.Serializable;

/**
 * Random numbers that are a pure function of (seed, stream, index), so that any machine can produce
 * the i-th one without the ones before it.
 *
 * <p>The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011): the seed is its key, (index, stream) its counter. Results have the same
 * bits on every JVM: Gaussians go through {@link StrictMath}. Immutable, hence thread-safe.
 *
 * @param seed the key of the whole run
 * @param stream which of the 2^64 independent sequences of that seed
 */
public record CounterRandom(long seed, long stream) implements Serializable {

  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final double TWO_POW_MINUS_53 = 0x1p-53;

  /** The first sequence of a seed. */
  public static CounterRandom of(long seed) {
    return new CounterRandom(seed, 0);
  }

  /**
   * An independent sequence for a purpose, an epoch, a layer: {@code
   * random.fork(epoch).fork(step)}. Different keys give different streams; the order of forks
   * matters.
   */
  public CounterRandom fork(long key) {
    return new CounterRandom(seed, mix(mix(stream) + key));
  }

  /** An independent sequence for a named purpose, such as a layer's name. */
  public CounterRandom fork(String key) {
    long hash = 0xCBF29CE484222325L; // FNV-1a over the characters
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001B3L;
    }
    return fork(hash);
  }

  /** 64 random bits. */
  public long bits(long index) {
    return philox(index)[0];
  }

  /** A double in [0, 1), a multiple of 2^-53. */
  public double uniform(long index) {
    return unit(bits(index));
  }

  /** An integer in [0, bound), uniform up to a bias below {@code bound * 2^-64}. */
  public int below(int bound, long index) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound must be positive, was " + bound);
    }
    long bits = bits(index);
    return (int) (Math.multiplyHigh(bits >>> 1, (long) bound << 1));
  }

  /** A standard normal value (Box and Muller 1958, the cosine half). */
  public double gaussian(long index) {
    long[] bits = philox(index);
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(bits[0])));
    return radius * StrictMath.cos(2 * Math.PI * unit(bits[1]));
  }

  /**
   * Two independent standard normal values for the price of one: {@link #gaussian} and the sine
   * half.
   *
   * @param pair receives them
   */
  public void gaussians(long index, double[] pair) {
    long[] bits = philox(index);
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit(bits[0])));
    double angle = 2 * Math.PI * unit(bits[1]);
    pair[0] = radius * StrictMath.cos(angle);
    pair[1] = radius * StrictMath.sin(angle);
  }

  /** A random order of 0..size-1 (Fisher and Yates). */
  public int[] permutation(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int j = below(i + 1, i);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static double unit(long bits) {
    return (bits >>> 11) * TWO_POW_MINUS_53;
  }

  /** Both halves of the 128-bit block at an index. */
  private long[] philox(long index) {
    int c0 = (int) index;
    int c1 = (int) (index >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long p1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      int next0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int next2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c0 = next0;
      c1 = (int) p1;
      c2 = next2;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return new long[] {join(c0, c1), join(c2, c3)};
  }

  private static long join(int low, int high) {
    return Integer.toUnsignedLong(low) | (long) high << 32;
  }

  /** The finalizer of SplitMix64 (Steele, Lea, Flood 2014), a bijection. */
  private static long mix(long z) {
    z += 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
