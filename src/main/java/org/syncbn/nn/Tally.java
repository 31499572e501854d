package org.syncbn.nn;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How often each pair of a key and a row's weight occurs in some rows.
 *
 * <p>Counts are whole numbers, so joining tallies is associative and commutative to the bit: what
 * is computed from a tally depends on the rows alone, not on their order or partitions. A pair
 * takes 20 bytes. A tally may be limited to so many pairs: of rows with more it only says that they
 * have more, which no order of joining changes either. Immutable, hence thread-safe.
 */
public final class Tally {

  /** The tally of no rows. */
  public static final Tally EMPTY = empty(Integer.MAX_VALUE, false);

  private static final int PAIR_BYTES = Long.BYTES + Float.BYTES + Long.BYTES;
  private static final int MOST_PAIRS = 100_000_000;
  private static final int MORE = -1; // in the place of a size

  private final long[] keys; // ascending
  private final float[] weights; // ascending where keys are equal
  private final long[] counts; // above 0
  private final int most;
  private final boolean exceedsMost; // and then it has no pairs

  private Tally(long[] keys, float[] weights, long[] counts, int most, boolean exceedsMost) {
    this.keys = keys;
    this.weights = weights;
    this.counts = counts;
    this.most = most;
    this.exceedsMost = exceedsMost;
  }

  private static Tally empty(int most, boolean exceedsMost) {
    return new Tally(new long[0], new float[0], new long[0], most, exceedsMost);
  }

  /** Whether the rows have more pairs than it was limited to, none of which it has kept. */
  boolean exceedsMost() {
    return exceedsMost;
  }

  /** How many different pairs there are. */
  public int size() {
    return keys.length;
  }

  /** The tally of the rows of both, limited as the narrower of them is. */
  public Tally join(Tally other) {
    int limit = Math.min(most, other.most);
    if (exceedsMost || other.exceedsMost) {
      return empty(limit, true);
    }
    int length = Math.addExact(size(), other.size());
    long[] allKeys = new long[length];
    float[] allWeights = new float[length];
    long[] allCounts = new long[length];
    int i = 0;
    int j = 0;
    int size = 0;
    while (i < size() || j < other.size()) {
      int order = i == size() ? 1 : j == other.size() ? -1 : compare(i, other, j);
      Tally from = order <= 0 ? this : other;
      int at = order <= 0 ? i : j;
      allKeys[size] = from.keys[at];
      allWeights[size] = from.weights[at];
      allCounts[size] = from.counts[at] + (order == 0 ? other.counts[j] : 0);
      size++;
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    if (size > limit) {
      return empty(limit, true);
    }
    return size == length
        ? new Tally(allKeys, allWeights, allCounts, limit, false)
        : new Tally(
            Arrays.copyOf(allKeys, size),
            Arrays.copyOf(allWeights, size),
            Arrays.copyOf(allCounts, size),
            limit,
            false);
  }

  private int compare(int i, Tally other, int j) {
    int order = Long.compare(keys[i], other.keys[j]);
    return order != 0 ? order : Float.compare(weights[i], other.weights[j]);
  }

  /** Takes one key. */
  interface Visitor {
    /**
     * Takes a key.
     *
     * @param weight the sum of the weights of its rows
     */
    void visit(long key, double weight);
  }

  /** Visits each key once, in ascending order. */
  void forEachKey(Visitor visitor) {
    int i = 0;
    while (i < size()) {
      long key = keys[i];
      double weight = 0;
      for (; i < size() && keys[i] == key; i++) {
        weight += (double) weights[i] * counts[i];
      }
      visitor.visit(key, weight);
    }
  }

  /**
   * How many bytes {@link #write} writes.
   *
   * @throws IllegalArgumentException in a sentence, if that is more than an array can have
   */
  public int bytes() {
    if (size() > MOST_PAIRS) {
      throw new IllegalArgumentException(
          "the evaluated rows have more than %,d different scores and weights: leave rocAuc, prAuc and metrics of weighted classes out of training.metrics, or evaluate fewer rows"
              .formatted(MOST_PAIRS));
    }
    return 2 * Integer.BYTES + size() * PAIR_BYTES;
  }

  /** Writes the limit, the size and the pairs in the byte order of the buffer. */
  public void write(ByteBuffer out) {
    out.putInt(most).putInt(exceedsMost ? MORE : size());
    for (int i = 0; i < size(); i++) {
      out.putLong(keys[i]).putFloat(weights[i]).putLong(counts[i]);
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if the buffer ends before
   */
  public static Tally read(ByteBuffer in) {
    int most = in.remaining() < 2 * Integer.BYTES ? MORE : in.getInt();
    int size = most < 0 ? MORE : in.getInt();
    if (most < 0 || size < MORE || (long) size * PAIR_BYTES > in.remaining()) {
      throw new IllegalArgumentException("the tally is truncated or damaged");
    }
    if (size == MORE) {
      return empty(most, true);
    }
    Tally tally = new Tally(new long[size], new float[size], new long[size], most, false);
    for (int i = 0; i < size; i++) {
      tally.keys[i] = in.getLong();
      tally.weights[i] = in.getFloat();
      tally.counts[i] = in.getLong();
    }
    return tally;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tally tally
        && Arrays.equals(keys, tally.keys)
        && Arrays.equals(weights, tally.weights)
        && Arrays.equals(counts, tally.counts)
        && exceedsMost == tally.exceedsMost;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(keys) + Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return "Tally[" + (exceedsMost ? "more than " + most : size()) + " pairs]";
  }

  /** Counts rows. Joins tallies of like sizes, as a merge sort does. Not thread-safe. */
  public static final class Builder {

    private final List<Tally> parts = new ArrayList<>(); // each larger than twice the next
    private final int most;

    /** Counts any rows. */
    Builder() {
      this(Integer.MAX_VALUE);
    }

    /**
     * Counts rows with so many pairs.
     *
     * @param most of more it is only known that there are more
     */
    Builder(int most) {
      this.most = most;
    }

    /** Counts a row. */
    void add(long key, double weight) {
      if (parts.isEmpty() || !parts.get(0).exceedsMost) {
        add(new Tally(new long[] {key}, new float[] {(float) weight}, new long[] {1}, most, false));
      }
    }

    private void add(Tally tally) {
      Tally last = tally;
      while (!parts.isEmpty() && parts.get(parts.size() - 1).size() <= 2 * last.size()) {
        last = parts.remove(parts.size() - 1).join(last);
      }
      if (last.exceedsMost) {
        parts.clear();
      }
      parts.add(last);
    }

    /** What was counted. */
    public Tally tally() {
      Tally all = empty(most, false);
      for (int i = parts.size() - 1; i >= 0; i--) {
        all = parts.get(i).join(all);
      }
      return all;
    }
  }
}
