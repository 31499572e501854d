package org.syncbn.train;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.syncbn.nn.Tally;
import org.syncbn.norm.ChannelMoments;
import org.syncbn.tensor.Tensor;

/**
 * The partial sums that one shard, or several adjacent shards together, return in an exchange.
 *
 * <p>A shard without a row in the mini-batch answers {@link Empty}, never zeros: {@code -0.0f +
 * 0.0f} is {@code +0.0f}, so adding zeros changes bits.
 */
public sealed interface Contribution {

  /** The answer of a shard without a row. */
  Empty EMPTY = new Empty();

  /** Nothing to add. */
  record Empty() implements Contribution {}

  /**
   * Sums over the rows of a shard.
   *
   * @param values the sums
   */
  record Sums(double[] values) implements Contribution {}

  /**
   * What reaches a batch norm.
   *
   * @param values in the layout of {@link ChannelMoments}
   * @param channels of the batch norm
   */
  record Moments(double[] values, int channels) implements Contribution {}

  /**
   * What is measured of the rows of a shard.
   *
   * @param values the sums
   * @param tallies for the metrics that need more than sums
   */
  record Counted(double[] values, List<Tally> tallies) implements Contribution {
    /** Copies the list. */
    public Counted {
      tallies = List.copyOf(tallies);
    }
  }

  /**
   * The end of a step: gradients of all weights and the sums of the loss and the metrics.
   *
   * @param weights gradients of the summed loss, in the order of the weights // [weights]
   * @param values the sums
   * @param moments of the batch norms, where each shard has statistics of its own
   */
  record Gradients(Tensor weights, double[] values, List<Moments> moments) implements Contribution {

    /** Keeps a copy of the list. */
    public Gradients {
      moments = List.copyOf(moments);
    }

    /** Where the moments were agreed on before. */
    public Gradients(Tensor weights, double[] values) {
      this(weights, values, List.of());
    }
  }

  /**
   * What the owner of a slice of the weights has to say, and, joined, what several do: one after
   * the other.
   *
   * @param batchNormParameters gamma and beta in the slice after an update
   * @param sums of squares of its pieces
   * @param arrays the numbers of the slice: the weights, then the state as in {@link Message.Load}
   */
  record Slice(float[] batchNormParameters, double[] sums, List<Tensor> arrays)
      implements Contribution {

    /** Copies the list. */
    public Slice {
      arrays = List.copyOf(arrays);
    }

    /** Nothing but that the owner is there. */
    public static final Slice NOTHING = new Slice(new float[0], new double[0], List.of());

    /**
     * The arrays of several owners, one after the other, as arrays of the whole vector.
     *
     * @param owners how many owners' slices are joined here
     * @param memory where they go: from a size to a tensor of that size
     */
    public List<Tensor> whole(int owners, IntFunction<Tensor> memory) {
      int kinds = arrays.size() / owners;
      return IntStream.range(0, kinds)
          .mapToObj(kind -> whole(owners, kind, kinds, memory))
          .toList();
    }

    private Tensor whole(int owners, int kind, int kinds, IntFunction<Tensor> memory) {
      List<Tensor> parts =
          IntStream.range(0, owners).mapToObj(owner -> arrays.get(owner * kinds + kind)).toList();
      Tensor all = memory.apply(parts.stream().mapToInt(Tensor::size).sum());
      int at = 0;
      for (Tensor part : parts) {
        all.rows(at, at + part.size()).copyFrom(part);
        at += part.size();
      }
      return all;
    }

    private Slice append(Slice next) {
      return new Slice(
          FloatBuffer.allocate(batchNormParameters.length + next.batchNormParameters.length)
              .put(batchNormParameters)
              .put(next.batchNormParameters)
              .array(),
          DoubleStream.concat(DoubleStream.of(sums), DoubleStream.of(next.sums)).toArray(),
          Stream.concat(arrays.stream(), next.arrays.stream()).toList());
    }
  }

  /**
   * Left + right, written into the left one's memory.
   *
   * @throws IllegalStateException if they are answers to different questions
   */
  static Contribution join(Contribution left, Contribution right) {
    if (left instanceof Empty) {
      return right;
    }
    if (right instanceof Empty) {
      return left;
    }
    if (left instanceof Sums l && right instanceof Sums r) {
      add(l.values, r.values);
      return left;
    }
    if (left instanceof Moments l && right instanceof Moments r) {
      ChannelMoments.join(l.values, r.values, l.channels);
      return left;
    }
    if (left instanceof Counted l && right instanceof Counted r) {
      add(l.values, r.values);
      checkLengths(l.tallies.size(), r.tallies.size());
      return new Counted(
          l.values,
          IntStream.range(0, l.tallies.size())
              .mapToObj(i -> l.tallies.get(i).join(r.tallies.get(i)))
              .toList());
    }
    if (left instanceof Gradients l && right instanceof Gradients r) {
      add(l.weights, r.weights);
      addAside(l, r);
      return left;
    }
    if (left instanceof Slice l && right instanceof Slice r) {
      return l.append(r);
    }
    throw new IllegalStateException(
        "two shards answered differently in one exchange: "
            + left.getClass().getSimpleName()
            + " and "
            + right.getClass().getSimpleName());
  }

  /** All but the weights of left + right, written into left. */
  static void addAside(Gradients left, Gradients right) {
    add(left.values, right.values);
    checkLengths(left.moments.size(), right.moments.size());
    for (int i = 0; i < left.moments.size(); i++) {
      join(left.moments.get(i), right.moments.get(i));
    }
  }

  /** Left + right, written into left. */
  static void add(double[] left, double[] right) {
    checkLengths(left.length, right.length);
    for (int i = 0; i < left.length; i++) {
      left[i] += right[i];
    }
  }

  private static void add(Tensor left, Tensor right) {
    add(left, right, 0, left.size());
  }

  /** Left + right, written into left, for the numbers [offset, offset + length). */
  static void add(Tensor left, Tensor right, int offset, int length) {
    checkLengths(left.size(), right.size());
    left.add(right, offset, length);
  }

  private static void checkLengths(int left, int right) {
    if (left != right) {
      throw new IllegalStateException(
          "two shards answered differently in one exchange: " + left + " and " + right + " values");
    }
  }
}
