package io.syncbn.nn;

import io.syncbn.norm.BatchNormState;
import io.syncbn.norm.ChannelAffine;
import io.syncbn.norm.ChannelLayout;
import io.syncbn.norm.PreciseStatistics;
import io.syncbn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One shard's sums over what reaches a batch norm from any number of rows, for the statistics of a
 * whole dataset: no dropout, and the batch norms before it with the statistics of their states,
 * whatever they would evaluate with.
 *
 * <p>Memory is made once, for the largest block of rows. Not thread-safe: one thread at a time.
 */
public final class StatisticsPass {

  private final Network network;
  private final int batchNorm;
  private final List<Layer> layers = new ArrayList<>();
  private final List<ChannelAffine> norms = new ArrayList<>();
  private final ValueMemory memory;
  private final PassContext context;
  private final PreciseStatistics sums;

  /**
   * Prepares memory.
   *
   * @param batchNorm which of the network's batch norms
   * @param weights all weights; read until the last block // [weights]
   * @param states the batch norms, with the gamma and beta of the weights
   * @param maximumRows the most rows of one block
   */
  public StatisticsPass(
      Network network,
      int batchNorm,
      Tensor weights,
      List<BatchNormState> states,
      int maximumRows) {
    this.network = network;
    this.batchNorm = batchNorm;
    for (Node node : network.nodes()) {
      boolean works = node.kind() == Node.Kind.LAYER && !node.isBatchNorm();
      layers.add(works ? Layer.of(node, maximumRows) : null);
    }
    for (int i = 0; i < batchNorm; i++) {
      norms.add(network.batchNorms().get(i).inference(states.get(i)));
    }
    this.memory = ValueMemory.forInference(network, layers, maximumRows);
    this.context = PassContext.evaluation(weights);
    this.sums = new PreciseStatistics(network.batchNorms().get(batchNorm), states.get(batchNorm));
  }

  /** Adds a block of rows, as in {@link Batch#inputs} // [rows, ...]. */
  public void add(Tensor inputs) {
    int rows = inputs.dimension(0);
    memory.begin(inputs, rows);
    context.beginWhole(rows);
    List<Node> nodes = network.nodes();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      Tensor x = memory.value(node.x());
      if (node.batchNorm() == batchNorm) {
        sums.add(x, TrainingPass.layout(node, rows));
        return;
      }
      Tensor y = memory.value(node.y());
      if (node.isBatchNorm()) {
        ChannelLayout layout = TrainingPass.layout(node, rows);
        norms.get(node.batchNorm()).apply(x, layout, node.activation(), y);
      } else if (node.kind() == Node.Kind.ADD) {
        Sum.of(x, memory.value(node.x2()), y, context);
      } else if (node.kind() == Node.Kind.LAYER) {
        layers.get(i).forward(x, y, context);
      }
    }
  }

  /** The sums over all blocks, a copy; see {@link PreciseStatistics#sums}. */
  public double[] sums() {
    return sums.sums();
  }
}
