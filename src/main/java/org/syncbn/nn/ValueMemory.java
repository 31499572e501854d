package org.syncbn.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.syncbn.tensor.Tensor;

/**
 * The memory of a pass: for each value of the network, and for its gradient, a block that it may
 * share with values whose time is over. Planned once, for a largest number of rows.
 */
final class ValueMemory {

  private static final int INPUT = -1;
  private static final int NONE = -2;
  private static final Tensor EMPTY = Tensor.zeros(0);

  private final Network network;
  private final int maximumRows;
  private final PlaceMasks masks;
  private final List<Layer> layers; // null at batch norms, forks and where branches meet
  private final List<Block> blocks = new ArrayList<>();
  private final Map<Integer, Deque<Integer>> free = new HashMap<>();
  private final int[] valueBlock;
  private final int[] gradientBlock;
  private final boolean[] leaving; // nodes that leave gradients of weights for later
  private Tensor input;
  private int rows;

  private ValueMemory(Network network, List<Layer> layers, int maximumRows, PlaceMasks masks) {
    this.network = network;
    this.layers = layers;
    this.maximumRows = maximumRows;
    this.masks = masks;
    this.valueBlock = new int[network.valueCount()];
    this.gradientBlock = new int[network.valueCount()];
    this.leaving = new boolean[network.nodes().size()];
    Arrays.fill(gradientBlock, NONE);
    valueBlock[0] = INPUT;
  }

  /** Values are kept for the way back, and have gradients where someone wants them. */
  static ValueMemory forTraining(
      Network network, List<Layer> layers, int maximumRows, PlaceMasks masks) {
    ValueMemory memory = new ValueMemory(network, layers, maximumRows, masks);
    memory.planKeptValues();
    memory.planGradients();
    memory.planLeftWeightGradients();
    return memory;
  }

  /** Values live until their last reader. */
  static ValueMemory forInference(Network network, List<Layer> layers, int maximumRows) {
    ValueMemory memory =
        new ValueMemory(network, layers, maximumRows, PlaceMasks.of(network, maximumRows));
    memory.planShortLivedValues();
    return memory;
  }

  /** Starts a pass over so many rows. */
  void begin(Tensor newInput, int newRows) {
    requireRows(newRows, maximumRows);
    if (newInput.size() != newRows * network.input().size()) {
      throw new IllegalArgumentException(
          "the network takes " + network.input() + " a row, but the input is " + newInput);
    }
    input = newInput;
    rows = newRows;
  }

  static void requireRows(int rows, int maximumRows) {
    if (rows < 1 || rows > maximumRows) {
      throw new IllegalArgumentException(
          "a pass planned for 1 to " + maximumRows + " rows cannot take " + rows);
    }
  }

  /** The most rows at once. */
  int maximumRows() {
    return maximumRows;
  }

  /** Which places of the values are masked. */
  PlaceMasks masks() {
    return masks;
  }

  Tensor value(int value) {
    return valueBlock[value] == INPUT ? input : blocks.get(valueBlock[value]).view(0, rows);
  }

  /** Rows [from, to) of a value. */
  Tensor value(int value, int from, int to) {
    return valueBlock[value] == INPUT
        ? input.rows(from, to)
        : blocks.get(valueBlock[value]).view(from, to);
  }

  /** The gradient of a value; empty if nobody wants it. */
  Tensor gradient(int value) {
    return gradient(value, 0, rows);
  }

  /** Rows [from, to) of the gradient of a value; empty if nobody wants it. */
  Tensor gradient(int value, int from, int to) {
    return gradientBlock[value] == NONE ? EMPTY : blocks.get(gradientBlock[value]).view(from, to);
  }

  boolean wantsGradient(int value) {
    return gradientBlock[value] != NONE;
  }

  /** Hides the masked places of what a node has made: {@link #forward}, or its batch norm. */
  void mask(Node node) {
    masks.apply(node, value(node.y()), rows);
  }

  /** The same of the gradient of what it made, before it is used. */
  void maskGradient(Node node) {
    masks.of(node.y()).clear(gradient(node.y()));
  }

  /** The blocks with the values that nodes before one have made, and it or others will read. */
  int[] liveValues(int node) {
    return live(valueBlock, maker -> maker < node, reader -> reader >= node);
  }

  /** The blocks with the gradients that nodes behind one have made, and it or others will read. */
  int[] liveGradients(int node) {
    return live(gradientBlock, maker -> maker <= node, reader -> reader > node);
  }

  private int[] live(int[] blockOfValue, IntPredicate isMadeBy, IntPredicate isReadBy) {
    List<Node> nodes = network.nodes();
    boolean[] isMade = new boolean[network.valueCount()];
    boolean[] isRead = new boolean[network.valueCount()];
    isRead[network.outputValue()] = isReadBy.test(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      for (int value : nodes.get(i).made()) {
        isMade[value] = isMadeBy.test(i);
      }
      for (int value : nodes.get(i).read()) {
        isRead[value] = isReadBy.test(i);
      }
    }
    return IntStream.range(0, isMade.length)
        .filter(value -> isMade[value] && isRead[value])
        .map(value -> blockOfValue[value])
        .filter(block -> block >= 0)
        .distinct()
        .toArray();
  }

  /** The rows of a block. */
  Tensor block(int block) {
    return blocks.get(block).view(0, rows);
  }

  /** How many bytes a block takes. */
  long blockBytes(int block) {
    return (long) blocks.get(block).memory.size() * Float.BYTES;
  }

  /** How many bytes the values and gradients take. */
  long bytes() {
    return blocks.stream().mapToLong(block -> (long) block.memory.size() * Float.BYTES).sum();
  }

  /** Computes what a node makes, unless it is a batch norm. */
  void forward(int index, PassContext context) {
    Node node = network.nodes().get(index);
    switch (node.kind()) {
      case LAYER -> layers.get(index).forward(value(node.x()), value(node.y()), context);
      case FORK -> {} // one block under both names
      case ADD -> Sum.of(value(node.x()), value(node.x2()), value(node.y()), context);
      case CONCAT ->
          Concatenation.join(
              value(node.x()),
              network.value(node.x()).channels(),
              value(node.x2()),
              network.value(node.x2()).channels(),
              value(node.y()));
    }
    mask(node);
  }

  /**
   * Computes the gradients of what a node reads, unless it is a batch norm, and those of its
   * weights, unless it {@link #leavesWeightGradients}.
   */
  void backward(int index, PassContext context) {
    Node node = network.nodes().get(index);
    maskGradient(node);
    Tensor dy = gradient(node.y());
    Tensor dx = gradient(node.x());
    switch (node.kind()) {
      case LAYER -> {
        if (dx.size() > 0 || node.learns()) {
          layers.get(index).backward(value(node.x()), value(node.y()), dy, dx, context);
        }
        if (node.learns() && !leavesWeightGradients(index)) {
          weightGradients(index, context);
        }
      }
      case FORK -> {
        if (dx.size() > 0) {
          Sum.of(dy, gradient(node.y2()), dx, context);
        }
      }
      case ADD -> {} // one block under three names
      case CONCAT ->
          Concatenation.split(
              dy,
              dx,
              network.value(node.x()).channels(),
              gradient(node.x2()),
              network.value(node.x2()).channels());
    }
  }

  /**
   * Whether a node's gradients of weights may be computed when the way back has come to the batch
   * norm before it: what they are made of is still there.
   */
  boolean leavesWeightGradients(int index) {
    return leaving[index];
  }

  /** Computes the gradients of weights that a node has left. */
  void weightGradients(int index, PassContext context) {
    Node node = network.nodes().get(index);
    layers.get(index).weightGradients(value(node.x()), gradient(node.y()), context);
  }

  /** The first value with a number that is not finite: an index into {@link Network#valueNames}. */
  OptionalInt firstNonFinite() {
    boolean[] isRead = network.isReadBeforeMasks();
    if (isRead[0] && hasNonFinite(value(0))) {
      return OptionalInt.of(0);
    }
    List<Node> nodes = network.nodes();
    return IntStream.range(0, nodes.size())
        .filter(i -> isRead[nodes.get(i).y()] && hasNonFinite(value(nodes.get(i).y())))
        .map(i -> i + 1)
        .findFirst();
  }

  private static boolean hasNonFinite(Tensor values) {
    for (int i = 0; i < values.size(); i++) {
      if (!Float.isFinite(values.get(i))) {
        return true;
      }
    }
    return false;
  }

  private void planKeptValues() {
    boolean[] forked = new boolean[network.valueCount()];
    boolean[] keptByMaker = new boolean[network.valueCount()];
    for (int i = 0; i < network.nodes().size(); i++) {
      Node node = network.nodes().get(i);
      if (node.kind() == Node.Kind.FORK) {
        valueBlock[node.y()] = valueBlock[node.x()];
        valueBlock[node.y2()] = valueBlock[node.x()];
        forked[node.y()] = true;
        forked[node.y2()] = true;
        continue;
      }
      Layer layer = layers.get(i);
      boolean worksInPlace = node.kind() == Node.Kind.ADD || layer != null && layer.worksInPlace();
      boolean mayOverwrite =
          valueBlock[node.x()] != INPUT && !forked[node.x()] && !keptByMaker[node.x()];
      valueBlock[node.y()] =
          worksInPlace && mayOverwrite ? valueBlock[node.x()] : newBlock(node.y());
      keptByMaker[node.y()] = layer != null && layer.readsOutput();
    }
  }

  private void planShortLivedValues() {
    int[] lastReader = new int[network.valueCount()];
    List<Node> nodes = network.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      lastReader[nodes.get(i).x()] = i;
      if (nodes.get(i).x2() >= 0) {
        lastReader[nodes.get(i).x2()] = i;
      }
    }
    lastReader[network.outputValue()] = nodes.size();
    int[] readers = new int[nodes.size() + 1]; // of each block
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      int from = valueBlock[node.x()];
      if (node.kind() == Node.Kind.FORK) {
        valueBlock[node.y()] = from;
        valueBlock[node.y2()] = from;
        if (from != INPUT) {
          readers[from]++;
        }
        continue;
      }
      Layer layer = layers.get(i);
      boolean worksInPlace = layer == null ? node.kind() != Node.Kind.CONCAT : layer.worksInPlace();
      if (worksInPlace && from != INPUT && readers[from] == 1) {
        valueBlock[node.y()] = from;
      } else {
        valueBlock[node.y()] = newBlock(node.y());
        readers[valueBlock[node.y()]] = 1;
        release(from, readers);
      }
      if (node.x2() >= 0) {
        release(valueBlock[node.x2()], readers);
      }
    }
  }

  private void planGradients() {
    List<Node> nodes = network.nodes();
    boolean[] wanted = network.isReachedBackward();
    free.clear(); // values keep their blocks
    int[] readers = new int[blocks.size() + 2 * nodes.size() + 1];
    gradientBlock[network.outputValue()] = newBlock(network.outputValue());
    readers[gradientBlock[network.outputValue()]] = 1;
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      int from = gradientBlock[node.y()];
      if (from == NONE) {
        continue;
      }
      if (node.kind() == Node.Kind.ADD) {
        readers[from]--;
        for (int summand : new int[] {node.x(), node.x2()}) {
          if (wanted[summand]) {
            gradientBlock[summand] = from;
            readers[from]++;
          }
        }
        continue;
      }
      if (node.kind() == Node.Kind.CONCAT) {
        for (int part : new int[] {node.x(), node.x2()}) {
          if (wanted[part]) {
            gradientBlock[part] = newBlock(part);
            readers[gradientBlock[part]] = 1;
          }
        }
        release(from, readers);
        continue;
      }
      boolean inPlace =
          layers.get(i) == null || layers.get(i).goesBackInPlace(); // batch norms, forks
      if (wanted[node.x()]) {
        if (inPlace && readers[from] == 1) {
          gradientBlock[node.x()] = from;
          readers[from]++;
        } else {
          gradientBlock[node.x()] = newBlock(node.x());
          readers[gradientBlock[node.x()]] = 1;
        }
      }
      release(from, readers);
      if (node.y2() >= 0) {
        release(gradientBlock[node.y2()], readers);
      }
    }
  }

  /** Values of the way forward all stay until the step is over; gradients may be overwritten. */
  private void planLeftWeightGradients() {
    boolean[] overwritten = new boolean[blocks.size()]; // between a batch norm and a node behind it
    boolean comesBatchNorm = false;
    for (int i = 0; i < leaving.length; i++) {
      Node node = network.nodes().get(i);
      int from = gradientBlock[node.y()];
      if (from == NONE) {
        continue;
      }
      if (node.isBatchNorm()) {
        comesBatchNorm = true;
        Arrays.fill(overwritten, false);
        continue;
      }
      leaving[i] =
          comesBatchNorm
              && node.learns()
              && layers.get(i).leavesWeightGradients()
              && !overwritten[from];
      for (int read : node.read()) {
        if (gradientBlock[read] != NONE) {
          overwritten[gradientBlock[read]] = true;
        }
      }
    }
  }

  private void release(int block, int[] readers) {
    if (block >= 0 && --readers[block] == 0) {
      free.computeIfAbsent(blocks.get(block).size, size -> new ArrayDeque<>()).push(block);
    }
  }

  private int newBlock(int value) {
    int size = network.value(value).size();
    Deque<Integer> candidates = free.get(size);
    if (candidates != null && !candidates.isEmpty()) {
      return candidates.pop();
    }
    blocks.add(new Block(maximumRows, size));
    return blocks.size() - 1;
  }

  /** Memory for rows of one size, with the last view from each row on. */
  private static final class Block {
    final int size;
    final Tensor memory;
    final Tensor[] views;

    Block(int rows, int size) {
      this.size = size;
      this.memory = Tensor.zeros(rows, size);
      this.views = new Tensor[rows + 1];
    }

    Tensor view(int from, int to) {
      Tensor view = views[from];
      if (view == null || view.dimension(0) != to - from) {
        view = memory.rows(from, to);
        views[from] = view;
      }
      return view;
    }
  }
}
