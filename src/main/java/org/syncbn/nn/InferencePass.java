package org.syncbn.nn;

import java.util.ArrayList;
import java.util.List;
import org.syncbn.norm.BatchNorm;
import org.syncbn.norm.BatchNormShard;
import org.syncbn.norm.BatchNormState;
import org.syncbn.norm.BatchSlice;
import org.syncbn.norm.ChannelLayout;
import org.syncbn.norm.Mode;
import org.syncbn.tensor.Tensor;

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
  private final List<BatchNormShard> norms = new ArrayList<>();
  private final ForwardPass pass;
  private final int maximumRows;
  private List<BatchNormState> states;
  private Batch batch;

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
      if (node.isBatchNorm()) {
        BatchNorm norm = this.network.batchNorms().get(node.batchNorm());
        norms.add(new BatchNormShard(norm, node.activation()));
      }
    }
    this.maximumRows = maximumRows;
    this.pass = new ForwardPass(this.network, maximumRows);
    pass.context.weights = Tensor.zeros(this.network.weightCount());
    take(folded);
  }

  /** Goes on with other weights and states, in the same memory. */
  public void load(Tensor weights, List<BatchNormState> newStates) {
    take(FoldedNetwork.of(original, weights, newStates));
  }

  private void take(FoldedNetwork folded) {
    states = folded.states();
    folded.putWeights(pass.context.weights);
  }

  /**
   * Whether rows have the same bits at each place of a run of the most rows, on this CPU: only
   * dense layers multiply them together, and their products are tried (see {@link
   * org.syncbn.tensor.GemmBits}).
   */
  public boolean mayMoveRows() {
    return pass.layers().stream()
        .allMatch(layer -> layer == null || layer.mayMoveRows(maximumRows));
  }

  /**
   * Computes outputs.
   *
   * @param inputs as in {@link Batch#inputs} // [rows, ...]
   * @return the outputs; their memory is used again by the next run // [rows, outputs]
   */
  public Tensor run(Tensor inputs) {
    return run(Batch.of(inputs, Tensor.zeros(inputs.dimension(0), 0)));
  }

  /**
   * Computes the outputs of a batch; its weights count where a batch norm evaluates with the
   * statistics of the batch.
   *
   * @return the outputs; their memory is used again by the next run // [rows, outputs]
   */
  public Tensor run(Batch rows) {
    batch = rows;
    return pass.run(rows.inputs(), this::normalize);
  }

  private boolean normalize(Node node, ChannelLayout layout, Tensor x, Tensor y) {
    BatchNorm layer = network.batchNorms().get(node.batchNorm());
    BatchNormShard norm = norms.get(node.batchNorm());
    BatchSlice all = pass.context.slice;
    norm.begin(
        Mode.EVALUATION,
        layout,
        all,
        states.get(node.batchNorm()),
        pass.context
            .masks
            .of(node.x())
            .weights(
                batch.statisticsWeights(
                    layer.options().statistics().rowWeights(), 0, all.batchRows()),
                0,
                all.batchRows()));
    double[] statistics = new double[layer.statisticsLength(Mode.EVALUATION, all.batchRows())];
    norm.observe(x, statistics);
    norm.agree(statistics);
    norm.apply(x, y);
    return true;
  }
}
