package io.syncbn.nn;

import io.syncbn.norm.BatchNorm;
import io.syncbn.norm.BatchNormShard;
import io.syncbn.norm.BatchNormState;
import io.syncbn.norm.Mode;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A network that computes outputs and does not learn: running statistics, no dropout, batch norms
 * folded into the dense or convolution layer before them, or one multiply-add per number.
 *
 * <p>A batch norm that evaluates with the statistics of the batch takes those of each {@link #run}.
 * Memory is made once. Not thread-safe: one thread at a time.
 */
public final class InferencePass {

  private final Network original;
  private final Network network; // folded
  private final List<Layer> layers = new ArrayList<>();
  private final List<BatchNormShard> norms = new ArrayList<>();
  private final ValueMemory memory;
  private final PassContext context;
  private final int maximumRows;
  private List<BatchNormState> states;

  /**
   * Prepares weights and memory.
   *
   * @param weights all weights, copied // [weights]
   * @param states the batch norms, with the gamma and beta of the weights
   * @param maximumRows the most rows of one run
   */
  public InferencePass(
      Network network, Tensor weights, List<BatchNormState> states, int maximumRows) {
    FoldedNetwork folded = FoldedNetwork.of(network, weights, states);
    this.original = network;
    this.network = folded.network();
    for (Node node : this.network.nodes()) {
      boolean works = node.kind() == Node.Kind.LAYER && !node.isBatchNorm();
      layers.add(works ? Layer.of(node, maximumRows) : null);
      if (node.isBatchNorm()) {
        BatchNorm norm = this.network.batchNorms().get(node.batchNorm());
        norms.add(new BatchNormShard(norm, node.activation()));
      }
    }
    this.maximumRows = maximumRows;
    this.memory = ValueMemory.forInference(this.network, layers, maximumRows);
    this.context = PassContext.evaluation(Tensor.zeros(this.network.weightCount()));
    take(folded);
  }

  /** Goes on with other weights and states, in the same memory. */
  public void load(Tensor weights, List<BatchNormState> newStates) {
    take(FoldedNetwork.of(original, weights, newStates));
  }

  private void take(FoldedNetwork folded) {
    states = folded.states();
    folded.putWeights(context.weights);
  }

  /**
   * Whether rows have the same bits at each place of a run of the most rows, on this CPU: only
   * dense layers multiply them together, and their products are tried (see {@link
   * io.syncbn.tensor.GemmBits}).
   */
  public boolean mayMoveRows() {
    return layers.stream().allMatch(layer -> layer == null || layer.mayMoveRows(maximumRows));
  }

  /**
   * Computes outputs.
   *
   * @param inputs as in {@link Batch#inputs} // [rows, ...]
   * @return the outputs; their memory is used again by the next run // [rows, outputs]
   */
  public Tensor run(Tensor inputs) {
    int rows = inputs.dimension(0);
    memory.begin(inputs, rows);
    context.beginWhole(rows);
    List<Node> nodes = network.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      Tensor x = memory.value(node.x());
      Tensor y = memory.value(node.y());
      if (node.isBatchNorm()) {
        normalize(node, x, y);
      } else if (node.kind() == Node.Kind.ADD) {
        Sum.of(x, memory.value(node.x2()), y, context);
      } else if (node.kind() == Node.Kind.LAYER) {
        layers.get(i).forward(x, y, context);
      }
    }
    return memory.value(network.outputValue());
  }

  private void normalize(Node node, Tensor x, Tensor y) {
    BatchNorm layer = network.batchNorms().get(node.batchNorm());
    BatchNormShard norm = norms.get(node.batchNorm());
    norm.begin(
        Mode.EVALUATION,
        TrainingPass.layout(node, context.rows),
        context.slice,
        states.get(node.batchNorm()));
    double[] statistics = new double[layer.statisticsLength(Mode.EVALUATION, context.rows)];
    norm.observe(x, statistics);
    norm.agree(statistics);
    norm.apply(x, y);
  }
}
