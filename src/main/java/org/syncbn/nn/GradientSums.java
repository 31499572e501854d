package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.tensor.Tensor;

/**
 * The gradients of a pass over adjacent shards, added up while they come: shard s is the leaf
 * (level 0, index s) of a tree, and the siblings (l, 2i) and (l, 2i + 1) join, left + right, to (l
 * + 1, i). A shard without rows is not a leaf, and its sibling goes up alone.
 *
 * <p>Shards are taken in their order, one range of weights after the other; each range takes the
 * same way through as few vectors of weights as the tree is high. Not thread-safe.
 */
final class GradientSums {

  private static final int NONE = -1;

  private final int firstShard;
  private final int shards;
  private final int size;
  private final List<Tensor> vectors = new ArrayList<>();
  private float[] zeros = {};

  // The way of this step.
  private final boolean[] present;
  private final int[] leaf; // by shard: the vector that it writes, or NONE
  private final int[] direct; // by shard: the vector of its left sibling, a leaf, or NONE
  private final int[] lefts; // the additions, in order
  private final int[] rights;
  private final int[] ends; // by shard: one past its last addition
  private int first; // the shard that layers count as 0
  private List<TrainingPass.Gradients> roots = List.of();

  GradientSums(int firstShard, int shards, int size) {
    this.firstShard = firstShard;
    this.shards = shards;
    this.size = size;
    this.present = new boolean[shards];
    this.leaf = new int[shards];
    this.direct = new int[shards];
    this.lefts = new int[shards];
    this.rights = new int[shards];
    this.ends = new int[shards];
  }

  /** Starts a step in which each shard has so many rows. */
  void begin(int[] rows) {
    boolean same = !roots.isEmpty();
    for (int shard = 0; shard < shards; shard++) {
      same &= present[shard] == rows[shard] > 0;
      present[shard] = rows[shard] > 0;
    }
    if (!same) {
      plan();
    }
  }

  private void plan() {
    List<Integer> free = new ArrayList<>();
    for (int i = vectors.size() - 1; i >= 0; i--) {
      free.add(i);
    }
    int[] levels = new int[shards];
    int[] indices = new int[shards];
    int[] tops = new int[shards]; // vectors
    int height = 0;
    int additions = 0;
    for (int shard = 0; shard < shards; shard++) {
      leaf[shard] = present[shard] ? take(free) : NONE;
      direct[shard] = NONE;
      levels[height] = 0;
      indices[height] = firstShard + shard;
      tops[height++] = leaf[shard];
      while (height > 1
          && levels[height - 2] == levels[height - 1]
          && (indices[height - 2] ^ 1) == indices[height - 1]) {
        int left = tops[height - 2];
        int right = tops[height - 1];
        height--;
        if (left != NONE && right != NONE) {
          if (levels[height] == 0) {
            direct[shard] = left;
          }
          lefts[additions] = left;
          rights[additions++] = right;
          free.add(right);
        }
        tops[height - 1] = left == NONE ? right : left;
        levels[height - 1]++;
        indices[height - 1] >>= 1;
      }
      ends[shard] = additions;
    }
    List<TrainingPass.Gradients> found = new ArrayList<>();
    for (int i = 0; i < height; i++) {
      Tensor values = tops[i] == NONE ? Tensor.zeros(0) : vectors.get(tops[i]);
      found.add(new TrainingPass.Gradients(levels[i], indices[i], values));
    }
    roots = List.copyOf(found);
  }

  private int take(List<Integer> free) {
    if (!free.isEmpty()) {
      return free.remove(free.size() - 1);
    }
    vectors.add(Tensor.zeros(size));
    return vectors.size() - 1;
  }

  /** Turns to some adjacent shards, which come behind those that had their turn. */
  void select(int firstOfThem) {
    first = firstOfThem;
  }

  /** Where a shard with rows writes its own gradients // [weights]. */
  Tensor leaf(int shard) {
    return vectors.get(leaf[first + shard]);
  }

  /**
   * Whether the sibling left of a shard is a shard with rows, to whose gradients its own may go.
   */
  boolean hasLeftLeaf(int shard) {
    return direct[first + shard] != NONE;
  }

  /** The gradients of the left sibling, if {@link #hasLeftLeaf}. */
  Tensor leftLeaf(int shard) {
    return vectors.get(direct[first + shard]);
  }

  /** After a shard has written a range of its leaf: all additions that are due. */
  void join(int shard, int offset, int length) {
    add(start(first + shard), ends[first + shard], offset, length);
  }

  /** After a shard has added a range to its left sibling: the other additions that are due. */
  void joinFromLeft(int shard, int offset, int length) {
    add(start(first + shard) + 1, ends[first + shard], offset, length);
  }

  private int start(int shard) {
    return shard == 0 ? 0 : ends[shard - 1];
  }

  private void add(int from, int to, int offset, int length) {
    for (int i = from; i < to; i++) {
      vectors.get(lefts[i]).add(vectors.get(rights[i]), offset, length);
    }
  }

  /** Sets a range to 0, in what all shards come to. */
  void clear(int offset, int length) {
    if (zeros.length < length) {
      zeros = new float[length];
    }
    for (int i = 0; i < vectors.size(); i++) {
      vectors.get(i).write(offset, zeros, 0, length);
    }
  }

  /** What the shards come to, from left to right. */
  List<TrainingPass.Gradients> roots() {
    return roots;
  }
}
