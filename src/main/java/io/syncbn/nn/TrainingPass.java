package io.syncbn.nn;

import io.syncbn.norm.BatchNorm;
import io.syncbn.norm.BatchNormShard;
import io.syncbn.norm.BatchNormState;
import io.syncbn.norm.BatchSlice;
import io.syncbn.norm.ChannelLayout;
import io.syncbn.norm.Mode;
import io.syncbn.tensor.CounterRandom;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * One shard's half of a training step: forward and backward through a network, stopping where all
 * shards have to agree.
 *
 * <pre>{@code
 * double[] mine = pass.start(batch, slice, weights, states, random);
 * while (!pass.isFinished()) {
 *   mine = pass.resume(merge(mine)); // the sum over all shards, in a fixed order
 * }
 * // mine: the sums of the evaluation; pass.gradients(): of the summed loss
 * }</pre>
 *
 * <p>A step has {@link Network#exchanges} contributions: forward one per batch norm, backward one
 * per batch norm in reverse, at last the sums of {@link Evaluation}, which go together with the
 * gradients. {@link StepAgreements} is the driver's half. A shard without rows takes no part.
 *
 * <p>Memory is made once, for the largest number of rows; a step makes no more than a few small
 * objects. Results are a pure function of the arguments, on one family of CPUs. Not thread-safe:
 * one thread at a time, not always the same one.
 */
public final class TrainingPass {

  /** What the next contribution is about. */
  private enum Stage {
    IDLE,
    FORWARD,
    BACKWARD,
    FINISHED
  }

  private final Network network;
  private final Evaluation evaluation;
  private final List<Layer> layers = new ArrayList<>();
  private final List<BatchNormShard> norms = new ArrayList<>();
  private final ValueMemory memory;
  private final PassContext context;
  private final Evaluation.LossScratch scratch;
  private final double[][] forward;
  private final double[][] backward;
  private final double[] sums;
  private final List<ParameterBlock> merged; // gamma and beta of batch norms
  private final float[] zeros;

  private Batch batch;
  private List<BatchNormState> states = List.of();
  private Stage stage = Stage.IDLE;
  private int at; // the batch norm that waits for an agreement

  /** Makes the memory for passes of at most so many rows. */
  public TrainingPass(Network network, Evaluation evaluation, int maximumRows) {
    this.network = network;
    this.evaluation = evaluation;
    for (Node node : network.nodes()) {
      boolean works = node.kind() == Node.Kind.LAYER && !node.isBatchNorm();
      layers.add(works ? Layer.of(node, maximumRows) : null);
      if (node.isBatchNorm()) {
        norms.add(
            new BatchNormShard(network.batchNorms().get(node.batchNorm()), node.activation()));
      }
    }
    this.memory = ValueMemory.forTraining(network, layers, maximumRows);
    this.context = new PassContext(Mode.TRAINING, Tensor.zeros(network.weightCount()));
    this.scratch = new Evaluation.LossScratch(network.output().size(), evaluation.targetSize());
    this.forward = new double[norms.size()][0];
    this.backward = new double[norms.size()][0];
    this.sums = new double[evaluation.length()];
    this.merged =
        network.nodes().stream()
            .filter(Node::isBatchNorm)
            .flatMap(node -> node.parameters().stream())
            .toList();
    this.zeros = new float[merged.stream().mapToInt(ParameterBlock::size).max().orElse(0)];
  }

  /**
   * Runs to the first agreement.
   *
   * @param batch this shard's rows, at least one; read until the pass is finished
   * @param slice where they lie in the global mini-batch
   * @param weights all weights; read until the pass is finished // [weights]
   * @param states the batch norms, with the gamma and beta of the weights
   * @param random the random numbers of this step, the same on all shards
   * @return this shard's contribution; its memory is used again by the next step
   */
  public double[] start(
      Batch batch,
      BatchSlice slice,
      Tensor weights,
      List<BatchNormState> states,
      CounterRandom random) {
    if (weights.size() != network.weightCount() || states.size() != norms.size()) {
      throw new IllegalArgumentException(
          "the network has %d weights and %d batch norms, but was given %d and %d"
              .formatted(network.weightCount(), norms.size(), weights.size(), states.size()));
    }
    memory.begin(batch.inputs(), batch.rows());
    this.batch = batch;
    this.states = states;
    context.weights = weights;
    context.rows = batch.rows();
    context.slice = slice;
    context.random = random;
    clearMergedGradients();
    return forwardFrom(0);
  }

  /**
   * Runs to the next agreement.
   *
   * @param agreed the contributions of all shards to the agreement that this pass waits for, added
   *     up; not kept
   * @return this shard's contribution; its memory is used again by the next step
   */
  public double[] resume(double[] agreed) {
    Node node = network.nodes().get(at);
    BatchNormShard norm = norms.get(Math.max(0, node.batchNorm()));
    return switch (stage) {
      case FORWARD -> {
        norm.agree(agreed);
        norm.apply(memory.value(node.x()), memory.value(node.y()));
        yield forwardFrom(at + 1);
      }
      case BACKWARD -> {
        if (memory.wantsGradient(node.x())) {
          norm.applyGradient(
              agreed, memory.value(node.x()), memory.gradient(node.y()), memory.gradient(node.x()));
        }
        yield backwardFrom(at - 1);
      }
      case IDLE, FINISHED ->
          throw new IllegalStateException("the pass waits for no agreement: start a step first");
    };
  }

  /** Whether the last contribution was the last one of its step. */
  public boolean isFinished() {
    return stage == Stage.FINISHED;
  }

  /**
   * The gradients of the summed, undivided loss by all weights, once the pass is finished; those of
   * gamma and beta of batch norms are 0 here, because the driver has them from the agreements. The
   * memory is used again by the next step // [weights].
   */
  public Tensor gradients() {
    return context.gradients;
  }

  /** The network's outputs for the batch; valid from the turn at the loss until the next step. */
  public Tensor output() {
    return memory.value(network.outputValue());
  }

  /**
   * The first value that went wrong in this step, in the order of computation: an index into {@link
   * Network#valueNames}.
   */
  public OptionalInt firstNonFinite() {
    if (hasNonFinite(memory.value(0))) {
      return OptionalInt.of(0);
    }
    List<Node> nodes = network.nodes();
    return IntStream.range(0, nodes.size())
        .filter(i -> hasNonFinite(memory.value(nodes.get(i).y())))
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

  private double[] forwardFrom(int first) {
    List<Node> nodes = network.nodes();
    for (int i = first; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      Tensor x = memory.value(node.x());
      Tensor y = memory.value(node.y());
      if (node.isBatchNorm()) {
        double[] contribution = observe(node, x);
        if (contribution.length > 0) {
          stage = Stage.FORWARD;
          at = i;
          return contribution;
        }
        norms.get(node.batchNorm()).agree(contribution);
        norms.get(node.batchNorm()).apply(x, y);
      } else if (node.kind() == Node.Kind.ADD) {
        Sum.of(x, memory.value(node.x2()), y, context);
      } else if (node.kind() == Node.Kind.LAYER) {
        layers.get(i).forward(x, y, context);
      }
    }
    Arrays.fill(sums, 0);
    Tensor gradient = memory.gradient(network.outputValue());
    evaluation.add(batch, output(), gradient, sums, scratch);
    return backwardFrom(nodes.size() - 1);
  }

  private double[] observe(Node node, Tensor x) {
    BatchNorm layer = network.batchNorms().get(node.batchNorm());
    BatchNormShard norm = norms.get(node.batchNorm());
    norm.begin(
        Mode.TRAINING, layout(node, context.rows), context.slice, states.get(node.batchNorm()));
    int length = layer.statisticsLength(Mode.TRAINING, context.slice.batchRows());
    double[] contribution = reuse(forward, node.batchNorm(), length);
    norm.observe(x, contribution);
    return contribution;
  }

  private double[] backwardFrom(int last) {
    for (int i = last; i >= 0; i--) {
      Node node = network.nodes().get(i);
      if (!memory.wantsGradient(node.y())) {
        continue;
      }
      Tensor x = memory.value(node.x());
      Tensor dy = memory.gradient(node.y());
      if (node.isBatchNorm()) {
        BatchNorm layer = network.batchNorms().get(node.batchNorm());
        int length = layer.gradientLength(context.slice.batchRows());
        double[] contribution = reuse(backward, node.batchNorm(), length);
        norms.get(node.batchNorm()).observeGradient(x, dy, contribution);
        stage = Stage.BACKWARD;
        at = i;
        return contribution;
      }
      Tensor dx = memory.gradient(node.x());
      if (node.kind() == Node.Kind.FORK) {
        if (dx.size() > 0) {
          Sum.of(dy, memory.gradient(node.y2()), dx, context);
        }
      } else if (node.kind() == Node.Kind.LAYER) {
        if (dx.size() > 0 || !node.parameters().isEmpty()) {
          layers.get(i).backward(x, memory.value(node.y()), dy, dx, context);
        }
      }
    }
    stage = Stage.FINISHED;
    return sums;
  }

  /** What a merge or the driver may have written into our gradients of gamma and beta. */
  private void clearMergedGradients() {
    for (ParameterBlock block : merged) {
      context.gradients.write(block.offset(), zeros, 0, block.size());
    }
  }

  private static double[] reuse(double[][] arrays, int index, int length) {
    if (arrays[index].length != length) {
      arrays[index] = new double[length];
    }
    return arrays[index];
  }

  static ChannelLayout layout(Node node, int rows) {
    int channels = node.input().channels();
    return new ChannelLayout(rows, node.input().size() / channels, channels, 1);
  }
}
