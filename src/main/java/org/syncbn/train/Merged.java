package org.syncbn.train;

import java.util.List;
import java.util.function.IntFunction;
import org.syncbn.nn.Tally;
import org.syncbn.tensor.Tensor;

/** The contributions of all shards to one exchange, merged by {@link ShardForest}. */
public final class Merged {

  private final Contribution contribution;
  private final ShardTimes times;

  Merged(Contribution contribution, ShardTimes times) {
    this.contribution = contribution;
    this.times = times;
  }

  /** How long each shard computed, or none if the engine does not measure. */
  public ShardTimes times() {
    return times;
  }

  /** Whether no shard had a row. */
  public boolean isEmpty() {
    return contribution instanceof Contribution.Empty;
  }

  /** The merged contribution itself, not a copy. */
  public Contribution contribution() {
    return contribution;
  }

  /**
   * The sums, or moments, over all shards, not a copy.
   *
   * @throws IllegalStateException if no shard had a row
   */
  public double[] sums() {
    if (contribution instanceof Contribution.Sums sums) {
      return sums.values();
    }
    if (contribution instanceof Contribution.Moments moments) {
      return moments.values();
    }
    if (contribution instanceof Contribution.Counted counted) {
      return counted.values();
    }
    if (contribution instanceof Contribution.Gradients gradients) {
      return gradients.values();
    }
    throw new IllegalStateException("no shard had a row in this exchange");
  }

  /** The tallies over all shards; none where no metric needs them. */
  public List<Tally> tallies() {
    return contribution instanceof Contribution.Counted counted ? counted.tallies() : List.of();
  }

  /**
   * The gradients of all weights, not a copy // [weights].
   *
   * @throws IllegalStateException if this exchange did not end a step
   */
  public Tensor gradients() {
    if (contribution instanceof Contribution.Gradients gradients) {
      return gradients.weights();
    }
    throw new IllegalStateException("this exchange brought no gradients");
  }

  /**
   * With the arrays of several owners put together, copies.
   *
   * @param memory where they go: from a size to a tensor of that size
   */
  public Merged inWhole(int owners, IntFunction<Tensor> memory) {
    Contribution.Slice slices = slices();
    return new Merged(
        new Contribution.Slice(
            slices.batchNormParameters(), slices.sums(), slices.whole(owners, memory)),
        times);
  }

  /**
   * What the owners of all slices said, one after the other.
   *
   * @throws IllegalStateException if this exchange was not theirs
   */
  public Contribution.Slice slices() {
    if (contribution instanceof Contribution.Slice slices) {
      return slices;
    }
    throw new IllegalStateException("this exchange was not one of the owners of slices");
  }
}
