package org.syncbn.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.syncbn.tensor.Tensor;

/**
 * Values, or gradients, of all rows of a pass at some of its nodes, while the memory of the pass
 * serves other rows. Memory is used again by the next step. Not thread-safe.
 */
final class KeptValues {

  private static final Kept NOTHING = new Kept(new int[0], List.of());

  private final ValueMemory memory;
  private final IntFunction<int[]> blocksAt; // of a node
  private final int maximumRows;
  private final Memory pool;
  private final Map<Integer, Kept> nodes = new HashMap<>();

  /** What is kept at a node: copies of some blocks, for all rows. */
  record Kept(int[] blocks, List<Tensor> copies) {}

  /** Copies, to be used again. */
  private static final class Memory {
    private final Map<Integer, Deque<Tensor>> free = new HashMap<>(); // by size
    private long size; // of all of them

    Tensor take(int rows, int size) {
      Deque<Tensor> unused = free.computeIfAbsent(size, key -> new ArrayDeque<>());
      if (unused.isEmpty()) {
        this.size += (long) rows * size;
        unused.push(Tensor.zeros(rows, size));
      }
      return unused.pop();
    }

    void giveBack(Tensor copy) {
      free.get(copy.dimension(1)).push(copy);
    }
  }

  private KeptValues(
      ValueMemory memory, IntFunction<int[]> blocksAt, int maximumRows, Memory pool) {
    this.memory = memory;
    this.blocksAt = blocksAt;
    this.maximumRows = maximumRows;
    this.pool = pool;
  }

  /** Values that cross a node on the way forward. */
  static KeptValues ofValues(ValueMemory memory, int maximumRows) {
    return new KeptValues(memory, memory::liveValues, maximumRows, new Memory());
  }

  /** Gradients that cross a node on the way back; they take the memory that others gave back. */
  KeptValues ofGradients() {
    return new KeptValues(memory, memory::liveGradients, maximumRows, pool);
  }

  /** Copies the rows of the memory, which are those from a number on among all. */
  void keep(int node, int firstRow) {
    Kept kept = nodes.computeIfAbsent(node, this::make);
    for (int i = 0; i < kept.blocks.length; i++) {
      Tensor block = memory.block(kept.blocks[i]);
      rows(kept.copies.get(i), firstRow, block).copyFrom(block);
    }
  }

  /** Copies them back, if they were kept. */
  boolean recall(int node, int firstRow) {
    Kept kept = nodes.get(node);
    if (kept == null) {
      return false;
    }
    recall(kept, firstRow);
    return true;
  }

  /** Copies them back. */
  void recall(Kept kept, int firstRow) {
    for (int i = 0; i < kept.blocks.length; i++) {
      Tensor block = memory.block(kept.blocks[i]);
      block.copyFrom(rows(kept.copies.get(i), firstRow, block));
    }
  }

  private static Tensor rows(Tensor copy, int firstRow, Tensor block) {
    return copy.rows(firstRow, firstRow + block.dimension(0));
  }

  private Kept make(int node) {
    int[] blocks = blocksAt.apply(node);
    List<Tensor> copies = new ArrayList<>();
    for (int block : blocks) {
      copies.add(pool.take(maximumRows, memory.block(block).dimension(1)));
    }
    return new Kept(blocks, copies);
  }

  /**
   * Gives memory back.
   *
   * @return what was there, until something else is kept of the same rows
   */
  Kept forget(int node) {
    Kept kept = nodes.remove(node);
    if (kept == null) {
      return NOTHING;
    }
    kept.copies.forEach(pool::giveBack);
    return kept;
  }

  /** Gives all memory back. */
  void clear() {
    List.copyOf(nodes.keySet()).forEach(this::forget);
  }

  /** How many bytes the copies of values and gradients take together. */
  long bytes() {
    return pool.size * Float.BYTES;
  }
}
