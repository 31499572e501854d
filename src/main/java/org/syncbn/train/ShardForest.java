package org.syncbn.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * Deterministic tree reduction. Float addition is not associative, so the partial sums of shards
 * are combined in a fixed binary tree, whatever their order of arrival.
 *
 * <p>Shard s is the leaf {@code (level 0, index s)}, and the siblings {@code (l, 2i)} and {@code
 * (l, 2i + 1)} join, left + right, to {@code (l + 1, i)} as soon as both have arrived. When the
 * number of shards is not a power of two, some roots have no sibling; {@link #merged} folds them
 * from left to right. Union of forests is therefore associative and commutative to the bit; a
 * forest without nodes is its neutral element.
 *
 * <p>The forest owns the contributions given to it, and joins them in place. Not thread-safe.
 */
public final class ShardForest {

  /**
   * The joined contribution of the shards {@code index << level} to {@code ((index + 1) << level) -
   * 1}.
   *
   * @param level how many times it was joined
   * @param index which node of its level, from the left
   * @param contribution what these shards answered
   * @param times how long each of them took, or none
   */
  public record Node(int level, int index, Contribution contribution, ShardTimes times) {

    /** A node of shards that were not measured. */
    public Node(int level, int index, Contribution contribution) {
      this(level, index, contribution, ShardTimes.NONE);
    }

    private Node took(long nanosOfEach) {
      long[] nanos = new long[1 << level];
      Arrays.fill(nanos, nanosOfEach);
      return new Node(level, index, contribution, ShardTimes.ofNanos(nanos));
    }

    int firstShard() {
      return index << level;
    }

    int endShard() {
      return (index + 1) << level;
    }
  }

  private final int shards;
  private final BinaryOperator<Contribution> join;
  private final BitSet covered = new BitSet();
  private final List<Node> roots = new ArrayList<>();

  /**
   * An empty forest.
   *
   * @param shards into how many shards the mini-batch is cut
   */
  public ShardForest(int shards) {
    this(shards, Contribution::join);
  }

  /** A forest that joins in its own way, for instance later. */
  ShardForest(int shards, BinaryOperator<Contribution> join) {
    if (shards < 1) {
      throw new IllegalArgumentException("a mini-batch has at least one shard, not " + shards);
    }
    this.shards = shards;
    this.join = join;
  }

  /** States how long the shards took together, except those whose times are known. */
  void took(long nanos) {
    long each = nanos / Math.max(1, covered.cardinality());
    roots.replaceAll(node -> node.times.shards() > 0 ? node : node.took(each));
  }

  /** Into how many shards the mini-batch is cut. */
  int shards() {
    return shards;
  }

  /**
   * Adds one shard's contribution.
   *
   * @throws IllegalStateException if the shard does not exist or is already in
   */
  public ShardForest add(int shard, Contribution contribution) {
    return add(new Node(0, shard, contribution));
  }

  /**
   * Adds a node that another forest has joined.
   *
   * @throws IllegalStateException if one of its shards does not exist or is already in
   */
  public ShardForest add(Node node) {
    checkNew(node);
    covered.set(node.firstShard(), node.endShard());
    Node joined = node;
    for (int at = sibling(joined); at >= 0; at = sibling(joined)) {
      Node other = roots.remove(at);
      boolean isLeft = (joined.index & 1) == 0;
      Node left = isLeft ? joined : other;
      Node right = isLeft ? other : joined;
      joined =
          new Node(
              left.level + 1,
              left.index >> 1,
              join.apply(left.contribution, right.contribution),
              left.times.join(right.times));
    }
    roots.add(joined);
    return this;
  }

  /**
   * Adds all nodes of another forest, which must not be used any more.
   *
   * @throws IllegalStateException if the forests have a shard in common, or a different number of
   *     shards
   */
  public ShardForest merge(ShardForest other) {
    if (other.shards != shards) {
      throw new IllegalStateException(
          "contributions of " + shards + " shards do not mix with those of " + other.shards);
    }
    other.roots.forEach(this::add);
    return this;
  }

  /** The nodes to send on: as few as the shards that are in allow, from left to right. */
  public List<Node> roots() {
    return roots.stream().sorted(Comparator.comparingInt(Node::firstShard)).toList();
  }

  /**
   * The contributions of all shards. The forest must not be used any more.
   *
   * @throws IllegalStateException if a shard is missing
   */
  public Merged merged() {
    int missing = covered.nextClearBit(0);
    if (missing < shards) {
      throw new IllegalStateException(
          "shard " + missing + " of " + shards + " did not answer the exchange");
    }
    List<Node> all = roots();
    return new Merged(
        all.stream().map(Node::contribution).reduce(join).orElseThrow(),
        all.stream().map(Node::times).reduce(ShardTimes::join).orElseThrow());
  }

  private void checkNew(Node node) {
    boolean exists =
        node.level >= 0
            && node.level < Integer.SIZE - 1
            && node.index >= 0
            && (node.index + 1L) << node.level <= shards;
    if (!exists) {
      throw new IllegalStateException(
          "no node (" + node.level + ", " + node.index + ") over " + shards + " shards");
    }
    int twice = covered.nextSetBit(node.firstShard());
    if (twice >= 0 && twice < node.endShard()) {
      throw new IllegalStateException("shard " + twice + " answered an exchange twice");
    }
  }

  /** Where the node's sibling stands among the roots, or -1. */
  private int sibling(Node node) {
    for (int i = 0; i < roots.size(); i++) {
      if (roots.get(i).level == node.level && roots.get(i).index == (node.index ^ 1)) {
        return i;
      }
    }
    return -1;
  }
}
