package org.syncbn.nn;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.tensor.CounterRandom;
import org.syncbn.tensor.Tensor;

/**
 * One or some adjacent shards' half of a training step: forward and backward through a network,
 * stopping where all shards have to agree.
 *
 * <pre>{@code
 * pass.start(batch, slice, weights, states, random);
 * while (!pass.isFinished()) {
 *   pass.resume(merge(pass.contribution(0), ...)); // of all shards, in a fixed order
 * }
 * // pass.contribution(s): the sums of the evaluation; pass.gradients(): of the summed loss
 * }</pre>
 *
 * <p>A step has {@link Network#exchanges} contributions: forward one per batch norm, backward one
 * per batch norm in reverse, at last the sums of {@link Measures}, which go together with the
 * gradients. {@link StepSynchronization} is the driver's half. A shard without rows takes no part.
 *
 * <p>Neighbours go together because one product of many rows costs less than many of few, and
 * because gradients are added up while they are in a cache. The bits are those of each shard in a
 * pass of its own. Rows of weight 0 are read as zeros and have no part in any sum. Memory is made
 * once, for the largest number of rows; a step makes no more than a few small objects. Results are
 * a pure function of the arguments, on one family of CPUs. Not thread-safe: one thread at a time,
 * not always the same one.
 */
public final class TrainingPass {

  private static final double[] NOTHING = {};

  /** What the next contribution is about. */
  private enum Stage {
    IDLE,
    FORWARD,
    BACKWARD,
    FINISHED
  }

  /**
   * The gradients of the shards {@code index << level} to {@code ((index + 1) << level) - 1}, added
   * up as siblings: left + right, level by level.
   *
   * @param level how many times they were joined
   * @param index which node of its level
   * @param values of the summed loss (sum reduction) by all weights; those of gamma and beta of
   *     batch norms are 0 here, because the driver has them from the synchronization points; empty
   *     if these shards have no rows // [weights]
   */
  public record Gradients(int level, int index, Tensor values) {}

  private final Network network;
  private final Measures measures;
  private final MicroBatches microBatches;
  private final ValueMemory memory;
  private final PassContext context;
  private final PassNorms norms;
  private final Measures.LossScratch scratch;
  private final int[] wholeBatch = new int[1];
  private final double[][] sums; // by shard
  private double[][] contributions;
  private final List<ParameterBlock> agreed; // gamma and beta of batch norms

  private final int maximumRows;
  private final KeptValues keptValues;
  private final KeptValues keptGradients;
  private final Pieces pieces;
  private BatchSlice slice;
  private Batch batch; // of the piece that is computed now
  private Stage stage = Stage.IDLE;
  private int at; // the batch norm that waits for a synchronization point
  private final BitSet left = new BitSet(); // nodes behind it without their gradients of weights

  /** Makes the memory for passes of one shard, of at most so many rows. */
  public TrainingPass(Network network, Measures measures, int maximumRows) {
    this(network, measures, 0, 1, maximumRows, MicroBatches.NONE);
  }

  /**
   * Makes the memory for passes of some shards.
   *
   * @param firstShard the index of the first
   * @param shards how many
   * @param maximumRows the most rows that all of them have together
   * @param microBatches how many of their rows are computed at once: as many shards as have no more
   *     together
   */
  public TrainingPass(
      Network network,
      Measures measures,
      int firstShard,
      int shards,
      int maximumRows,
      MicroBatches microBatches) {
    this.network = network;
    this.measures = measures;
    this.maximumRows = maximumRows;
    this.microBatches = microBatches;
    int rowsAtOnce = Math.min(maximumRows, microBatches.rows());
    this.memory =
        ValueMemory.forTraining(
            network,
            Layer.of(network, rowsAtOnce),
            rowsAtOnce,
            PlaceMasks.of(network, maximumRows));
    this.keptValues = KeptValues.ofValues(memory, maximumRows);
    this.keptGradients = keptValues.ofGradients();
    this.context =
        PassContext.training(new GradientSums(firstShard, shards, network.weightCount()));
    context.masks = memory.masks();
    this.norms = new PassNorms(network, memory, context, shards);
    this.pieces = new Pieces(network.input().size(), maximumRows, rowsAtOnce);
    this.scratch = new Measures.LossScratch(network.output().size(), measures.targetSize());
    this.sums = new double[shards][measures.length()];
    this.contributions = sums;
    this.agreed =
        network.nodes().stream()
            .filter(Node::isBatchNorm)
            .flatMap(node -> node.parameters().stream())
            .toList();
  }

  /** Runs one shard to the first synchronization point: its rows are the batch. */
  public void start(
      Batch batch,
      BatchSlice slice,
      Tensor weights,
      List<BatchNormState> states,
      CounterRandom random) {
    wholeBatch[0] = batch.rows();
    start(batch, wholeBatch, slice, weights, states, random);
  }

  /**
   * Runs to the first synchronization point.
   *
   * @param batch the rows of these shards, one shard's behind the other's, at least one; read until
   *     the pass is finished
   * @param shardRows how many rows each shard has; not changed by others until the pass is finished
   * @param slice where the batch lies in the global mini-batch
   * @param weights all weights; read until the pass is finished // [weights]
   * @param states the batch norms, with the gamma and beta of the weights
   * @param random the random numbers of this step, the same on all shards
   */
  public void start(
      Batch batch,
      int[] shardRows,
      BatchSlice slice,
      Tensor weights,
      List<BatchNormState> states,
      CounterRandom random) {
    int batchNorms = network.batchNorms().size();
    if (weights.size() != network.weightCount() || states.size() != batchNorms) {
      throw new IllegalArgumentException(
          "the network has %d weights and %d batch norms, but was given %d and %d"
              .formatted(network.weightCount(), batchNorms, weights.size(), states.size()));
    }
    if (shardRows.length != sums.length || Arrays.stream(shardRows).sum() != batch.rows()) {
      throw new IllegalArgumentException(
          "%d rows do not come from %d shards with %s rows"
              .formatted(batch.rows(), sums.length, Arrays.toString(shardRows)));
    }
    ValueMemory.requireRows(batch.rows(), maximumRows);
    left.clear(); // of a step that was given up
    pieces.cut(batch, shardRows);
    this.slice = slice;
    norms.begin(states, slice);
    context.weights = weights;
    context.random = random;
    context.gradients.begin(shardRows);
    // A merge or the driver may have written there.
    agreed.forEach(block -> context.gradients.clear(block.offset(), block.size()));
    memory.masks().begin(batch.rows());
    keptValues.clear();
    keptGradients.clear();
    open(pieces.first());
    for (Node node : network.nodes()) {
      if (node.isBatchNorm() && !norms.isSynchronized(node)) {
        norms.agree(node, NOTHING);
      }
    }
    forwardFrom(-1);
  }

  /** Turns to the rows of a piece. */
  private void open(Pieces.Piece piece) {
    catchUp();
    batch = piece.rows();
    norms.select(batch, piece.firstShard());
    memory.begin(batch.inputs(), batch.rows());
    memory.masks().select(piece.firstRow(), batch.rows());
    context.rows = batch.rows();
    context.shardRows = piece.shardRows();
    context.slice = slice.from(piece.firstRow());
    context.gradients.select(piece.firstShard());
  }

  /**
   * Runs to the next synchronization point.
   *
   * @param agreed the contributions of all shards to the synchronization point that this pass waits
   *     for, merged as {@link #momentChannels} says; not kept
   */
  public void resume(double[] agreed) {
    catchUp();
    Node node = network.nodes().get(at);
    switch (stage) {
      case FORWARD -> {
        open(pieces.first());
        norms.agree(node, agreed);
        forwardFrom(at);
      }
      case BACKWARD -> backwardFrom(at, agreed);
      case IDLE, FINISHED ->
          throw new IllegalStateException(
              "the pass is not at a synchronization point: start a step first");
    }
  }

  /**
   * Computes what the last contribution did not need: gradients of weights of layers behind the
   * batch norm. To be called while the contributions are on their way; {@link #resume} does it
   * otherwise.
   */
  public void catchUp() {
    for (int node = left.nextSetBit(0); node >= 0; node = left.nextSetBit(node + 1)) {
      memory.weightGradients(node, context);
    }
    left.clear();
  }

  /** Whether the last contribution was the last one of its step. */
  public boolean isFinished() {
    return stage == Stage.FINISHED;
  }

  /**
   * Of how many channels the contributions are moments, which {@link
   * org.syncbn.norm.ChannelMoments#join} merges; 0 if they are sums, which are added.
   */
  public int momentChannels() {
    return stage == Stage.FORWARD ? norms.layer(network.nodes().get(at)).channels() : 0;
  }

  /**
   * What a shard with rows has to say to the synchronization point that this pass waits for, or
   * once it is finished, the sums of its evaluation. The memory is used again by the next step.
   *
   * @param shard counted from the first one of this pass
   */
  public double[] contribution(int shard) {
    return contributions[shard];
  }

  /**
   * The gradients, once the pass is finished, from left to right. The memory is used again by the
   * next step.
   */
  public List<Gradients> gradients() {
    return context.gradients.roots();
  }

  /**
   * What reaches a layer from the batch; valid from the turn at the loss until the next step.
   *
   * @param layer its name, as it stands before the dot in names of arrays
   * @throws IllegalArgumentException if there is no such layer
   */
  public Tensor input(String layer) {
    return network.nodes().stream()
        .filter(node -> node.name().equals(layer))
        .map(node -> memory.value(node.x()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no layer has the name " + layer));
  }

  /**
   * The network's outputs for the batch, or for the piece that was computed last; valid from the
   * turn at the loss until the next step.
   */
  public Tensor output() {
    return memory.value(network.outputValue());
  }

  /**
   * The first value that went wrong in this step, in the order of computation: an index into {@link
   * Network#valueNames}.
   */
  public OptionalInt firstNonFinite() {
    return memory.firstNonFinite();
  }

  /** How many bytes of values and gradients there are, with those that are kept. */
  public long activationBytes() {
    return memory.bytes() + keptValues.bytes();
  }

  /**
   * Runs all pieces from a batch norm that was agreed on, or from the start, to the next one.
   *
   * @param first the batch norm; -1 for the start
   */
  private void forwardFrom(int first) {
    int end = network.nodes().size();
    int stop = norms.nextForward(first);
    int last = norms.nextBackward(end);
    for (Pieces.Piece piece : pieces) {
      open(piece);
      compute(recall(piece, first), stop, first, piece);
      if (stop < end) {
        keep(piece, stop);
        norms.observe(network.nodes().get(stop));
      } else {
        evaluate(piece);
        backward(piece, end - 1, last);
      }
    }
    if (stop < end) {
      waitFor(Stage.FORWARD, stop);
    } else {
      waitFor(Stage.BACKWARD, last);
    }
  }

  /**
   * Runs all pieces back from a batch norm to the one before it.
   *
   * @param first the batch norm
   * @param merged what was agreed on about it
   */
  private void backwardFrom(int first, double[] merged) {
    Node node = network.nodes().get(first);
    int stop = norms.nextBackward(first);
    keptValues.forget(first);
    KeptValues.Kept gradients = keptGradients.forget(first);
    for (Pieces.Piece piece : pieces) {
      open(piece);
      if (!pieces.isOne()) {
        compute(recall(piece, stop), first, first, piece);
        keptGradients.recall(gradients, piece.firstRow());
      }
      norms.applyGradient(node, merged);
      backward(piece, first - 1, stop);
    }
    waitFor(Stage.BACKWARD, stop);
  }

  private void waitFor(Stage next, int node) {
    at = node;
    stage = node < 0 ? Stage.FINISHED : next;
    contributions =
        switch (stage) {
          case FORWARD -> norms.forward(network.nodes().get(node));
          case BACKWARD -> norms.backward(network.nodes().get(node));
          case IDLE, FINISHED -> sums;
        };
  }

  /**
   * Computes nodes [from, to); batch norms by what was agreed on.
   *
   * @param reached up to which node this piece was computed before in this step
   */
  private void compute(int from, int to, int reached, Pieces.Piece piece) {
    for (int i = from; i < to; i++) {
      Node node = network.nodes().get(i);
      if (!node.isBatchNorm()) {
        memory.forward(i, context);
        continue;
      }
      if (i > reached) {
        keep(piece, i);
      }
      norms.apply(node);
    }
  }

  private void keep(Pieces.Piece piece, int node) {
    if (!pieces.isOne() && microBatches.keepsAt(network.nodes().get(node).batchNorm())) {
      keptValues.keep(node, piece.firstRow());
    }
  }

  /**
   * Makes the values at a node those of a piece, or at the nearest one before it where they are
   * kept.
   *
   * @return the node; 0 where all has to be computed again
   */
  private int recall(Pieces.Piece piece, int node) {
    for (int i = node; i >= 0; i--) {
      if (pieces.isOne() || keptValues.recall(i, piece.firstRow())) {
        return i;
      }
    }
    return 0;
  }

  private void evaluate(Pieces.Piece piece) {
    Tensor gradient = memory.gradient(network.outputValue());
    int row = 0;
    for (int i = 0; i < piece.shardRows().length; i++) {
      int end = row + piece.shardRows()[i];
      double[] mine = sums[piece.firstShard() + i];
      Arrays.fill(mine, 0);
      measures.add(batch, row, end, output(), gradient, mine, scratch);
      row = end;
    }
  }

  /** Goes back through the nodes from one on to the batch norm {@code stop}, or the start. */
  private void backward(Pieces.Piece piece, int from, int stop) {
    for (int i = from; i > stop; i--) {
      Node node = network.nodes().get(i);
      if (!node.isBatchNorm() && memory.wantsGradient(node.y())) {
        memory.backward(i, context);
        left.set(i, memory.leavesWeightGradients(i));
      }
    }
    if (stop >= 0) {
      Node node = network.nodes().get(stop);
      norms.observeGradient(node);
      if (!pieces.isOne()) {
        keptGradients.keep(stop, piece.firstRow());
      }
    }
  }
}
